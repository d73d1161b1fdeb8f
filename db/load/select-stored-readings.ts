import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
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

interface Range {
  readonly seriesId: number;
  readonly from: Instant;
  to: Instant;
  /** Instants looked for. */
  wanted: number;
}

/** Readings that were found of a series, as PostgreSQL sends arrays. */
interface Found {
  readonly seriesId: number;
  readonly times: Buffer;
  readonly values: Buffer;
  readonly origins: Buffer;
}

/** The stored readings at these instants, by series; a series with none is left out. One statement for those that lie close together, one for those that do not. */
export async function selectStoredReadings(db: Queryable, wanted: readonly WantedInstants[]): Promise<ReadonlyMap<number, StoredReadings>> {
  const found = new Map<number, Found[]>();
  const ranges: Range[] = [];
  const scattered: WantedInstants[] = [];
  for (const series of wanted) {
    const own = rangesOf(series);
    if (own.length * MIN_PER_RANGE <= series.times.length) ranges.push(...own);
    else scattered.push(series);
  }
  const crowded = ranges.length === 0 ? new Set() : await selectRanges(db, ranges, found);
  for (const series of wanted) if (crowded.has(series.seriesId)) scattered.push(series);
  if (scattered.length > 0) await selectInstants(db, scattered, found);
  return new Map([...found].map(([seriesId, pieces]) => [seriesId, joined(pieces)]));
}

function rangesOf({ seriesId, times, spacing }: WantedInstants): Range[] {
  const ranges: Range[] = [];
  let last: Range | undefined;
  for (const time of times) {
    if (last !== undefined && time - last.to <= MAX_GAP * spacing) {
      last.to = time;
      last.wanted += 1;
    } else {
      last = { seriesId, from: time, to: time, wanted: 1 };
      ranges.push(last);
    }
  }
  return ranges;
}

/** What a range may hold before its series counts as crowded: readings need not lie evenly, and an answer must not grow without bound. */
function limitOf({ wanted }: Range): number {
  return 2 * MAX_GAP * wanted + 1000;
}

/** One number for whether a reading is derived (negative) and its batch (0: none). */
const ORIGIN = 'case when derived then -1 - coalesce(batch_id, 0) else coalesce(batch_id, 0) end';
/** As arrays are sent, because texts of numbers take longer to be written and read than the numbers to be found. */
const columnsOf = (relation: string) =>
  `count(*), array_send(array_agg(${relation}.time)) as times, array_send(array_agg(${relation}.value)) as values, array_send(array_agg(${relation}.origin)) as origins`;

/** Returns the series that have a range with more readings than expected; their instants are looked up one by one. */
async function selectRanges(db: Queryable, ranges: readonly Range[], found: Map<number, Found[]>): Promise<ReadonlySet<number>> {
  // Not a named statement: its general plan would ask every partition for every range.
  const { rows } = await db.query<Found & { count: number; limit: number }>({
    text: `
      select wanted.series_id as "seriesId", wanted.most as "limit", stored.*
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) with ordinality as wanted (series_id, since, until, most, position)
       cross join lateral (
         select ${columnsOf('limited')}
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

/** Each instant by itself. `offset 0` keeps PostgreSQL from planning anything else: of a table without statistics it would rather read all of a series, and filter. */
async function selectInstants(db: Queryable, wanted: readonly WantedInstants[], found: Map<number, Found[]>): Promise<void> {
  const count = wanted.reduce((sum, series) => sum + series.times.length, 0);
  const seriesIds = new Int32Array(count);
  const times = new Float64Array(count);
  let start = 0;
  for (const series of wanted) {
    seriesIds.fill(series.seriesId, start, start + series.times.length);
    times.set(series.times, start);
    start += series.times.length;
  }
  const { rows } = await db.query<Found>({
    text: `
      select wanted.series_id as "seriesId", ${columnsOf('stored')}
        from unnest($1::int[], $2::timestamptz[]) as wanted (series_id, time)
       cross join lateral (
         select reading.time, value, ${ORIGIN} as origin
           from reading
          where reading.series_id = wanted.series_id and reading.time = wanted.time and reading.time >= $3::timestamptz and reading.time <= $4::timestamptz
         offset 0) as stored
       group by wanted.series_id`,
    values: [
      encodeIntegers(seriesIds),
      encodeInstants(times),
      formatInstant(times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)),
      formatInstant(times.reduce((greatest, time) => Math.max(greatest, time), Number.NEGATIVE_INFINITY)),
    ],
  });
  for (const row of rows) add(found, row);
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
  const found = { times, values, batchIds };
  return isAscending(times) ? withDerived(found) : withDerived(sorted(found));
}

function isAscending(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  return true;
}

type FoundColumns = Omit<StoredReadings, 'derived'>;

function sorted({ times, values, batchIds }: FoundColumns): FoundColumns {
  const order = Uint32Array.from(times, (_time, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const from = (column: Float64Array | Int32Array) => (_value: number, at: number) => column[order[at] ?? 0] ?? 0;
  return { times: times.map(from(times)), values: values.map(from(values)), batchIds: batchIds.map(from(batchIds)) };
}

/** Reads apart what ORIGIN put together. */
function withDerived({ times, values, batchIds }: FoundColumns): StoredReadings {
  const count = times.length;
  const derived = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) {
    const origin = batchIds[at] ?? 0;
    if (origin >= 0) continue;
    derived[at] = 1;
    batchIds[at] = -1 - origin;
  }
  return { times, values, derived, batchIds };
}
