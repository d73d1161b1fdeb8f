import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { encodeBooleans, encodeDoubles, encodeInstants, encodeIntegers } from './binary-array.ts';

/** Stored readings that get another value, ordered by series and time. */
export interface Corrections {
  readonly seriesIds: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the reading is derived. */
  readonly derived: Uint8Array;
}

/**
 * Gives stored readings another value, and the number of the batch that does. By `on conflict`, because that finds each row by its key on both engines;
 * an `update … from` makes TimescaleDB decompress whole chunks.
 */
export async function correctReadings(db: Queryable, batchId: number, corrections: Corrections): Promise<void> {
  await db.query({
    text: `
      insert into reading (series_id, time, value, derived, batch_id)
      select corrected.*, $5::int from unnest($1::int[], $2::timestamptz[], $3::double precision[], $4::boolean[]) as corrected
          on conflict (series_id, time) do update set value = excluded.value, derived = excluded.derived, batch_id = excluded.batch_id`,
    values: [
      encodeIntegers(corrections.seriesIds),
      encodeInstants(corrections.times),
      encodeDoubles(corrections.values),
      encodeBooleans(corrections.derived),
      batchId,
    ],
  });
}

/** Deletes readings, ordered by series and time, that can no longer be derived. The bounds on series and time let both engines leave out what they do not touch. */
export async function deleteReadings(db: Queryable, seriesIds: readonly number[], times: readonly Instant[]): Promise<void> {
  await db.query({
    text: `
      delete from reading
       using unnest($1::int[], $2::timestamptz[]) as gone (series_id, time)
       where reading.series_id = gone.series_id and reading.time = gone.time
         and reading.series_id = any ($3::int[]) and reading.time >= $4::timestamptz and reading.time <= $5::timestamptz`,
    values: [
      encodeIntegers(seriesIds),
      encodeInstants(times),
      [...new Set(seriesIds)],
      formatInstant(times.reduce((least, time) => Math.min(least, time))),
      formatInstant(times.reduce((greatest, time) => Math.max(greatest, time))),
    ],
  });
}
