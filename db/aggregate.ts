import { type Bind, composeArms, composeCurrentArms, integers } from './aggregate-arms.ts';
import { type AggregateValues, type Measures, toValues, type ValuesRow } from './aggregate-values.ts';
import type { AggregatePlan } from './planner.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type TimeWindow } from './time/instant.ts';
import { parseRfc3339 } from './time/rfc3339.ts';

/** A planned question: which series, how they are grouped, over which pieces of rollups and readings. */
export interface AggregateQuestion {
  /** Ascending, without repetition. */
  readonly seriesIds: readonly number[];
  /** The index of each series' group, parallel to `seriesIds`. */
  readonly groups: readonly number[];
  /** The rank of each series' sensor by id, parallel to `seriesIds`: it breaks ties of first and last. */
  readonly sensorRanks: readonly number[];
  readonly plan: AggregatePlan;
  readonly measures: Measures;
}

/** What one group answered; groups with neither readings nor stale days are left out. */
export interface AggregateResult {
  readonly group: number;
  /** (series, day) pairs of the group that were stale inside the window and so answered from readings. */
  readonly staleDays: number;
  readonly values: AggregateValues;
}

/** An answer and what else was true at its moment. */
export interface AggregateAnswer {
  readonly catalogueVersion: number;
  /** From the first reading of the series that were asked until just after their last; null where they have none. */
  readonly extent: TimeWindow | null;
  readonly results: readonly AggregateResult[];
}

/** The moment of an answer, in each of its rows. */
interface Seen {
  readonly version: number;
  readonly firstTime: string | null;
  readonly lastTime: string | null;
}

interface ResultRow extends ValuesRow {
  /** null in the single row of an answer without groups. */
  readonly group: number | null;
  readonly staleDays: number;
}

interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Answers a planned question in one statement, hence one snapshot. Where no piece needs readings, the rollups alone are asked first, on condition that nothing
 * is stale, which that same statement looks up; only if something is, the statement follows that reads around it.
 */
export async function selectAggregates(db: Queryable, question: AggregateQuestion): Promise<AggregateAnswer> {
  if (question.plan.pieces.every(({ source }) => source !== 'reading')) {
    const { rows } = await db.query<ResultRow & Seen & { readonly isStale: boolean } & Record<string, unknown>>(composeCurrent(question));
    if (rows[0]?.isStale !== true) return toAnswer(rows, question);
  }
  const { rows } = await db.query<ResultRow & Seen & Record<string, unknown>>(composeExact(question));
  return toAnswer(rows, question);
}

/** Of rollups alone: empty where anything is stale. The text has a name, and so is planned once a connection: its only way is the rollups' key. */
function composeCurrent(question: AggregateQuestion): Statement {
  const { values, bind, from, to } = parameters(question);
  const arms = composeCurrentArms(question.plan, bind);
  const tag = tagOf('current', arms, question.measures);
  const text = `/* ${tag} */
    with seen as materialized (
      select ${SEEN}, exists (select from stale_day where ${staleWithin(from, to)}) as stale),
    piece as (${arms.map((arm) => `${arm.text} and not (select stale from seen)`).join('\n      union all')}),
    ${answeredBy(question.measures)}
    select seen.version, seen.first_time as "firstTime", seen.last_time as "lastTime", seen.stale as "isStale",
           answered.g as "group", 0 as "staleDays", ${COLUMNS}
      from seen
      left join answered on true`;
  return tag.length <= LONGEST_NAME ? { name: tag, text, values } : { text, values };
}

/** Of PostgreSQL's identifiers. */
const LONGEST_NAME = 63;

