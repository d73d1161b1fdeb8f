import type pg from 'pg';
import type { StorageEngine } from '../engines/engine.ts';
import type { Queryable } from '../pool.ts';
import { greatestOf, leastOf } from '../time/extremes.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { decodeDoubles, decodeInstants, decodeIntegers, decodePlaces, encodeInstants, encodeIntegers, lengthOf } from './binary-array.ts';
import { askingForPlaces } from './places.ts';
import { cutByStretch, MIN_PER_STRETCH, windowOf } from './stretches.ts';

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
  /** Where their rows lie within their table until the transaction ends; 0: not known. */
  readonly places: Float64Array;
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
  /** Absent where they have no places. */
  readonly places?: Buffer;
}

/** A look at stored readings: which, what is found of each series, and whether their places are asked for. */
interface Look {
  readonly wanted: readonly WantedInstants[];
  readonly found: Map<number, Found[]>;
  readonly withPlaces: boolean;
}

/**
 * The stored readings at these instants, by series; a series with none is left out. The caller holds the lock of every series. A statement for those that lie
 * close together, one for those that do not; both for each stretch of time whose readings have places, and once for all others.
 */
export async function selectStoredReadings(
  client: pg.PoolClient,
  engine: StorageEngine,
  wanted: readonly WantedInstants[],
): Promise<ReadonlyMap<number, StoredReadings>> {
  const found = new Map<number, Found[]>();
  const { placed, others } = await partByPlaces(client, engine, wanted);
  // Each stretch by itself: between two of them there may be a compressed chunk, which must not come into the plan.
  for (const stretch of placed) await askingForPlaces(() => look(client, { wanted: stretch, found, withPlaces: true }));
  await look(client, { wanted: others, found, withPlaces: false });
  return new Map([...found].map(([seriesId, pieces]) => [seriesId, joined(pieces)]));
}

interface Parted {
  /** By stretch of time. */
  readonly placed: readonly (readonly WantedInstants[])[];
  readonly others: readonly WantedInstants[];
}

/** Those in stretches of time of which so many are wanted that their places are worth knowing, and are held still; and the others. */
async function partByPlaces(client: pg.PoolClient, engine: StorageEngine, wanted: readonly WantedInstants[]): Promise<Parted> {
  const counts = new Map<number, number>();
  for (const { times } of wanted) for (const { stretch, from, to } of cutByStretch(times)) counts.set(stretch, (counts.get(stretch) ?? 0) + to - from);
  const held = new Map<number, WantedInstants[]>();
  for (const [stretch, count] of [...counts].sort(([a], [b]) => a - b)) {
    if (count >= MIN_PER_STRETCH && (await engine.holdPlaces(client, windowOf(stretch)))) held.set(stretch, []);
  }
  if (held.size === 0) return { placed: [], others: wanted };
  const others: WantedInstants[] = [];
  for (const series of wanted) {
    for (const { stretch, from, to } of cutByStretch(series.times)) {
      (held.get(stretch) ?? others).push({ ...series, times: series.times.subarray(from, to) });
    }
  }
  return { placed: [...held.values()], others };
}

function countOf(wanted: readonly WantedInstants[]): number {
  return wanted.reduce((count, { times }) => count + times.length, 0);
}

async function look(db: Queryable, { wanted, found, withPlaces }: Look): Promise<void> {
  const ranges: Range[] = [];
  const close: WantedInstants[] = [];
  const scattered: WantedInstants[] = [];
  for (const piece of wanted) {
    const own = rangesOf(piece);
    if (own.length * MIN_PER_RANGE <= piece.times.length) {
      for (const range of own) ranges.push(range);
      close.push(piece);
    } else scattered.push(piece);
  }
  const crowded = ranges.length === 0 ? NONE : await selectRanges(db, ranges, found, withPlaces);
  for (const piece of close) if (crowded.has(piece.seriesId)) scattered.push(piece);
  if (scattered.length > 0) await selectInstants(db, { wanted: scattered, found, withPlaces });
}

const NONE: ReadonlySet<number> = new Set();

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
/** What is read of a row. */
const fieldsOf = (withPlaces: boolean) => `time, value, ${ORIGIN} as origin${withPlaces ? ', ctid as place' : ''}`;
/** As arrays are sent, because texts of numbers take longer to be written and read than the numbers to be found. */
const columnsOf = (withPlaces: boolean) =>
  `count(*), array_send(array_agg(time)) as times, array_send(array_agg(value)) as values, array_send(array_agg(origin)) as origins${
    withPlaces ? ', array_send(array_agg(place)) as places' : ''
  }`;

