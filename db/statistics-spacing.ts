import type { Bind } from './parameter-text.ts';
import { formatInstant, type TimeWindow } from './time/instant.ts';

/** A stretch of time in which a series can be expected to measure. */
export interface Stay extends TimeWindow {
  readonly seriesId: number;
  readonly group: number;
}

/**
 * The tables of a `with` that end in `spaced`: a row for each group whose series have a cadence. Readings are regular, so what follows is counted by the few different distances
 * there are.
 */
export function composeSpacing(stays: readonly Stay[], bind: Bind, isKnown: string): readonly string[] {
  const list = (column: readonly (string | number)[]) => bind(`{${column.join(',')}}`);
  const [ids, groups, from, to] = [
    list(stays.map(({ seriesId }) => seriesId)),
    list(stays.map(({ group }) => group)),
    list(stays.map((stay) => formatInstant(stay.from))),
    list(stays.map((stay) => formatInstant(stay.to))),
  ];
  const within = `reading.series_id = stay.series_id and reading.time >= stay.since and reading.time < stay.until and ${isKnown}`;
  return [
    `stay as materialized (
      select given.number, given.g, given.series_id, greatest(given.since, latest.first_time) as since, given.until
        from unnest(${ids}::int[], ${groups}::int[], ${from}::timestamptz[], ${to}::timestamptz[]) with ordinality as given (series_id, g, since, until, number)
        join series_latest as latest on latest.series_id = given.series_id and latest.first_time < given.until)`,
    `distance as materialized (
      select stay.number, counted.distance, counted.n
        from stay
       cross join lateral (
         select distance, count(*) as n
           from (select time - lag(time) over (order by time) as distance from reading where ${within}) as followed
          where distance is not null
          group by distance) as counted)`,
    `cadence as materialized (
      select number, min(distance) filter (where 2 * reached >= readings) as cadence
        from (
          select number, distance, sum(n) over (partition by number order by distance) as reached, sum(n) over (partition by number) as readings
            from distance) as ranked
       group by number)`,
    `ends as materialized (
      select stay.number, stay.g, stay.since, stay.until, cadence.cadence,
             (select reading.time from reading where ${within} order by reading.time limit 1) as first,
             (select reading.time from reading where ${within} order by reading.time desc limit 1) as last
        from stay
        join cadence using (number))`,
    `gap as (
      select ends.g, missing.distance, missing.n
        from ends
       cross join lateral (
         select distance, n from distance where distance.number = ends.number
         union all
         select first - since, 1
         union all
         select until - last, 1) as missing (distance, n)
       where 2 * missing.distance > 3 * ends.cadence)`,
    `missed as (select g, sum(n)::int as gaps, max(distance) as longest from gap group by g)`,
    `spaced as (
      select ends.g, percentile_disc(0.5) within group (order by ends.cadence) as cadence, coalesce(min(missed.gaps), 0) as gaps, min(missed.longest) as longest,
             sum(div(${micros('ends.until - ends.since')} + ${micros('ends.cadence')} - 1, ${micros('ends.cadence')}))::bigint as expected
        from ends
        left join missed on missed.g = ends.g
       group by ends.g)`,
  ];
}

/** The columns of `spaced`, as the rows of an answer carry them. */
export const SPACING_COLUMNS = [
  `${micros('spaced.cadence')}::double precision as cadence`,
  'spaced.gaps',
  `${micros('spaced.longest')}::double precision as "longestGap"`,
  'spaced.expected as "expectedCount"',
];

/** The whole microseconds of an interval, exactly. */
function micros(interval: string): string {
  return `(extract(epoch from ${interval}) * 1000000)`;
}
