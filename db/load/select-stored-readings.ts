import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

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

/** Looking up 50,000 neighbouring instants one by one took 900 ms, by the ranges that they make up 50 ms; scattered ones are the other way around. */
const MAX_GAP = 4;
const MIN_PER_RANGE = 8;

interface Range {
  readonly seriesId: number;
  readonly from: Instant;
  to: Instant;
  /** Instants looked for. */
  wanted: number;
}

/** The stored readings at these instants, by series; a series with none is left out. One statement for those that lie close together, one for those that do not. */
export async function selectStoredReadings(db: Queryable, wanted: readonly WantedInstants[]): Promise<ReadonlyMap<number, StoredReadings>> {
  const found = new Map<number, StoredReadings>();
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
  return found;
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
function limitOf(range: Range): number {
  return 2 * MAX_GAP * range.wanted + 1000;
}

/** Returns the series that have a range with more readings than expected; their instants are looked up one by one. */
async function selectRanges(db: Queryable, ranges: readonly Range[], found: Map<number, StoredReadings>): Promise<ReadonlySet<number>> {
  // Not a named statement: its general plan would ask every partition for every range.
  const { rows } = await db.query<{ seriesId: number; count: number; readings: string; limit: number }>({
    text: `
      select wanted.series_id as "seriesId", wanted.most as "limit", stored.count, stored.readings
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) with ordinality as wanted (series_id, since, until, most, position)
       cross join lateral (
         select count(*), string_agg(text, ',' order by time) as readings
           from (
             select time, (extract(epoch from time) * 1000000)::bigint::text || case when derived then 'd' else 'm' end || value::text || case when batch_id is null then '' else 'b' || batch_id end as text
               from reading
              where reading.series_id = wanted.series_id and time >= wanted.since and time <= wanted.until
              order by time
              limit wanted.most) as limited) as stored
       where stored.count > 0
       order by wanted.position`,
    values: [
      ranges.map((range) => range.seriesId),
      `{${ranges.map((range) => formatInstant(range.from)).join()}}`,
      `{${ranges.map((range) => formatInstant(range.to)).join()}}`,
      ranges.map(limitOf),
    ],
  });
  const crowded = new Set(rows.filter((row) => row.count === row.limit).map((row) => row.seriesId));
  const texts = new Map<number, string>();
  for (const { seriesId, readings } of rows) {
    const before = texts.get(seriesId);
    if (!crowded.has(seriesId)) texts.set(seriesId, before === undefined ? readings : `${before},${readings}`);
  }
  for (const [seriesId, text] of texts) found.set(seriesId, parse(text));
  return crowded;
}

async function selectInstants(db: Queryable, wanted: readonly WantedInstants[], found: Map<number, StoredReadings>): Promise<void> {
  const seriesIds: number[] = [];
  const times: string[] = [];
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const series of wanted) {
    for (const time of series.times) {
      seriesIds.push(series.seriesId);
      times.push(formatInstant(time));
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
  }
  const { rows } = await db.query<{ seriesId: number; readings: string }>({
    text: `
      select reading.series_id as "seriesId",
             string_agg((extract(epoch from reading.time) * 1000000)::bigint::text || case when derived then 'd' else 'm' end || value::text || case when batch_id is null then '' else 'b' || batch_id end, ',' order by reading.time) as readings
        from unnest($1::int[], $2::timestamptz[]) as wanted (series_id, time)
        join reading on reading.series_id = wanted.series_id and reading.time = wanted.time
       where reading.time >= $3::timestamptz and reading.time <= $4::timestamptz
       group by reading.series_id`,
    values: [`{${seriesIds.join()}}`, `{${times.join()}}`, formatInstant(first), formatInstant(last)],
  });
  for (const row of rows) found.set(row.seriesId, parse(row.readings));
}

/** `1377298800000000m23.5b7,…`: microseconds, m for measured or d for derived, value, and b with the batch where there is one. One text for a series costs a tenth of a row for a reading. */
function parse(text: string): StoredReadings {
  const items = text.split(',');
  const times = new Float64Array(items.length);
  const values = new Float64Array(items.length);
  const derived = new Uint8Array(items.length);
  const batchIds = new Int32Array(items.length);
  items.forEach((item, position) => {
    // From 1970 to 2001 microseconds have fewer digits, so the letter is looked for.
    const isDerived = item.includes('d');
    const letter = item.indexOf(isDerived ? 'd' : 'm');
    times[position] = Number(item.slice(0, letter));
    const end = item.indexOf('b', letter);
    values[position] = Number(item.slice(letter + 1, end === -1 ? undefined : end));
    if (end !== -1) batchIds[position] = Number(item.slice(end + 1));
    derived[position] = isDerived ? 1 : 0;
  });
  return { times, values, derived, batchIds };
}
