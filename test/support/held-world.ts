import fc from 'fast-check';
import type { TestDatabase } from './database.ts';
import { ask, execute } from './graphql.ts';
import type { HeldRule, HeldSeries } from './held-by-second.ts';
import { build } from './plant.ts';

/** Times of a world are whole seconds after this one. */
export const START = Date.UTC(2024, 0, 10) / 1000;

interface Terms {
  readonly level: 'WARNING' | 'CRITICAL';
  readonly min: number | null;
  readonly max: number | null;
  readonly noDataAfter: number | null;
}

interface Reading {
  readonly time: number;
  value: number;
}

type Scope = 'all' | 'factory' | 'location' | 'sensor';
type Grouping = 'ALL' | 'FACTORY' | 'LOCATION' | 'SENSOR';

/** Broadest first. */
const SCOPES: readonly Scope[] = ['all', 'factory', 'location', 'sensor'];

const bound = fc.option(fc.integer({ min: 0, max: 6 }), { nil: null });
const terms: fc.Arbitrary<Terms> = fc
  .record({ level: fc.constantFrom('WARNING' as const, 'CRITICAL' as const), a: bound, b: bound, noDataAfter: fc.constantFrom(null, null, 60, 600, 1500) })
  .map(({ level, a, b, noDataAfter }) => {
    const [min, max] = a === null || b === null ? [a, b] : [Math.min(a, b), Math.max(a, b)];
    return { level, min, max, noDataAfter };
  });
const time = (min: number, max: number) => fc.option(fc.integer({ min, max }), { nil: null, freq: 1 });

