import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant, MICROS_PER_DAY } from '../time/instant.ts';
import { decodeDoubles, decodeInstants, decodeIntegers, encodeInstants, encodeIntegers, lengthOf } from './binary-array.ts';

/** Instants of one series, ascending, at which a stored reading is looked for, and how far apart its readings are on average. */
export interface WantedInstants {
  readonly seriesId: number;
  readonly times: Float64Array;
  readonly spacing: number;
}

/** Stored readings of one series, ascending in time; there may be more than were looked for. */
export interface StoredReadings {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the reading is derived. */
  readonly derived: Uint8Array;
  /** The batches that brought them; 0: loaded before batches had numbers. */
  readonly batchIds: Int32Array;
}

/** Readings that lie together are read as ranges: looking up 50,000 neighbouring instants one by one took 900 ms, by the ranges that they make up 50 ms; scattered ones are the other way around. */
const MAX_GAP = 4;
const MIN_PER_RANGE = 8;

/** A stretch of the instants looked for: positions `first` to `last` (inclusive) of all of them, which are `from` and `to`. */
interface Stretch {
  readonly seriesId: number;
  readonly from: Instant;
  to: Instant;
  readonly first: number;
  last: number;
}

/** The readings found in one stretch, as PostgreSQL sends arrays. */
interface Found {
  readonly seriesId: number;
  readonly times: Buffer;
  readonly values: Buffer;
  readonly origins: Buffer;
}

/** The stored readings at these instants, by series; a series with none is left out. One statement for those that lie close together, one for those that do not. */
export async function selectStoredReadings(db: Queryable, wanted: readonly WantedInstants[]): Promise<ReadonlyMap<number, StoredReadings>> {
  const found = new Map<number, Found[]>();
  const ranges: Stretch[] = [];
  const scattered: WantedInstants[] = [];
  for (const series of wanted) {
    const own = stretchesOf(series, 0, (from, to) => to - from <= MAX_GAP * series.spacing);
    if (own.length * MIN_PER_RANGE <= series.times.length) ranges.push(...own);
    else scattered.push(series);
  }
  const crowded = ranges.length === 0 ? new Set() : await selectRanges(db, ranges, found);
  for (const series of wanted) if (crowded.has(series.seriesId)) scattered.push(series);
  if (scattered.length > 0) await selectInstants(db, scattered, found);
  return new Map([...found].map(([seriesId, pieces]) => [seriesId, joined(pieces)]));
}

/** Cuts the instants of a series, whose positions begin at `start`, wherever two that follow each other do not belong together. */
function stretchesOf({ seriesId, times }: WantedInstants, start: number, isTogether: (from: Instant, to: Instant) => boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let current: Stretch | undefined;
  for (let at = 0; at < times.length; at += 1) {
    const time = times[at] ?? 0;
    if (current !== undefined && isTogether(current.to, time)) {
      current.to = time;
      current.last = start + at;
    } else {
      current = { seriesId, from: time, to: time, first: start + at, last: start + at };
      stretches.push(current);
    }
  }
  return stretches;
}

/** What a range may hold before its series counts as crowded: readings need not lie evenly, and an answer must not grow without bound. */
function limitOf({ first, last }: Stretch): number {
  return 2 * MAX_GAP * (last - first + 1) + 1000;
}

/** One number for whether a reading is derived (negative) and its batch (0: none). */
const ORIGIN = 'case when derived then -1 - coalesce(batch_id, 0) else coalesce(batch_id, 0) end';
/** As arrays are sent, because texts of numbers take longer to be written and read than the numbers to be found. */
const COLUMNS = 'count(*), array_send(array_agg(time)) as times, array_send(array_agg(value)) as values, array_send(array_agg(origin)) as origins';

