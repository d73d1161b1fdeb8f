import type { Queryable } from '../pool.ts';
import { greatestOf, leastOf } from '../time/extremes.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { encodeBooleans, encodeDoubles, encodeInstants, encodeIntegers, encodePlaces } from './binary-array.ts';
import { askingForPlaces } from './places.ts';
import { MIN_PER_STRETCH, stretchOf, windowOf } from './stretches.ts';

/** Stored readings that get another value, ordered by series and time. */
export interface Corrections {
  readonly seriesIds: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the reading is derived. */
  readonly derived: Uint8Array;
  /** Where their rows were found in this transaction; 0: not known. */
  readonly places: Float64Array;
}

/**
 * Gives stored readings another value, and the number of the batch that does. Where many of one stretch of time have places, their rows are taken from there;
 * all others are found by their keys.
 */
export async function correctReadings(db: Queryable, batchId: number, corrections: Corrections): Promise<void> {
  const { byPlace, byKey } = partByStretch(corrections);
  if (byPlace.size > 0) {
    // Else the planner may rather read a whole table, to join it with so many rows, than go to their places.
    await db.query({ text: 'set local enable_hashjoin = off; set local enable_mergejoin = off' });
    for (const [stretch, own] of byPlace) {
      // That rows were moved is not to be expected; that a correction was lost could not be seen.
      if ((await askingForPlaces(() => updateByPlace(db, { batchId, stretch }, own))) !== own.times.length) await upsertByKey(db, batchId, own);
    }
    await db.query({ text: 'set local enable_hashjoin to default; set local enable_mergejoin to default' });
  }
  if (byKey.times.length > 0) await upsertByKey(db, batchId, byKey);
}

interface PartedCorrections {
  /** By number of the stretch. */
  readonly byPlace: ReadonlyMap<number, Corrections>;
  readonly byKey: Corrections;
}

function partByStretch(corrections: Corrections): PartedCorrections {
  const stretches = new Map<number, number[]>();
  const byKey: number[] = [];
  corrections.times.forEach((time, at) => {
    const stretch = stretchOf(time);
    const own = corrections.places[at] === 0 ? byKey : stretches.get(stretch);
    if (own === undefined) stretches.set(stretch, [at]);
    else own.push(at);
  });
  const byPlace = new Map<number, Corrections>();
  for (const [stretch, positions] of stretches) {
    if (positions.length >= MIN_PER_STRETCH) byPlace.set(stretch, positions.length === corrections.times.length ? corrections : pick(corrections, positions));
    else for (const at of positions) byKey.push(at);
  }
  return {
    byPlace,
    byKey:
      byKey.length === corrections.times.length
        ? corrections
        : pick(
            corrections,
            byKey.sort((a, b) => a - b),
          ),
  };
}

function pick({ seriesIds, times, values, derived, places }: Corrections, positions: readonly number[]): Corrections {
  const take = (column: Int32Array | Float64Array | Uint8Array) => (_value: number, to: number) => column[positions[to] ?? 0] ?? 0;
  const count = positions.length;
  return {
    seriesIds: new Int32Array(count).map(take(seriesIds)),
    times: new Float64Array(count).map(take(times)),
    values: new Float64Array(count).map(take(values)),
    derived: new Uint8Array(count).map(take(derived)),
    places: new Float64Array(count).map(take(places)),
  };
}

/**
 * Returns how many rows it has found where they should be: series and time are compared, so that no other row is ever written. The index is not searched once more,
 * and no row is locked before it is written: two thirds of the time of the upsert. Lists that are selected, unlike those in `from`, are not written down first.
 */
async function updateByPlace(
  db: Queryable,
  { batchId, stretch }: { readonly batchId: number; readonly stretch: number },
  corrections: Corrections,
): Promise<number> {
  const { from, to } = windowOf(stretch);
  const { rowCount } = await db.query({
    text: `
      update reading
         set value = corrected.value, derived = corrected.derived, batch_id = $1::int
        from (select unnest($2::int[]) as series_id, unnest($3::timestamptz[]) as time, unnest($4::double precision[]) as value, unnest($5::boolean[]) as derived,
                     unnest($6::tid[]) as place) as corrected
       where reading.ctid = corrected.place and reading.series_id = corrected.series_id and reading.time = corrected.time
         and reading.time >= $7::timestamptz and reading.time < $8::timestamptz`,
    values: [batchId, ...listsOf(corrections), encodePlaces(corrections.places), formatInstant(from), formatInstant(to)],
  });
  return rowCount ?? 0;
}

/** By `on conflict`, because that finds each row by its key on both engines, also in compressed chunks; an `update … from` makes TimescaleDB decompress whole ones. */
async function upsertByKey(db: Queryable, batchId: number, corrections: Corrections): Promise<void> {
  await db.query({
    text: `
      insert into reading (series_id, time, value, derived, batch_id)
      select unnest($2::int[]), unnest($3::timestamptz[]), unnest($4::double precision[]), unnest($5::boolean[]), $1::int
          on conflict (series_id, time) do update set value = excluded.value, derived = excluded.derived, batch_id = excluded.batch_id`,
    values: [batchId, ...listsOf(corrections)],
  });
}

function listsOf({ seriesIds, times, values, derived }: Corrections): readonly Buffer[] {
  return [encodeIntegers(seriesIds), encodeInstants(times), encodeDoubles(values), encodeBooleans(derived)];
}

/** Deletes readings, ordered by series and time, that can no longer be derived. The bounds on series and time let both engines leave out what they do not touch. */
export async function deleteReadings(db: Queryable, seriesIds: readonly number[], times: readonly Instant[]): Promise<void> {
  await db.query({
    text: `
      delete from reading
       using unnest($1::int[], $2::timestamptz[]) as gone (series_id, time)
       where reading.series_id = gone.series_id and reading.time = gone.time
         and reading.series_id = any ($3::int[]) and reading.time >= $4::timestamptz and reading.time <= $5::timestamptz`,
    values: [encodeIntegers(seriesIds), encodeInstants(times), [...new Set(seriesIds)], formatInstant(leastOf(times)), formatInstant(greatestOf(times))],
  });
}
