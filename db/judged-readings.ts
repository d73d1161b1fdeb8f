import type { Queryable } from './pool.ts';
import { greatestOf, leastOf } from './time/extremes.ts';
import { formatInstant, type Instant, MICROS_PER_DAY } from './time/instant.ts';

/** Readings of one series, ascending in time. */
export interface ReadingColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export const NO_READINGS: ReadingColumns = { times: new Float64Array(0), values: new Float64Array(0) };

/** Readings of one series, and later ones of the same. */
export function joinReadings(earlier: ReadingColumns, later: ReadingColumns): ReadingColumns {
  if (earlier.times.length === 0) return later;
  if (later.times.length === 0) return earlier;
  const times = new Float64Array(earlier.times.length + later.times.length);
  const values = new Float64Array(times.length);
  times.set(earlier.times);
  times.set(later.times, earlier.times.length);
  values.set(earlier.values);
  values.set(later.values, earlier.values.length);
  return { times, values };
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

/**
 * So far from what is judged its readings are looked for at first. A statement opens every chunk and partition that its own bounds do not exclude, and those of a row of the
 * question exclude none beforehand: with 36 chunks a look for 20 series took 6 to 11 ms, within this window 2. Only for what is not found there all the others are asked.
 */
const NEAR = 7 * MICROS_PER_DAY;

/** The last readings before some instants, in the order of the requests. */
export async function selectReadingsBefore(db: Queryable, requests: readonly ReadingsBefore[]): Promise<readonly ReadingColumns[]> {
  if (requests.length === 0) return [];
  const since = leastOf(requests.map(({ before }) => before)) - NEAR;
  const near = await selectBefore(db, requests, since);
  const lacks = lacksOf(requests, near);
  const far = await selectBefore(
    db,
    lacks.map(({ request, found }) => ({ ...request, before: since, limit: request.limit - found.times.length })),
    Number.NEGATIVE_INFINITY,
  );
  const all = [...near];
  lacks.forEach(({ position, found }, at) => {
    all[position] = joinReadings(far[at] ?? NO_READINGS, found);
  });
  return all;
}

/** The first readings from some instants on, in the order of the requests. */
export async function selectReadingsFrom(db: Queryable, requests: readonly ReadingsFrom[]): Promise<readonly ReadingColumns[]> {
  if (requests.length === 0) return [];
  const until = greatestOf(requests.map(({ from }) => from)) + NEAR;
  const near = await selectFrom(
    db,
    requests.map((request) => ({ ...request, to: Math.min(request.to, until) })),
  );
  const lacks = lacksOf(requests, near).filter(({ request }) => request.to > until);
  const far = await selectFrom(
    db,
    lacks.map(({ request, found }) => ({ ...request, from: until + 1, limit: request.limit - found.times.length })),
  );
  const all = [...near];
  lacks.forEach(({ position, found }, at) => {
    all[position] = joinReadings(found, far[at] ?? NO_READINGS);
  });
  return all;
}

/** A request that was given fewer readings than it may have. */
interface Lack<R> {
  readonly position: number;
  readonly request: R;
  readonly found: ReadingColumns;
}

function lacksOf<R extends { readonly limit: number }>(requests: readonly R[], near: readonly ReadingColumns[]): readonly Lack<R>[] {
  return requests.flatMap((request, position) => {
    const found = near[position] ?? NO_READINGS;
    return found.times.length < request.limit ? [{ position, request, found }] : [];
  });
}

const READING_TEXT = `(extract(epoch from time) * 1000000)::bigint::text || ' ' || value::text`;

interface TextRow {
  readonly readings: string | null;
}

/** None of the statements here has a name: a general plan would ask every partition for every request. */
async function selectBefore(db: Queryable, requests: readonly ReadingsBefore[], since: Instant): Promise<readonly ReadingColumns[]> {
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
              where reading.series_id = wanted.series_id and time < wanted.until and time >= $4::timestamptz and time < $5::timestamptz
              order by time desc
              limit wanted.most) as limited) as stored
       order by wanted.position`,
    values: [
      requests.map((request) => request.seriesId),
      requests.map((request) => formatInstant(request.before)),
      requests.map((request) => request.limit),
      boundText(since),
      boundText(greatestOf(requests.map(({ before }) => before))),
    ],
  });
  return rows.map(({ readings }) => parse(readings));
}

async function selectFrom(db: Queryable, requests: readonly ReadingsFrom[]): Promise<readonly ReadingColumns[]> {
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
              where reading.series_id = wanted.series_id and time >= wanted.since and time <= wanted.until and time >= $5::timestamptz and time <= $6::timestamptz
              order by time
              limit wanted.most) as limited) as stored
       order by wanted.position`,
    values: [
      requests.map((request) => request.seriesId),
      requests.map((request) => formatInstant(request.from)),
      requests.map((request) => formatInstant(request.to)),
      requests.map((request) => request.limit),
      boundText(leastOf(requests.map(({ from }) => from))),
      boundText(greatestOf(requests.map(({ to }) => to))),
    ],
  });
  return rows.map(({ readings }) => parse(readings));
}

