import { bucketBySteps, createBucketOf, stepsOf, stretchesOf } from './bucket-of.ts';
import { dateBin } from './date-bin.ts';
import { type Bind, instants, integers } from './parameter-text.ts';
import { type AggregatePlan, appendEdges, type PlanPiece, type RollupSource } from './planner.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, type TimeWindow } from './time/instant.ts';

/** One `select` that gives some of a question's pieces as rows (g, b, rank, n, sum, m2, …), b below 0 where a row is of no piece; and what to call it in the statement's tag. */
export interface Arm {
  readonly tag: string;
  readonly text: string;
}

/** A relation of rows rolled up. */
export type Rollup = Exclude<RollupSource, 'reading'>;

/** What a rollup's rows are, and where they are materialised. */
export const ROLLUPS: Readonly<Record<Rollup, { readonly width: number; readonly interval: '15 minutes' | '1 hour' | '1 day'; readonly relation: string }>> = {
  rollup_1d: { width: MICROS_PER_DAY, interval: '1 day', relation: 'materialised_1d' },
  rollup_1h: { width: MICROS_PER_DAY / 24, interval: '1 hour', relation: 'materialised_1h' },
  rollup_15m: { width: MICROS_PER_DAY / 96, interval: '15 minutes', relation: 'materialised_15m' },
};
const COARSEST_FIRST = ['rollup_1d', 'rollup_1h', 'rollup_15m'] as const satisfies readonly Rollup[];
const NUMBERS: Readonly<Record<RollupSource, number>> = { rollup_1d: 0, rollup_1h: 1, rollup_15m: 2, reading: -1 };

/** The ragged ends of a window and of its zone's clock changes rarely leave more unbroken stretches of one source than this. */
const MAX_STRETCHES = 4;

/** Below this share of a source's span, its pieces are asked for bucket by bucket through the key instead of scanning the span (daily buckets at an odd offset: 2 quarters of 96). */
const SPARSE_SHARE = 1 / 8;

/** The group and the sensor's rank of a row's series, from the parallel arrays $1 to $3. */
const groupOf = (seriesId: string): string => `($2::int[])[width_bucket(${seriesId}, $1::int[])] as g`;
const rankOf = (seriesId: string): string => `($3::int[])[width_bucket(${seriesId}, $1::int[])] as rank`;

/** All arms of a plan: rollups as far as they are current, the stale rest from readings, and the pieces that no rollup tiles. */
export function composeArms(plan: AggregatePlan, bind: Bind): readonly Arm[] {
  const rollups = rollupsOf(plan);
  const current = rollups.flatMap((rollup) => rollupArms(plan, rollup, bind));
  const stale = rollups[0] === undefined ? [] : [staleArm(plan, rollups[0], bind)];
  return [...current, ...stale, ...readingArms(plan, bind)];
}

/** All arms of a plan without readings, for a moment at which nothing in its window is stale. Each is a `select … where …` that further conditions can follow. */
export function composeCurrentArms(plan: AggregatePlan, bind: Bind): readonly Arm[] {
  return rollupsOf(plan).flatMap((rollup) => armsOf(plan, rollup, bind, () => ({ join: '', condition: '' })));
}

/** The rollups that answer anything of a plan. */
function rollupsOf(plan: AggregatePlan): readonly Rollup[] {
  return COARSEST_FIRST.filter((rollup) => plan.pieces.some((piece) => piece.source === rollup));
}

/** The materialised rows that end before what is stale begins. */
function rollupArms(plan: AggregatePlan, rollup: Rollup, bind: Bind): readonly Arm[] {
  return armsOf(plan, rollup, bind, (first, end) => ({
    join: `
        left join stale_day as s
          on s.series_id = m.series_id and s.day = (m.bucket at time zone 'UTC')::date
         and s.series_id = any ($1::int[]) and s.day >= (${first}::timestamptz at time zone 'UTC')::date and s.day <= (${end}::timestamptz at time zone 'UTC')::date`,
    condition: `
         and (s.series_id is null or m.bucket + interval '${ROLLUPS[rollup].interval}' <= s.since)`,
  }));
}

/** What leaves out rows `m` that are behind, given the placeholders of the first instant and the end. */
type Currency = (first: string, end: string) => { readonly join: string; readonly condition: string };

/**
 * The arms of one rollup. By the few unbroken stretches that a rollup answers;
 * by single buckets where there are many short ones; else by their whole span, of which the edges leave out the rest.
 */
function armsOf(plan: AggregatePlan, rollup: Rollup, bind: Bind, currency: Currency): readonly Arm[] {
  const { width, relation } = ROLLUPS[rollup];
  const stretches = stretchesOf(plan, rollup);
  const bucketIn = createBucketOf(plan, rollup, stretches, 'm.bucket', bind);
  const tag = rollup.replace('rollup_', '');
  const select = (stretch: TimeWindow, kind = ''): Arm => {
    const bucket = bucketIn(stretch);
    const [first, end] = [bind(formatInstant(stretch.from)), bind(formatInstant(stretch.to))];
    const { join, condition } = currency(first, end);
    return {
      tag: `${tag}${kind}${bucket.mark}`,
      text: `
      select ${groupOf('m.series_id')}, ${bucket.text} as b, ${rankOf('m.series_id')}, m.n, m.sum, m.m2, m.min, m.max, m.first_time, m.first, m.last_time, m.last
        from ${relation} as m${join}
       where m.series_id = any ($1::int[]) and m.bucket >= ${first}::timestamptz and m.bucket < ${end}::timestamptz${condition}`,
    };
  };
  if (stretches.length <= MAX_STRETCHES) return stretches.map((stretch) => select(stretch));
  const span = spanOf(stretches);
  const covered = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  if (covered > (span.to - span.from) * SPARSE_SHARE) return [select(span, '~')];
  const sparse = select(span, '*');
  return [{ tag: sparse.tag, text: `${sparse.text} and m.bucket = any (${bind(instants(startsOf(stretches, width)))}::timestamptz[])` }];
}

