import { composeArms } from './aggregate-arms.ts';
import type { AggregateQuestion } from './aggregate-question.ts';
import { type Statement, staleWithin } from './aggregate-statement.ts';
import type { Measures } from './aggregate-values.ts';
import { composeHeld, heldColumns } from './held-statement.ts';
import { type Bind, integers } from './parameter-text.ts';
import type { AggregatePlan } from './planner.ts';
import { composeSpacing, SPACING_COLUMNS, type Stay } from './statistics-spacing.ts';
import { formatInstant, type TimeWindow } from './time/instant.ts';

/** What a row of statistics shows; what it does not is not computed. */
export interface StatisticsMeasures extends Measures {
  /** When the least and the greatest value were measured. */
  readonly extremeTimes: boolean;
  /** How readings follow one another: cadence, gaps, how many are missing. */
  readonly spacing: boolean;
}

/** A planned question: which series, how they are grouped, over which pieces of rollups and readings. The plan is of one bucket, the whole range. */
export interface StatisticsQuestion extends Omit<AggregateQuestion, 'measures' | 'isCut'> {
  readonly measures: StatisticsMeasures;
  /** Of all series; looked at only where spacing is asked for. */
  readonly stays: readonly Stay[];
}

/** One statement for all groups and measures, hence one moment. */
export function composeStatistics(question: StatisticsQuestion): Statement {
  const { seriesIds, groups, sensorRanks, plan, measures, stays, held } = question;
  const values: unknown[] = [integers(seriesIds), integers(groups), integers(sensorRanks)];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const arms = composeArms(plan, bind);
  const extras = [
    ...(measures.extremeTimes ? extremeTimes(known(plan.window, bind)) : []),
    ...(measures.spacing ? composeSpacing(stays, bind, known(plan.window, bind)) : []),
    ...(held === null ? [] : [composeHeld(held, question, bind)]),
  ];
  const tables = [
    `piece as (${arms.map(({ text }) => text).join('\n      union all')})`,
    summary(measures, bind),
    'known as (select distinct g from unnest($2::int[]) as given (g) where g >= 0)',
    measured(bind, plan.window),
    seen(bind, plan),
    ...extras,
  ];
  const text = `/* ${['statistics', ...arms.map(({ tag }) => tag), ...tagsOf(question)].join(' ')} */
    with ${tables.join(',\n    ')}
    select seen.version, seen.stale_days as "staleDays", known.g as "group", measured.g is not null as "hasMeasured", ${columnsOf(question)}
      from seen
      left join known on true
      left join measured on measured.g = known.g
      left join summary on summary.g = known.g${measures.extremeTimes ? ' left join extreme on extreme.g = known.g' : ''}${
        measures.spacing ? ' left join spaced on spaced.g = known.g' : ''
      }${held === null ? '' : ' left join held on held.g = known.g'}`;
  return { text, values };
}

/** The window itself, which is known when the statement is planned and so leaves out partitions and chunks: of 53 chunks they took 7 ms to plan, of a few 1. */
function known({ from, to }: TimeWindow, bind: Bind): string {
  return `reading.time >= ${bind(formatInstant(from))}::timestamptz and reading.time < ${bind(formatInstant(to))}::timestamptz`;
}

/** The version of the catalogue, and how many days of a series had rollups that were behind. */
function seen(bind: Bind, { window, pieces }: AggregatePlan): string {
  if (pieces.every(({ source }) => source === 'reading')) return 'seen as (select version, 0 as stale_days from catalogue)';
  const from = bind(formatInstant(window.from));
  const to = bind(formatInstant(window.to));
  const stale = `select count(*)::int from stale_day where series_id = any ($1::int[]) and ${staleWithin(from, to)}`;
  return `seen as (select version, (${stale}) as stale_days from catalogue)`;
}

/** Whether a group has measured anything before the range ends. */
function measured(bind: Bind, { to }: TimeWindow): string {
  return `measured as (
      select distinct g
        from unnest($1::int[], $2::int[]) as given (series_id, g)
        join series_latest as latest on latest.series_id = given.series_id and latest.first_time < ${bind(formatInstant(to))}::timestamptz)`;
}

