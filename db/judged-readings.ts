import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** Readings of one series, ascending in time. */
export interface ReadingColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** So many readings of a series before an instant. */
export interface ReadingsBefore {
  readonly seriesId: number;
  readonly before: Instant;
  readonly limit: number;
}

/** So many readings of a series from an instant to another, both included. */
export interface ReadingsFrom {
  readonly seriesId: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly limit: number;
}

/** The stretch of a series whose extremes are asked for: the value in force at `from`, and all readings from there to before `to`; null: to the end. */
export interface PeakQuestion {
  readonly seriesId: number;
  readonly from: Instant;
  readonly to: Instant | null;
}

/** null where there is no reading. */
export interface PeakRow {
  readonly min: number | null;
  readonly max: number | null;
}

const READING_TEXT = `(extract(epoch from time) * 1000000)::bigint::text || ' ' || value::text`;

interface TextRow {
  readonly readings: string | null;
}

/** The last readings before some instants, in the order of the requests. Not a named statement: its general plan would ask every partition for every request. */
export async function selectReadingsBefore(db: Queryable, requests: readonly ReadingsBefore[]): Promise<readonly ReadingColumns[]> {
  if (requests.length === 0) return [];
  const { rows } = await db.query<TextRow & Record<string, unknown>>({
    text: `
      select stored.readings
        from unnest($1::int[], $2::timestamptz[], $3::int[]) with ordinality as wanted (series_id, until, most, position)
       cross join lateral (
         select string_agg(text, ',' order by time) as readings
           from (
             select time, ${READING_TEXT} as text
               from reading
              where reading.series_id = wanted.series_id and time < wanted.until
              order by time desc
              limit wanted.most) as limited) as stored
       order by wanted.position`,
    values: [requests.map((request) => request.seriesId), requests.map((request) => formatInstant(request.before)), requests.map((request) => request.limit)],
  });
  return rows.map(({ readings }) => parse(readings));
}

/** The first readings from some instants on, in the order of the requests. */
export async function selectReadingsFrom(db: Queryable, requests: readonly ReadingsFrom[]): Promise<readonly ReadingColumns[]> {
  if (requests.length === 0) return [];
  const { rows } = await db.query<TextRow & Record<string, unknown>>({
    text: `
      select stored.readings
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) with ordinality as wanted (series_id, since, until, most, position)
       cross join lateral (
         select string_agg(text, ',' order by time) as readings
           from (
             select time, ${READING_TEXT} as text
               from reading
              where reading.series_id = wanted.series_id and time >= wanted.since and time <= wanted.until
              order by time
              limit wanted.most) as limited) as stored
       order by wanted.position`,
    values: [
      requests.map((request) => request.seriesId),
      requests.map((request) => formatInstant(request.from)),
      requests.map((request) => formatInstant(request.to)),
      requests.map((request) => request.limit),
    ],
  });
  return rows.map(({ readings }) => parse(readings));
}

/** The least and the greatest value of some stretches, in the order of the questions. */
export async function selectPeaks(db: Queryable, questions: readonly PeakQuestion[]): Promise<readonly PeakRow[]> {
  if (questions.length === 0) return [];
  const { rows } = await db.query<PeakRow & Record<string, unknown>>({
    text: `
      select extremes.min, extremes.max
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) with ordinality as wanted (series_id, since, until, position)
       cross join lateral (
         select min(value), max(value)
           from reading
          where reading.series_id = wanted.series_id
            and time >= coalesce((
                  select before.time from reading as before
                   where before.series_id = wanted.series_id and before.time <= wanted.since
                   order by before.time desc limit 1), wanted.since)
            and time < wanted.until) as extremes
       order by wanted.position`,
    values: [
      questions.map((question) => question.seriesId),
      questions.map((question) => formatInstant(question.from)),
      questions.map((question) => (question.to === null ? 'infinity' : formatInstant(question.to))),
    ],
  });
  return rows;
}

/** `1377298800000000 23.5,…`: one text for a stretch costs a tenth of a row for a reading. */
function parse(text: string | null): ReadingColumns {
  const items = text === null ? [] : text.split(',');
  const times = new Float64Array(items.length);
  const values = new Float64Array(items.length);
  items.forEach((item, position) => {
    const space = item.indexOf(' ');
    times[position] = Number(item.slice(0, space));
    values[position] = Number(item.slice(space + 1));
  });
  return { times, values };
}
