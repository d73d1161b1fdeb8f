import { composeArms, composeCurrentArms } from './aggregate-arms.ts';
import type { AggregateAnswer, AggregateQuestion, AggregateResult } from './aggregate-question.ts';
import { BETWEEN_PERCENTILES, type Measure, type Measures, toValues, type ValuesRow } from './aggregate-values.ts';
import { composeHeld, type HeldRow, heldColumns, toHeldTimes } from './held-statement.ts';
import { type Bind, integers } from './parameter-text.ts';
import { formatInstant, type TimeWindow } from './time/instant.ts';
import { parseRfc3339 } from './time/rfc3339.ts';

/** A row of an answer: one a group, or one without a group. What was seen at its moment is in each. */
export interface AggregateRow extends ValuesRow, HeldRow {
  readonly version: number;
  /** Only where the plan was cut. */
  readonly firstTime?: string | null;
  readonly lastTime?: string | null;
  readonly group: number | null;
  /** Missing where nothing is stale. */
  readonly staleDays?: number;
}

/** A row of an answer that only stands if nothing is stale. */
export interface CurrentRow extends AggregateRow {
  readonly isStale: boolean;
}

/** What is sent; one with a name is parsed once a connection, and planned once where PostgreSQL finds that plan as good. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
  readonly isShort?: boolean;
}

/** Of rollups alone: empty where anything is stale. */
export function composeCurrent(question: AggregateQuestion): Statement {
  const { plan, measures } = question;
  const { values, bind, from, to } = parameters(question);
  const arms = composeCurrentArms(plan, bind);
  const text = `
    with seen as materialized (
      select ${seen(question, ALL_SERIES)}, exists (select from stale_day where ${ALL_SERIES} and ${staleWithin(from, to)}) as stale),
    piece as (${arms.map((arm) => `${arm.text} and not (select stale from seen)`).join('\n      union all')}),
    ${answeredBy(measures, bind)}
    select ${seenColumns(question)}, seen.stale as "isStale", answered.g as "group", ${columnNames(measures)}
      from seen
      left join answered on true`;
  return { text: `/* ${tagOf('current', arms, question)} */ ${text}`, values };
}

/** Of all pieces: rollups as far as they are current, and readings. */
export function composeExact(question: AggregateQuestion): Statement {
  const { plan, measures, held } = question;
  const { values, bind, from, to } = parameters(question);
  const arms = composeArms(plan, bind);
  const hasRollups = plan.pieces.some((piece) => piece.source !== 'reading');
  // A tag, not a name: a named statement may get one generic plan for all, and a month of one sensor wants another plan than a minute of a thousand. And there are thousands
  // of texts: each that is kept keeps a plan, of megabytes where a rollup has many chunks, in every connection.
  const text = `/* ${tagOf('exact', arms, question)} */
    with seen as materialized (select ${seen(question, ALL_SERIES)}),
    piece as (${arms.map((arm) => arm.text).join('\n      union all')}),
    ${answeredBy(measures, bind)},
    stale as (
      select ($2::int[])[width_bucket(series_id, $1::int[])] as g, count(*) as days
        from stale_day
       where ${hasRollups ? '' : 'false and '}${ALL_SERIES} and ${staleWithin(from, to)}
       group by 1)${held === null ? '' : `,\n    ${composeHeld(held, question, bind)}`}
    select ${seenColumns(question)}, coalesce(answered.g, stale.g${held === null ? '' : ', held.g'}) as "group", coalesce(stale.days, 0)::int as "staleDays",
           ${columnNames(measures)}${held === null ? '' : `, ${heldColumns(held)}`}
      from seen
      left join (answered full join stale on stale.g = answered.g${held === null ? '' : ' full join held on held.g = coalesce(answered.g, stale.g)'}) on true`;
  return { text, values };
}

/** The series of a question, as its first parameter. */
const ALL_SERIES = 'series_id = any ($1::int[])';

/** What `seen` has, as the rows carry it. */
export function seenColumns({ isCut }: AggregateQuestion): string {
  return isCut ? 'seen.version, seen.first_time as "firstTime", seen.last_time as "lastTime"' : 'seen.version';
}

/** The version of the catalogue and, where it is wanted, the stretch of the readings of the series that `isAsked` tells. */
export function seen({ isCut }: AggregateQuestion, isAsked: string): string {
  const bound = (expression: string) => `(select ${expression} from series_latest where ${isAsked})`;
  const version = '(select version from catalogue) as version';
  return isCut ? `${version}, ${bound('min(first_time)')} as first_time, ${bound('max(time)')} as last_time` : version;
}

/** The stale days that touch a window, whose bounds are placeholders. */
export function staleWithin(from: string, to: string): string {
  return `day >= (${from}::timestamptz at time zone 'UTC')::date and day <= (${to}::timestamptz at time zone 'UTC')::date and since < ${to}::timestamptz`;
}