/** Some sensors of which some are moved, thresholds of which some are changed in the middle, and a question. */
export const heldWorld = fc.record({
  sensors: fc.array(
    fc.record({
      readings: fc.uniqueArray(fc.record({ time: fc.integer({ min: -3000, max: 4500 }), value: fc.integer({ min: 0, max: 6 }) }), {
        maxLength: 14,
        selector: (reading) => reading.time,
      }),
      movedAt: fc.option(fc.integer({ min: -2000, max: 4000 }), { nil: null, freq: 2 }),
      /** How long after that it came back. */
      away: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: null }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  thresholds: fc.array(
    fc.record({
      terms,
      scope: fc.constantFrom(...SCOPES),
      from: time(-1000, 3000),
      lasting: time(1, 3000),
      changed: fc.option(fc.record({ at: fc.integer({ min: 0, max: 3600 }), terms }), { nil: null }),
    }),
    { maxLength: 4 },
  ),
  from: fc.integer({ min: -500, max: 1800 }),
  length: fc.integer({ min: 1, max: 3600 }),
  now: fc.integer({ min: 1000, max: 6000 }),
  bucket: fc.constantFrom('1m', '5m', '15m', '1h', '1d'),
  gaps: fc.tuple(fc.constantFrom(1, 45, 60, 300, 600), fc.constantFrom(900, 3600, 86_400, 40_000_000)),
  by: fc.constantFrom<Grouping[]>('ALL', 'FACTORY', 'LOCATION', 'SENSOR'),
  fill: fc.constantFrom('NONE', 'NULL'),
  corrected: fc.integer({ min: 0, max: 6 }),
});

/** What one world is. */
export type HeldWorldPlan = typeof heldWorld extends fc.Arbitrary<infer T> ? T : never;

/** A group as the answer tells it, with what is measured and judged in it. */
export interface StoredGroup {
  readonly name: string;
  readonly series: readonly HeldSeries[];
  readonly rules: readonly HeldRule[];
}

/** A world as it stands in a store. */
export interface StoredWorld {
  readonly metric: string;
  readonly factory: string;
  readonly groups: readonly StoredGroup[];
  /** Corrects the last reading that was given, in the store and here. */
  readonly correct: () => Promise<void>;
}

interface StoredSeries extends HeldSeries {
  readonly sensor: string;
  readonly location: string;
  /** Whether its sensor has had another place. */
  readonly isMoved: boolean;
  readonly readings: Reading[];
}

let stored = 0;

/** Puts a world into a store, under names and a metric of its own. */
export async function storeWorld(db: TestDatabase, plan: HeldWorldPlan): Promise<StoredWorld> {
  const number = stored++;
  const names = {
    metric: `m${number}`,
    factory: `F${number}`,
    here: `here${number}`,
    there: `there${number}`,
    sensors: plan.sensors.map((_, place) => `s${number}-${place}`),
  };
  await ask(db.store, 'mutation ($id: ID!) { saveMetrics(metrics: [{ id: $id, unit: "1" }]) { id } }', { id: names.metric });
  await build(db, {
    locations: [names.here, names.there].map((id) => ({ id, factory: names.factory })),
    sensors: names.sensors.map((id) => ({ id, location: names.here })),
  });
  const series: StoredSeries[] = [];
  for (const [place, sensor] of names.sensors.entries())
    series.push(...(await storeSensor(db, names, sensor, plan.sensors[place] ?? { readings: [], movedAt: null, away: null })));
  const rules: ScopedRule[] = [];
  for (const threshold of plan.thresholds) rules.push(...(await storeThreshold(db, names, threshold)));
  return {
    metric: names.metric,
    factory: names.factory,
    groups: groupsOf(plan.by, names, series, rules),
    async correct() {
      const last = series.findLast(({ readings }) => readings.length > 0);
      const reading = last?.readings.at(-1);
      if (last === undefined || reading === undefined) return;
      reading.value = plan.corrected;
      await build(db, { readings: [[last.sensor, names.metric, textOf(reading.time), reading.value]] });
    },
  };
}

interface Names {
  readonly metric: string;
  readonly factory: string;
  readonly here: string;
  readonly there: string;
  readonly sensors: readonly string[];
}

/** Loads what was measured before each move before the move, for a move dated before the newest reading is refused. */
async function storeSensor(
  db: TestDatabase,
  { metric, here, there }: Names,
  sensor: string,
  { readings, movedAt, away }: HeldWorldPlan['sensors'][number],
): Promise<StoredSeries[]> {
  const moves = [...(movedAt === null ? [] : [{ at: movedAt, to: there }]), ...(movedAt === null || away === null ? [] : [{ at: movedAt + away, to: here }])];
  const placements = [{ at: Number.NEGATIVE_INFINITY, to: here }, ...moves];
  const series = new Map<string, StoredSeries & { readonly stays: { readonly from: number; readonly to: number }[] }>();
  for (const [number, { at, to: location }] of placements.entries()) {
    if (number > 0) await ask(db.store, MOVE, { sensor: { id: sensor, location, since: textOf(at) } });
    const until = placements[number + 1]?.at ?? Number.POSITIVE_INFINITY;
    const measured = readings.filter((reading) => reading.time >= at && reading.time < until).map((reading) => ({ ...reading }));
    await build(db, { readings: measured.map((reading) => [sensor, metric, textOf(reading.time), reading.value]) });
    const known = series.get(location) ?? { sensor, location, isMoved: movedAt !== null, readings: [], stays: [] };
    series.set(location, known);
    known.readings.push(...measured);
    known.stays.push({ from: at, to: until });
  }
  return [...series.values()];
}

const MOVE = 'mutation ($sensor: SensorInput!) { saveSensors(sensors: [$sensor]) { id } }';

interface ScopedRule extends HeldRule {
  readonly scope: Scope;
}

/** Thresholds that say again what others say are refused, and so are not there. */
async function storeThreshold(
  db: TestDatabase,
  names: Names,
  { terms: first, scope, from, lasting, changed }: HeldWorldPlan['thresholds'][number],
): Promise<ScopedRule[]> {
  const to = lasting === null ? null : (from ?? 0) + lasting;
  const scopes = { all: {}, factory: { factory: names.factory }, location: { location: names.here }, sensor: { sensor: names.sensors[0] } };
  const input = ({ noDataAfter, ...rest }: Terms) => ({
    ...rest,
    noDataAfter: noDataAfter === null ? null : `PT${noDataAfter}S`,
    effectiveFrom: from === null ? null : textOf(from),
    effectiveTo: to === null ? null : textOf(to),
    metric: names.metric,
    scope: scopes[scope],
  });
  const rule = (of: Terms, since: number, until: number): ScopedRule => ({
    ...of,
    scope,
    rank: SCOPES.indexOf(scope),
    from: Math.max(from ?? Number.NEGATIVE_INFINITY, since),
    to: Math.min(to ?? Number.POSITIVE_INFINITY, until),
  });
  const { data, errors } = await execute(db.store, CREATE, { input: input(first) }, clockAt(-4000));
  if (errors.length > 0) return [];
  const change = changed === null ? null : await execute(db.store, UPDATE, { id: data.createThreshold.id, input: input(changed.terms) }, clockAt(changed.at));
  return changed === null || change?.errors.length !== 0
    ? [rule(first, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)]
    : [rule(first, Number.NEGATIVE_INFINITY, changed.at), rule(changed.terms, changed.at, Number.POSITIVE_INFINITY)];
}

const CREATE = 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }';
const UPDATE = 'mutation ($id: ID!, $input: ThresholdInput!) { updateThreshold(id: $id, input: $input) { id } }';

function groupsOf(by: Grouping, { factory, here, sensors }: Names, series: readonly StoredSeries[], rules: readonly ScopedRule[]): StoredGroup[] {
  const nameOf = ({ location, sensor }: StoredSeries) => ({ ALL: 'all', FACTORY: factory, LOCATION: location, SENSOR: sensor })[by];
  return [...new Set(series.map(nameOf))].map((name) => {
    const own = series.filter((one) => nameOf(one) === name);
    const holds: Readonly<Record<Scope, boolean>> = {
      all: true,
      factory: by !== 'ALL',
      // A sensor that was moved has no location of its own.
      location: (by === 'LOCATION' && name === here) || (by === 'SENSOR' && own.every(({ isMoved }) => !isMoved)),
      sensor: by === 'SENSOR' && name === sensors[0],
    };
    return { name, series: own, rules: rules.filter(({ scope }) => holds[scope]) };
  });
}

/** A second of a world as a client writes it. */
export function textOf(second: number): string {
  return new Date((START + second) * 1000).toISOString();
}

/** A request at a second of a world. */
export function clockAt(second: number): { readonly clock: () => number } {
  return { clock: () => (START + second) * 1_000_000 };
}