/** Returns the series that have a range with more readings than expected; their instants are looked up one by one. */
async function selectRanges(db: Queryable, ranges: readonly Stretch[], found: Map<number, Found[]>): Promise<ReadonlySet<number>> {
  // Not a named statement: its general plan would ask every partition for every range.
  const { rows } = await db.query<Found & { count: number; limit: number }>({
    text: `
      select wanted.series_id as "seriesId", wanted.most as "limit", stored.*
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) with ordinality as wanted (series_id, since, until, most, position)
       cross join lateral (
         select ${COLUMNS}
           from (
             select time, value, ${ORIGIN} as origin
               from reading
              where reading.series_id = wanted.series_id and time >= wanted.since and time <= wanted.until
              order by time
              limit wanted.most) as limited) as stored
       where stored.count > 0
       order by wanted.position`,
    values: [
      encodeIntegers(ranges.map((range) => range.seriesId)),
      encodeInstants(ranges.map((range) => range.from)),
      encodeInstants(ranges.map((range) => range.to)),
      encodeIntegers(ranges.map(limitOf)),
    ],
  });
  const crowded = new Set(rows.filter((row) => row.count === row.limit).map((row) => row.seriesId));
  for (const row of rows) if (!crowded.has(row.seriesId)) add(found, row);
  return crowded;
}

/** All instants of a series within a month, which is in one partition, at once: where an index takes a list, it is walked along rather than entered anew for each. */
async function selectInstants(db: Queryable, wanted: readonly WantedInstants[], found: Map<number, Found[]>): Promise<void> {
  const times = new Float64Array(wanted.reduce((count, series) => count + series.times.length, 0));
  const stretches: Stretch[] = [];
  let start = 0;
  for (const series of wanted) {
    times.set(series.times, start);
    stretches.push(...stretchesOf(series, start, isSameMonth));
    start += series.times.length;
  }
  const { rows } = await db.query<Found>({
    text: `
      select wanted.series_id as "seriesId", stored.*
        from unnest($1::int[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) with ordinality as wanted (series_id, first, last, since, until, position)
       cross join lateral (
         select ${COLUMNS}
           from (
             select time, value, ${ORIGIN} as origin
               from reading
              where reading.series_id = wanted.series_id and time = any (($6::timestamptz[])[wanted.first:wanted.last])
                and time >= wanted.since and time <= wanted.until and time >= $7::timestamptz and time <= $8::timestamptz
              order by time) as listed) as stored
       where stored.count > 0
       order by wanted.position`,
    values: [
      encodeIntegers(stretches.map(({ seriesId }) => seriesId)),
      encodeIntegers(stretches.map(({ first }) => first + 1)),
      encodeIntegers(stretches.map(({ last }) => last + 1)),
      encodeInstants(stretches.map(({ from }) => from)),
      encodeInstants(stretches.map(({ to }) => to)),
      encodeInstants(times),
      formatInstant(stretches.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)),
      formatInstant(stretches.reduce((greatest, { to }) => Math.max(greatest, to), Number.NEGATIVE_INFINITY)),
    ],
  });
  for (const row of rows) add(found, row);
}

function isSameMonth(a: Instant, b: Instant): boolean {
  // Most that follow each other are of one day.
  if (Math.floor(a / MICROS_PER_DAY) === Math.floor(b / MICROS_PER_DAY)) return true;
  const [one, other] = [new Date(a / 1000), new Date(b / 1000)];
  return one.getUTCMonth() === other.getUTCMonth() && one.getUTCFullYear() === other.getUTCFullYear();
}

function add(found: Map<number, Found[]>, row: Found): void {
  const pieces = found.get(row.seriesId);
  if (pieces === undefined) found.set(row.seriesId, [row]);
  else pieces.push(row);
}

function joined(pieces: readonly Found[]): StoredReadings {
  const count = pieces.reduce((sum, { times }) => sum + lengthOf(times), 0);
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  const batchIds = new Int32Array(count);
  let position = 0;
  for (const piece of pieces) {
    decodeInstants(piece.times, times, position);
    decodeDoubles(piece.values, values, position);
    decodeIntegers(piece.origins, batchIds, position);
    position += lengthOf(piece.times);
  }
  const derived = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) {
    const origin = batchIds[at] ?? 0;
    if (origin >= 0) continue;
    derived[at] = 1;
    batchIds[at] = -1 - origin;
  }
  return { times, values, derived, batchIds };
}