/** `piece` combined to points, and these to one text a column, which costs both sides less than a row for each. */
function answeredBy(measures: Measures, bind: Bind): string {
  const { extremes, stddev, firstLast, percentiles } = measures;
  // Of readings alone, each of which has its value as its sum.
  const ordered = percentiles.length === 0 ? '' : `, percentile_cont(${bind(percentiles)}::double precision[]) within group (order by sum) as percentiles`;
  const number = (isWanted: boolean, expression: string) => (isWanted ? expression : 'null::double precision');
  return `point as (
      select g, b, sum(n)::bigint as n, sum(sum) as sum, ${number(extremes, 'min(min)')} as min, ${number(extremes, 'max(max)')} as max,
             ${number(stddev, '(combine_moments(array[n, sum, m2]::double precision[]))[3]')} as m2,
             ${number(firstLast, "(min(array[date_part('epoch', first_time), rank, first]))[3]")} as first,
             ${number(firstLast, "(max(array[date_part('epoch', last_time), rank, last]))[3]")} as last${ordered}
        from piece
       where b >= 0
       group by g, b
       order by g, b),
    answered as (
      select g, string_agg(b::text, ',') as bucket${textColumns(measures)}
        from point
       group by g)`;
}

/** What each measure adds to an answer, beside the bucket. */
const MEASURED: readonly { readonly measure: Measure; readonly name: string; readonly expression: string }[] = [
  { measure: 'count', name: 'count', expression: 'n' },
  { measure: 'sum', name: 'sum', expression: 'sum' },
  { measure: 'avg', name: 'avg', expression: '(sum / n)' },
  { measure: 'extremes', name: 'min', expression: 'min' },
  { measure: 'extremes', name: 'max', expression: 'max' },
  { measure: 'stddev', name: 'm2', expression: 'm2' },
  { measure: 'firstLast', name: 'first', expression: 'first' },
  { measure: 'firstLast', name: 'last', expression: 'last' },
];

/** The texts of the columns that are wanted, of rows that have n, sum and whatever else is. */
export function textColumns(measures: Measures): string {
  const plain = MEASURED.map(({ measure, name, expression }) => (measures[measure] ? `, string_agg(${expression}::text, ',') as ${name}` : ''));
  if (measures.percentiles.length === 0) return plain.join('');
  const columns = measures.percentiles.map((_, place) => `string_agg(percentiles[${place + 1}]::text, ',')`);
  return `${plain.join('')}, concat_ws('${BETWEEN_PERCENTILES}', ${columns.join(', ')}) as percentiles`;
}

/** The names of the same columns. */
export function columnNames(measures: Measures): string {
  const extra = measures.percentiles.length === 0 ? [] : ['percentiles'];
  return ['bucket', ...MEASURED.flatMap(({ measure, name }) => (measures[measure] ? [name] : [])), ...extra].join(', ');
}

function parameters({ seriesIds, groups, sensorRanks, plan }: AggregateQuestion): { values: unknown[]; bind: Bind; from: string; to: string } {
  const values: unknown[] = [integers(seriesIds), integers(groups), integers(sensorRanks)];
  const bind: Bind = (value) => `$${values.push(value)}`;
  return { values, bind, from: bind(formatInstant(plan.window.from)), to: bind(formatInstant(plan.window.to)) };
}

/** Tells statements of different text apart, in the server's own statistics too. */
function tagOf(kind: string, arms: readonly { readonly tag: string }[], question: AggregateQuestion): string {
  return ['aggregates', kind, ...arms.map(({ tag }) => tag), ...extrasOf(question)].join(' ');
}

/** What a text has beside its pieces. */
export function extrasOf({ measures: { count, sum, avg, extremes, stddev, firstLast, percentiles }, isCut, held }: AggregateQuestion): readonly string[] {
  const extras: string[] = [];
  if (count) extras.push('count');
  if (sum) extras.push('sum');
  if (avg) extras.push('avg');
  if (extremes) extras.push('ext');
  if (stddev) extras.push('m2');
  if (firstLast) extras.push('ends');
  if (percentiles.length > 0) extras.push(`p${percentiles.length}`);
  if (isCut) extras.push('cut');
  if (held !== null) extras.push(held.isWeighted ? 'held weighted' : 'held');
  return extras;
}

/** Reads the rows of a statement that groups. */
export function toAnswer(rows: readonly AggregateRow[], { measures, held }: AggregateQuestion): AggregateAnswer {
  const { catalogueVersion, extent } = whatWasSeen(rows);
  const toResult = (row: AggregateRow, group: number): AggregateResult => ({
    group,
    staleDays: row.staleDays ?? 0,
    values: toValues(row, measures),
    held: held === null ? null : toHeldTimes(row, held),
  });
  return { catalogueVersion, extent, results: rows.flatMap((row) => (row.group === null ? [] : [toResult(row, row.group)])) };
}

/** What the rows say of their moment. */
export function whatWasSeen(rows: readonly AggregateRow[]): Pick<AggregateAnswer, 'catalogueVersion' | 'extent'> {
  const row = rows[0];
  if (row === undefined) throw new Error('the statement that summarises gave no row');
  return { catalogueVersion: row.version, extent: extentOf(row) };
}

function extentOf({ firstTime = null, lastTime = null }: AggregateRow): TimeWindow | null {
  const from = firstTime === null ? null : parseRfc3339(firstTime);
  const last = lastTime === null ? null : parseRfc3339(lastTime);
  return from === null || last === null ? null : { from, to: last + 1 };
}
