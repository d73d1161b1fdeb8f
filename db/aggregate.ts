import { type Bind, composeArms } from './aggregate-arms.ts';
import type { AggregatePlan } from './planner.ts';
import type { Queryable } from './pool.ts';
import { formatInstant } from './time/instant.ts';

/** A planned question: which series, how they are grouped, over which pieces of rollups and readings. */
export interface AggregateQuestion {
  /** Ascending, without repetition. */
  readonly seriesIds: readonly number[];
  /** The index of each series' group, parallel to `seriesIds`. */
  readonly groups: readonly number[];
  /** The rank of each series' sensor by id, parallel to `seriesIds`: it breaks ties of first and last. */
  readonly sensorRanks: readonly number[];
  readonly plan: AggregatePlan;
  /** What costs extra and is only computed on demand. */
  readonly measures: { readonly stddev: boolean; readonly firstLast: boolean };
}

/** Parallel arrays by ascending bucket: only buckets that have readings. Sums and m2 are those of the bucket's part inside the window. */
export interface AggregateValues {
  readonly bucket: readonly number[];
  readonly count: readonly number[];
  readonly sum: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  /** The sum of squared deviations from the bucket's mean; null where it was not asked for, like first and last. */
  readonly m2: readonly number[] | null;
  readonly first: readonly number[] | null;
  readonly last: readonly number[] | null;
}

/** What one group answered; groups with neither readings nor stale days are left out. */
export interface AggregateResult {
  readonly group: number;
  /** (series, day) pairs of the group that were stale inside the window and so answered from readings. */
  readonly staleDays: number;
  readonly values: AggregateValues;
}

interface Row {
  readonly group: number;
  readonly staleDays: number;
  readonly bucket: string | null;
  readonly count: string | null;
  readonly sum: string | null;
  readonly min: string | null;
  readonly max: string | null;
  readonly m2: string | null;
  readonly first: string | null;
  readonly last: string | null;
}

/** Answers a planned question in one statement, hence one snapshot: the pieces, and how many of their days were stale, are of the same moment. */
export async function selectAggregates(db: Queryable, question: AggregateQuestion): Promise<readonly AggregateResult[]> {
  if (question.seriesIds.length === 0) return [];
  const statement = composeStatement(question);
  const { rows } = await db.query<Row & Record<string, unknown>>(statement);
  return rows.map((row) => ({ group: row.group, staleDays: row.staleDays, values: toValues(row) }));
}

/** Puts constant fragments together; input goes into parameters only. */
function composeStatement(question: AggregateQuestion): { text: string; values: unknown[] } {
  const { plan, measures } = question;
  const values: unknown[] = [question.seriesIds, question.groups, question.sensorRanks];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const arms = composeArms(plan, bind);
  const from = bind(formatInstant(plan.window.from));
  const to = bind(formatInstant(plan.window.to));
  // A tag, not a name: a named statement may get one generic plan for all, and a month of one sensor wants another plan than a minute of a thousand.
  const tag = ['select_aggregates', ...arms.map((arm) => arm.tag), ...(measures.stddev ? ['m2'] : []), ...(measures.firstLast ? ['ends'] : [])].join(' ');
  const text = `/* ${tag} */
    with piece as (${arms.map((arm) => arm.text).join('\n      union all')}),
    point as (
      select g, b, sum(n)::bigint as n, sum(sum) as sum, min(min) as min, max(max) as max,
             ${measures.stddev ? '(combine_moments(array[n, sum, m2]::double precision[]))[3]' : 'null::double precision'} as m2,
             ${measures.firstLast ? `(min(array[date_part('epoch', first_time), rank, first]))[3]` : 'null::double precision'} as first,
             ${measures.firstLast ? `(max(array[date_part('epoch', last_time), rank, last]))[3]` : 'null::double precision'} as last
        from piece
       where b >= 0
       group by g, b
       order by g, b),
    answered as (
      select g, string_agg(b::text, ',') as bucket, string_agg(n::text, ',') as count, string_agg(sum::text, ',') as sum,
             string_agg(min::text, ',') as min, string_agg(max::text, ',') as max, string_agg(m2::text, ',') as m2,
             string_agg(first::text, ',') as first, string_agg(last::text, ',') as last
        from point
       group by g),
    stale as (
      select ($2::int[])[width_bucket(series_id, $1::int[])] as g, count(*) as days
        from stale_day
       where ${hasRollups(question) ? '' : 'false and '}series_id = any ($1::int[])
         and day >= (${from}::timestamptz at time zone 'UTC')::date and day <= (${to}::timestamptz at time zone 'UTC')::date and since < ${to}::timestamptz
       group by 1)
    select coalesce(answered.g, stale.g) as "group", coalesce(stale.days, 0)::int as "staleDays",
           bucket, count, sum, min, max, m2, first, last
      from answered
      full join stale on stale.g = answered.g`;
  return { text, values };
}

function hasRollups({ plan }: AggregateQuestion): boolean {
  return plan.pieces.some((piece) => piece.source !== 'reading');
}

function toValues(row: Row): AggregateValues {
  const bucket = toNumbers(row.bucket) ?? [];
  const values = {
    bucket,
    count: toNumbers(row.count) ?? [],
    sum: toNumbers(row.sum) ?? [],
    min: toNumbers(row.min) ?? [],
    max: toNumbers(row.max) ?? [],
    m2: toNumbers(row.m2),
    first: toNumbers(row.first),
    last: toNumbers(row.last),
  };
  // The subquery is sorted, but SQL does not promise that an aggregate keeps the order of its input.
  return bucket.every((value, index) => index === 0 || value > (bucket[index - 1] ?? -1)) ? values : reorder(values);
}

/** A list of numbers as PostgreSQL writes them, which is the shortest text that reads back as the same double. */
function toNumbers(text: string | null): number[] | null {
  return text === null ? null : text.split(',').map(Number);
}

function reorder(values: AggregateValues): AggregateValues {
  const order = values.bucket.map((_, index) => index).sort((a, b) => (values.bucket[a] ?? 0) - (values.bucket[b] ?? 0));
  const arrange = (column: readonly number[]): number[] => order.map((index) => column[index] ?? 0);
  const arrangeIfAny = (column: readonly number[] | null): number[] | null => (column === null ? null : arrange(column));
  return {
    bucket: arrange(values.bucket),
    count: arrange(values.count),
    sum: arrange(values.sum),
    min: arrange(values.min),
    max: arrange(values.max),
    m2: arrangeIfAny(values.m2),
    first: arrangeIfAny(values.first),
    last: arrangeIfAny(values.last),
  };
}
