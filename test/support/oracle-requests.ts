import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import type { OracleAsked } from './oracle.ts';
import { days, drawBucket, exact, months, roundBucket, sayDuration } from './oracle-bucket.ts';
import { type DocumentPlan, measureVariables } from './oracle-documents.ts';
import { ALL_SUMMARIES, drawMeasures } from './oracle-draw-measures.ts';
import { drawRange, drawZone } from './oracle-draw-range.ts';
import { drawMetrics, drawScope } from './oracle-draw-scope.ts';
import type { OracleFill } from './oracle-measures.ts';
import type { OracleDuration, Span } from './oracle-types.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** A question for buckets: how it is asked, and what of it the oracle computes. */
export interface AggregateRequest {
  readonly plan: DocumentPlan;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly asked: OracleAsked;
  /** The place or device whose summary is asked for. */
  readonly id: string | null;
}

const FILLS: readonly OracleFill[] = ['NONE', 'NONE', 'NULL', 'PREVIOUS', 'LINEAR'];
/** Most questions are small, as each is worth as much. */
const MOST_BUCKETS = [1, 3, 10, 30, 30, 100, 100, 500];

/**
 * Draws a question: any metrics, grouping, filter, bucket, zone, fill, comparison and measures over any range, many of them around clock changes or ragged
 * to the microsecond, in any shape. It is drawn around one reading, so that most answers are not empty.
 */
export function drawAggregateRequest(random: Random, world: OracleWorld): AggregateRequest {
  const of = drawMetrics(random, world);
  const timezone = drawZone(random);
  const range = drawRange(random, timezone, world.readingsOf(of.sensor.id, of.metric).times);
  const { holder, shapes, scope, id, variables } = drawScope(random, world, of);
  const { bucket, said } = drawBuckets(random, timezone, range);
  const compare = random.chance(0.2) ? wholeDays(drawCompare(random, bucket, range)) : null;
  const measures = drawMeasures(random, world, of.metric, range);
  const fill = random.pick(FILLS);
  return {
    id,
    plan: { holder, shapes, measures, compares: compare !== null },
    variables: {
      ...variables,
      ...range.said,
      ...said,
      timezone,
      fill,
      ...(compare === null ? {} : { compare: sayDuration(random, compare) }),
      ...measureVariables(measures),
    },
    asked: { ...scope, from: range.from, to: range.to, now: range.now, bucket, timezone, fill, compare, measures, thresholds: world.thresholds() },
  };
}

/** Every metric of every sensor over all of the records, once from rollups of a day and once of an hour: asked when all is refreshed, they find a rollup that stayed wrong. */
export function wholeRequests(world: OracleWorld): AggregateRequest[] {
  const [from, to] = [Date.UTC(1985, 0, 1) * 1000, Date.UTC(2020, 0, 1) * 1000];
  const metrics = [...new Set(world.sensors.flatMap(({ id }) => world.metricsOf(id)))];
  const plan: DocumentPlan = { holder: 'QUERY', shapes: ['COLUMNS'], measures: ALL_SUMMARIES, compares: false };
  const buckets = [
    { bucket: days(1), said: '1d' },
    { bucket: exact(12 * MICROS_PER_HOUR), said: '12h' },
  ];
  return metrics.flatMap((metric) =>
    buckets.map(({ bucket, said }) => {
      const scope = { metrics: [metric], by: 'SENSOR' as const, where: null, sensors: null };
      const asked = { ...scope, from, to, bucket, timezone: 'UTC', now: to, fill: 'NONE' as const, compare: null, measures: plan.measures, thresholds: [] };
      return { id: null, plan, asked, variables: { ...scope, from: '1985', to: '2019', bucket: said, timezone: 'UTC', fill: 'NONE' } };
    }),
  );
}

/** What is asked for, and how it is said. */
interface DrawnBuckets {
  readonly bucket: OracleDuration;
  readonly said: { readonly bucket?: string; readonly maxPoints?: number };
}

/** A bucket, or how many points there may be, or both, or neither; another where no round bucket is long enough, which is refused. */
function drawBuckets(random: Random, timezone: string, range: Span): DrawnBuckets {
  const way = random.next();
  const most = random.pick(MOST_BUCKETS);
  const round = (maxPoints: number, shortest: OracleDuration | null, said: DrawnBuckets['said']): DrawnBuckets => {
    const bucket = roundBucket(range, timezone, maxPoints, shortest);
    return bucket === null ? drawBuckets(random, timezone, range) : { bucket, said };
  };
  if (way < 0.05) return round(500, null, {});
  if (way < 0.15) {
    const maxPoints = Math.max(2, most - random.whole(0, 3));
    return round(maxPoints, null, { maxPoints });
  }
  const bucket = drawBucket(random, range, most);
  const said = { bucket: sayDuration(random, bucket) };
  if (way > 0.25) return { bucket, said };
  const maxPoints = random.pick([2, 5, 20, 100]);
  return round(maxPoints, bucket, { ...said, maxPoints });
}

/** As documented: what is given as hours or less is exact, unless it is whole days. */
function wholeDays({ months, days, micros }: OracleDuration): OracleDuration {
  return micros % MICROS_PER_DAY === 0 ? { months, days: days + micros / MICROS_PER_DAY, micros: 0 } : { months, days, micros };
}

/** What is usual, such as the day, week or year before, and odd ones: of any two kinds together. */
function drawCompare(random: Random, bucket: OracleDuration, { from, to }: Span): OracleDuration {
  return random.pick<() => OracleDuration>([
    () => random.pick([days(1), days(7), days(28), months(1), months(3), months(12)]),
    () => exact(random.pick([1, 6, 30, 100, 24 * 400]) * MICROS_PER_HOUR),
    () => bucket,
    () => exact(Math.max(1, Math.ceil((to - from) / MICROS_PER_SECOND)) * MICROS_PER_SECOND),
    () => ({ months: 0, days: random.whole(1, 40), micros: random.whole(1, 90_000) * MICROS_PER_SECOND }),
    () => ({ months: random.whole(1, 30), days: 0, micros: random.whole(0, 50_000) * MICROS_PER_SECOND }),
  ])();
}
