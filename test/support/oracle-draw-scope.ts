import type { DocumentPlan, OracleHolder, OracleShape } from './oracle-documents.ts';
import type { OracleFilter, OracleGrouping, OracleScope, OracleSensor } from './oracle-types.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** What is asked about, and where it stands in the document. */
export interface DrawnScope {
  readonly holder: OracleHolder;
  readonly shapes: DocumentPlan['shapes'];
  readonly scope: Omit<OracleScope, 'from' | 'to'>;
  /** The place or device whose summary is asked for. */
  readonly id: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

const GROUPINGS: readonly OracleGrouping[] = ['ALL', 'FACTORY', 'BUILDING', 'FLOOR', 'AREA', 'LOCATION', 'SENSOR'];
const SHAPES: readonly (readonly OracleShape[])[] = [['COLUMNS'], ['POINTS'], ['POINTS', 'COLUMNS']];
const SHAPES_WITH_ROWS: readonly (readonly OracleShape[])[] = [...SHAPES, ['ROWS'], ['ROWS'], ['POINTS', 'COLUMNS', 'ROWS']];

/** A sensor with one of its metrics, and now and then another one. */
export function drawMetrics(random: Random, world: OracleWorld): { readonly sensor: OracleSensor; readonly metric: string; readonly other: string | null } {
  const sensor = random.pick(world.sensors);
  const metric = random.pick(world.metricsOf(sensor.id));
  const other = random.chance(0.85) ? null : random.pick(world.metricsOf(random.pick(world.sensors).id));
  return { sensor, metric, other: other === metric ? null : other };
}

/** Any groups of all that there is, mostly; else a place, a device, or a page of places. */
export function drawScope(random: Random, world: OracleWorld, of: ReturnType<typeof drawMetrics>): DrawnScope {
  const { metric, sensor } = of;
  const drawn = random.next();
  const one = { shapes: random.pick(SHAPES), variables: { metric } };
  if (drawn < 0.75) return drawGroups(random, world, of);
  if (drawn < 0.85) {
    const scope = { metrics: [metric], by: 'SENSOR' as const, where: null, sensors: [sensor.id] };
    return { ...one, holder: 'SENSOR', scope, id: sensor.id, variables: { metric, id: sensor.id } };
  }
  if (drawn < 0.95 && sensor.placements.length > 0) {
    const id = random.pick(sensor.placements).location;
    return { ...one, holder: 'LOCATION', scope: { metrics: [metric], by: 'LOCATION', where: { ids: [id] }, sensors: null }, id, variables: { metric, id } };
  }
  const where = random.chance(0.6) ? null : drawFilter(random, world);
  return {
    ...one,
    holder: 'CONNECTION',
    scope: { metrics: [metric], by: 'LOCATION', where, sensors: null },
    id: null,
    variables: { metric, where, first: 100 },
  };
}

function drawGroups(random: Random, world: OracleWorld, { sensor, metric, other }: ReturnType<typeof drawMetrics>): DrawnScope {
  const scope = {
    metrics: other === null ? [metric] : [metric, other],
    by: random.pick(GROUPINGS),
    where: random.chance(0.6) ? null : drawFilter(random, world),
    sensors: random.chance(0.8) ? null : [...new Set([sensor.id, ...random.some(world.sensors.map(({ id }) => id))])],
  };
  return { holder: 'QUERY', shapes: random.pick(SHAPES_WITH_ROWS), scope, id: null, variables: scope };
}

function drawFilter(random: Random, world: OracleWorld): OracleFilter {
  const locations = [...world.locations.values()];
  const present = <T>(values: readonly (T | null)[]) => [...new Set(values.filter((value) => value !== null))];
  return random.pick<() => OracleFilter>([
    () => ({ ids: random.some(locations.map(({ id }) => id)) }),
    () => ({ factories: random.some(present(locations.map(({ factory }) => factory))) }),
    () => ({ buildings: random.some(present(locations.map(({ building }) => building))) }),
    () => ({ floors: random.some([...present(locations.map(({ floor }) => floor)), 99]) }),
    () => ({ areas: random.some([...present(locations.map(({ area }) => area)), 'nowhere']) }),
    () => ({
      factories: random.some(present(locations.map(({ factory }) => factory))),
      floors: random.some([...present(locations.map(({ floor }) => floor)), 99]),
    }),
  ])();
}