/**
 * What the materialised rows leave out, from readings, each read once whatever rollups its piece was planned for.
 * A rollup is behind from its bucket of the earliest touched instant on; the readings from the coarsest such bucket on are looked at, and each is taken if the rollup of its own piece is behind.
 */
function staleArm(plan: AggregatePlan, coarsest: Rollup, bind: Bind): Arm {
  const pieces = plan.pieces.filter((piece) => piece.source !== 'reading');
  const span = spanOf(pieces);
  const [first, end] = [bind(formatInstant(span.from)), bind(formatInstant(span.to))];
  const { edge, behind, bucket, mark } = staleBuckets(plan, pieces, bind);
  return {
    tag: `stale${mark}`,
    text: `
      select ${groupOf('r.series_id')},
             case when r.time >= ${behind} then ${bucket} else -1 end as b,
             ${rankOf('r.series_id')}, 1::bigint, r.value, 0::double precision, r.value, r.value, r.time, r.value, r.time, r.value
        from stale_stretch($1::int[], ${first}::timestamptz, ${end}::timestamptz) as stale
       cross join lateral (
         select reading.series_id, reading.time, reading.value, ${edge} as edge
           from reading
          where reading.series_id = stale.series_id
            and reading.time >= ${dateBin(ROLLUPS[coarsest].interval, 'stale.since')} and reading.time < stale.until
            -- The window itself, which is known when the statement is planned and so leaves out partitions and chunks once for all series.
            and reading.time >= ${first}::timestamptz and reading.time < ${end}::timestamptz) as r`,
  };
}

/** Of a reading `r`: from when on the rollup of its piece is behind, and its bucket, by an edge that is looked up where they are not computed. */
function staleBuckets(
  plan: AggregatePlan,
  pieces: readonly PlanPiece[],
  bind: Bind,
): { readonly edge: string; readonly behind: string; readonly bucket: string; readonly mark: string } {
  const [piece, ...others] = pieces;
  const steps = piece === undefined || others.length > 0 ? null : stepsOf(plan, piece);
  const behindOf = (rollup: Rollup) => dateBin(ROLLUPS[rollup].interval, 'stale.since');
  if (steps !== null && piece !== undefined && piece.source !== 'reading') {
    return { edge: '0', behind: behindOf(piece.source), bucket: bucketBySteps(steps, 'r.time', bind), mark: ` ${piece.source.replace('rollup_', '')}/` };
  }
  const { edges, buckets, rollups } = edgesOfRollups(plan, pieces);
  const cases = COARSEST_FIRST.map((rollup) => `when ${NUMBERS[rollup]} then ${behindOf(rollup)}`).join(' ');
  return {
    edge: `width_bucket(reading.time, ${bind(instants(edges))}::timestamptz[]) + 1`,
    behind: `case (${bind(integers(rollups))}::int[])[r.edge] ${cases} end`,
    bucket: `(${bind(integers(buckets))}::int[])[r.edge]`,
    mark: '',
  };
}

/** The pieces that no rollup tiles: ragged ends and buckets at odd minutes. */
function readingArms(plan: AggregatePlan, bind: Bind): readonly Arm[] {
  const stretches = stretchesOf(plan, 'reading');
  if (stretches.length === 0) return [];
  const arms = stretches.length <= MAX_STRETCHES ? stretches : [spanOf(stretches)];
  const bucketIn = createBucketOf(plan, 'reading', stretches, 'time', bind);
  return arms.map((stretch) => {
    const bucket = bucketIn(stretch);
    const [first, end] = [bind(formatInstant(stretch.from)), bind(formatInstant(stretch.to))];
    return {
      tag: `reading${bucket.mark}`,
      text: `
      select ${groupOf('series_id')}, ${bucket.text} as b, ${rankOf('series_id')},
             1::bigint as n, value as sum, 0::double precision as m2, value as min, value as max, time as first_time, value as first, time as last_time, value as last
        from reading
       where series_id = any ($1::int[]) and time >= ${first}::timestamptz and time < ${end}::timestamptz`,
    };
  });
}

/** Like `sourceEdges` of all rollups together, with the number of each piece's rollup, coarsest first; -1 where no rollup answers. */
function edgesOfRollups(
  plan: AggregatePlan,
  pieces: readonly PlanPiece[],
): {
  readonly edges: readonly Instant[];
  readonly buckets: readonly number[];
  readonly rollups: readonly number[];
} {
  const edges: Instant[] = [];
  const buckets = [-1];
  const rollups = [-1];
  for (const piece of pieces) {
    appendEdges(plan, piece, edges, (bucket, isNeighbour) => {
      if (isNeighbour) {
        buckets.pop();
        rollups.pop();
      }
      buckets.push(bucket, -1);
      rollups.push(NUMBERS[piece.source], -1);
    });
  }
  return { edges, buckets, rollups };
}

/** From the first to the last of some windows in order. */
function spanOf(windows: readonly TimeWindow[]): TimeWindow {
  return { from: windows[0]?.from ?? 0, to: windows.at(-1)?.to ?? 0 };
}

function startsOf(stretches: readonly TimeWindow[], width: number): readonly Instant[] {
  const starts: Instant[] = [];
  for (const { from, to } of stretches) for (let start = from; start < to; start += width) starts.push(start);
  return starts;
}