function summary({ extremes, stddev, firstLast, percentiles }: Measures, bind: Bind): string {
  // Of readings alone, each of which has its value as its sum.
  const ordered = percentiles.length === 0 ? '' : `, percentile_cont(${bind(percentiles)}::double precision[]) within group (order by sum) as percentiles`;
  const wanted = (isWanted: boolean, expression: string) => (isWanted ? `, ${expression}` : '');
  return `summary as materialized (
      select g, sum(n)::int as n, sum(sum) as sum${wanted(extremes, 'min(min) as least, max(max) as greatest')}${wanted(
        stddev,
        '(combine_moments(array[n, sum, m2]::double precision[]))[3] as m2',
      )}${wanted(
        firstLast,
        "min(array[date_part('epoch', first_time), rank, first]) as earliest, max(array[date_part('epoch', last_time), rank, last]) as latest",
      )}${ordered}
        from piece
       where b >= 0
       group by g)`;
}

/**
 * Of the pieces that have an extreme, the one that begins first bounds where it was measured first: it has it, and one that was measured before lies behind its start.
 * So of each group one stretch of a day or less is read, whatever the range.
 */
function extremeTimes(isKnown: string): readonly string[] {
  const firstPiece = (value: 'least' | 'greatest', column: 'min' | 'max') => `
      select distinct on (piece.g) piece.g, '${value}' as kind, summary.${value} as value, piece.first_time, piece.last_time
        from piece
        join summary on summary.g = piece.g and summary.${value} = piece.${column}
       where piece.b >= 0
       order by piece.g, piece.first_time, piece.last_time`;
  return [
    `bounds as materialized ((${firstPiece('least', 'min')}) union all (${firstPiece('greatest', 'max')}))`,
    `extreme as (
      select g, min(found.time) filter (where kind = 'least') as least_at, min(found.time) filter (where kind = 'greatest') as greatest_at
        from bounds
        join unnest($1::int[], $2::int[]) as given (series_id, g) using (g)
       cross join lateral (
         select min(reading.time) as time
           from reading
          where reading.series_id = given.series_id and reading.time >= bounds.first_time and reading.time <= bounds.last_time and ${isKnown}
            and reading.value = bounds.value) as found
       group by g)`,
  ];
}

function columnsOf({ measures: { extremes, stddev, firstLast, percentiles, extremeTimes: hasTimes, spacing: isSpaced }, held }: StatisticsQuestion): string {
  return [
    'coalesce(summary.n, 0) as count',
    'summary.sum',
    ...(extremes ? ['summary.least', 'summary.greatest'] : []),
    ...(stddev ? ['summary.m2'] : []),
    ...(firstLast
      ? ['summary.earliest[1] as "firstSecond"', 'summary.earliest[3] as first', 'summary.latest[1] as "lastSecond"', 'summary.latest[3] as last']
      : []),
    ...(percentiles.length > 0 ? ['summary.percentiles'] : []),
    ...(hasTimes ? ['extreme.least_at as "leastAt"', 'extreme.greatest_at as "greatestAt"'] : []),
    ...(isSpaced ? SPACING_COLUMNS : []),
    ...(held === null ? [] : [heldColumns(held)]),
  ].join(', ');
}

/** What a text has beside its pieces. */
function tagsOf({
  measures: { extremes, stddev, firstLast, percentiles, extremeTimes: hasTimes, spacing: isSpaced },
  held,
}: StatisticsQuestion): readonly string[] {
  const tags: string[] = [];
  if (extremes) tags.push('ext');
  if (hasTimes) tags.push('times');
  if (stddev) tags.push('m2');
  if (firstLast) tags.push('ends');
  if (percentiles.length > 0) tags.push(`p${percentiles.length}`);
  if (isSpaced) tags.push('spacing');
  if (held !== null) tags.push(held.isWeighted ? 'held weighted' : 'held');
  return tags;
}