/** Of all pieces: rollups as far as they are current, and readings. */
function composeExact(question: AggregateQuestion): Statement {
  const { plan, measures } = question;
  const { values, bind, from, to } = parameters(question);
  const arms = composeArms(plan, bind);
  const hasRollups = plan.pieces.some((piece) => piece.source !== 'reading');
  // A tag, not a name: a named statement may get one generic plan for all, and a month of one sensor wants another plan than a minute of a thousand.
  const text = `/* ${tagOf('exact', arms, measures)} */
    with seen as materialized (select ${SEEN}),
    piece as (${arms.map((arm) => arm.text).join('\n      union all')}),
    ${answeredBy(measures)},
    stale as (
      select ($2::int[])[width_bucket(series_id, $1::int[])] as g, count(*) as days
        from stale_day
       where ${hasRollups ? '' : 'false and '}${staleWithin(from, to)}
       group by 1)
    select seen.version, seen.first_time as "firstTime", seen.last_time as "lastTime",
           coalesce(answered.g, stale.g) as "group", coalesce(stale.days, 0)::int as "staleDays", ${COLUMNS}
      from seen
      left join (answered full join stale on stale.g = answered.g) on true`;
  return { text, values };
}

/** The version of the catalogue and the stretch of the series' readings. */
const SEEN = `
             (select version from catalogue) as version,
             (select min(first_time) from series_latest where series_id = any ($1::int[])) as first_time,
             (select max(time) from series_latest where series_id = any ($1::int[])) as last_time`;

const COLUMNS = 'bucket, count, sum, min, max, m2, first, last';

/** The stale days that touch a window, whose bounds are placeholders. */
function staleWithin(from: string, to: string): string {
  return `series_id = any ($1::int[])
         and day >= (${from}::timestamptz at time zone 'UTC')::date and day <= (${to}::timestamptz at time zone 'UTC')::date and since < ${to}::timestamptz`;
}

/** `piece` combined to points, and these to one text a column, which costs both sides less than a row for each. */
function answeredBy({ extremes, stddev, firstLast }: Measures): string {
  const number = (isWanted: boolean, expression: string) => (isWanted ? expression : 'null::double precision');
  return `point as (
      select g, b, sum(n)::bigint as n, sum(sum) as sum, ${number(extremes, 'min(min)')} as min, ${number(extremes, 'max(max)')} as max,
             ${number(stddev, '(combine_moments(array[n, sum, m2]::double precision[]))[3]')} as m2,
             ${number(firstLast, "(min(array[date_part('epoch', first_time), rank, first]))[3]")} as first,
             ${number(firstLast, "(max(array[date_part('epoch', last_time), rank, last]))[3]")} as last
        from piece
       where b >= 0
       group by g, b
       order by g, b),
    answered as (
      select g, string_agg(b::text, ',') as bucket, string_agg(n::text, ',') as count, string_agg(sum::text, ',') as sum,
             string_agg(min::text, ',') as min, string_agg(max::text, ',') as max, string_agg(m2::text, ',') as m2,
             string_agg(first::text, ',') as first, string_agg(last::text, ',') as last
        from point
       group by g)`;
}

function parameters({ seriesIds, groups, sensorRanks, plan }: AggregateQuestion): { values: unknown[]; bind: Bind; from: string; to: string } {
  const values: unknown[] = [integers(seriesIds), integers(groups), integers(sensorRanks)];
  const bind: Bind = (value) => `$${values.push(value)}`;
  return { values, bind, from: bind(formatInstant(plan.window.from)), to: bind(formatInstant(plan.window.to)) };
}

/** Tells statements of different text apart, in the server's own statistics too. */
function tagOf(kind: string, arms: readonly { readonly tag: string }[], { extremes, stddev, firstLast }: Measures): string {
  const measures = [...(extremes ? ['ext'] : []), ...(stddev ? ['m2'] : []), ...(firstLast ? ['ends'] : [])];
  return ['aggregates', kind, ...arms.map(({ tag }) => tag), ...measures].join(' ');
}

function toAnswer(rows: readonly (ResultRow & Seen)[], { measures }: AggregateQuestion): AggregateAnswer {
  const seen = rows[0];
  if (seen === undefined) throw new Error('the statement that summarises gave no row');
  const from = seen.firstTime === null ? null : parseRfc3339(seen.firstTime);
  const last = seen.lastTime === null ? null : parseRfc3339(seen.lastTime);
  return {
    catalogueVersion: seen.version,
    extent: from === null || last === null ? null : { from, to: last + 1 },
    results: rows.flatMap((row) => (row.group === null ? [] : [{ group: row.group, staleDays: row.staleDays, values: toValues(row, measures) }])),
  };
}