/** The least and the greatest value of some stretches, in the order of the questions. */
export async function selectPeaks(db: Queryable, questions: readonly PeakQuestion[]): Promise<readonly PeakRow[]> {
  if (questions.length === 0) return [];
  const since = leastOf(questions.map(({ from }) => from)) - NEAR;
  const near = await selectPeaksSince(db, questions, since);
  const unopened = questions.flatMap((question, position) => (near[position]?.isOpened === true ? [] : [{ question, position }]));
  const opening = await selectBefore(
    db,
    unopened.map(({ question: { seriesId } }) => ({ seriesId, before: since, limit: 1 })),
    Number.NEGATIVE_INFINITY,
  );
  const peaks: PeakRow[] = [...near];
  unopened.forEach(({ position }, at) => {
    const value = opening[at]?.values[0];
    if (value !== undefined) peaks[position] = { min: Math.min(near[position]?.min ?? value, value), max: Math.max(near[position]?.max ?? value, value) };
  });
  return peaks;
}

interface PeakSinceRow extends PeakRow {
  /** Whether the reading in force at the beginning was found. */
  readonly isOpened: boolean;
}

async function selectPeaksSince(db: Queryable, questions: readonly PeakQuestion[], since: Instant): Promise<readonly PeakSinceRow[]> {
  // offset 0: the first reading is looked for once for a stretch, not once for each of its chunks.
  const { rows } = await db.query<PeakSinceRow & Record<string, unknown>>({
    text: `
      select extremes.min, extremes.max, opening.time is not null as "isOpened"
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) with ordinality as wanted (series_id, since, until, position)
       cross join lateral (
         select (select before.time
                   from reading as before
                  where before.series_id = wanted.series_id and before.time <= wanted.since and before.time >= $4::timestamptz and before.time <= $5::timestamptz
                  order by before.time desc limit 1) as time
         offset 0) as opening
       cross join lateral (
         select min(value), max(value)
           from reading
          where reading.series_id = wanted.series_id and time >= coalesce(opening.time, wanted.since) and time < wanted.until
            and time >= $4::timestamptz and time < $6::timestamptz) as extremes
       order by wanted.position`,
    values: [
      questions.map((question) => question.seriesId),
      questions.map((question) => formatInstant(question.from)),
      questions.map(({ to }) => boundText(to ?? Number.POSITIVE_INFINITY)),
      boundText(since),
      boundText(greatestOf(questions.map(({ from }) => from))),
      boundText(greatestOf(questions.map(({ to }) => to ?? Number.POSITIVE_INFINITY))),
    ],
  });
  return rows;
}

function boundText(instant: Instant): string {
  if (Number.isFinite(instant)) return formatInstant(instant);
  return instant > 0 ? 'infinity' : '-infinity';
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