/** Returns the series that have a range with more readings than expected; their instants are looked up one by one. */
async function selectRanges(db: Queryable, ranges: readonly Range[], found: Map<number, Found[]>, withPlaces: boolean): Promise<ReadonlySet<number>> {
  // Not a named statement: its general plan would ask every partition for every range.
  const { rows } = await db.query<Found & { count: number; limit: number }>({
    text: `
      select wanted.series_id as "seriesId", wanted.most as "limit", stored.*
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) with ordinality as wanted (series_id, since, until, most, position)
       cross join lateral (
         select ${columnsOf(withPlaces)}
           from (
             select ${fieldsOf(withPlaces)}
               from reading
              where series_id = wanted.series_id and time >= wanted.since and time <= wanted.until and time >= $5::timestamptz and time <= $6::timestamptz
              order by time
              limit wanted.most) as limited) as stored
       where stored.count > 0
       order by wanted.position`,
    values: [
      encodeIntegers(ranges.map((range) => range.seriesId)),
      encodeInstants(ranges.map((range) => range.from)),
      encodeInstants(ranges.map((range) => range.to)),
      encodeIntegers(ranges.map(limitOf)),
      formatInstant(leastOf(ranges.map(({ from }) => from))),
      formatInstant(greatestOf(ranges.map(({ to }) => to))),
    ],
  });
  const crowded = new Set(rows.filter((row) => row.count === row.limit).map((row) => row.seriesId));
  for (const row of rows) if (!crowded.has(row.seriesId)) add(found, row);
  return crowded;
}

/**
 * So many instants are looked up by one scan of the index. Each is found by itself, but partitions and chunks are chosen once for all of them: a row each took
 * half as long again on plain PostgreSQL, and four times as long on TimescaleDB. Where the index is not asked (compressed chunks, small tables), each reading
 * between the first and the last is compared with all of them, so they are not many.
 */
const PER_SCAN = 64;

/** Each instant by itself, series by series. */
async function selectInstants(db: Queryable, { wanted, found, withPlaces }: Look): Promise<void> {
  const times = new Float64Array(countOf(wanted));
  const seriesIds: number[] = [];
  const firsts: number[] = [];
  const lasts: number[] = [];
  let end = 0;
  for (const series of wanted) {
    times.set(series.times, end);
    // An instant that lies in another chunk would be looked for in this one too.
    for (const cut of cutByStretch(series.times)) {
      for (let { from } = cut; from < cut.to; from += PER_SCAN) {
        seriesIds.push(series.seriesId);
        firsts.push(end + from);
        lasts.push(end + Math.min(from + PER_SCAN, cut.to) - 1);
      }
    }
    end += series.times.length;
  }
  const { rows } = await db.query<Found>({
    text: `
      select wanted.series_id as "seriesId", stored.*
        from unnest($1::int[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[]) with ordinality as wanted (series_id, first, last, since, until, position)
       cross join lateral (
         select ${columnsOf(withPlaces)}
           from (
             select ${fieldsOf(withPlaces)}
               from reading
              where series_id = wanted.series_id and time = any (($6::timestamptz[])[wanted.first:wanted.last])
                and time >= wanted.since and time <= wanted.until and time >= $7::timestamptz and time <= $8::timestamptz) as looked_up) as stored
       where stored.count > 0
       order by wanted.position`,
    values: [
      encodeIntegers(seriesIds),
      encodeIntegers(firsts.map((first) => first + 1)),
      encodeIntegers(lasts.map((last) => last + 1)),
      encodeInstants(firsts.map((first) => times[first] ?? 0)),
      encodeInstants(lasts.map((last) => times[last] ?? 0)),
      encodeInstants(times),
      formatInstant(leastOf(times)),
      formatInstant(greatestOf(times)),
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
  const places = new Float64Array(count);
  let position = 0;
  for (const piece of pieces) {
    decodeInstants(piece.times, times, position);
    decodeDoubles(piece.values, values, position);
    decodeIntegers(piece.origins, batchIds, position);
    if (piece.places !== undefined) decodePlaces(piece.places, places, position);
    position += lengthOf(piece.times);
  }
  const found = { times, values, batchIds, places };
  return isAscending(times) ? withDerived(found) : withDerived(sorted(found));
}

function isAscending(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  return true;
}

type FoundColumns = Omit<StoredReadings, 'derived'>;

function sorted({ times, values, batchIds, places }: FoundColumns): FoundColumns {
  const order = Uint32Array.from(times, (_time, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const from = (column: Float64Array | Int32Array) => (_value: number, at: number) => column[order[at] ?? 0] ?? 0;
  return { times: times.map(from(times)), values: values.map(from(values)), batchIds: batchIds.map(from(batchIds)), places: places.map(from(places)) };
}

/** Reads apart what ORIGIN put together. */
function withDerived({ times, values, batchIds, places }: FoundColumns): StoredReadings {
  const count = times.length;
  const derived = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) {
    const origin = batchIds[at] ?? 0;
    if (origin >= 0) continue;
    derived[at] = 1;
    batchIds[at] = -1 - origin;
  }
  return { times, values, derived, batchIds, places };
}
