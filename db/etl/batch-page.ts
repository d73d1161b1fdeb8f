import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import type { BatchRow } from './batch.ts';

const COLUMNS = `batch.id, batch.run_id as "runId", batch.source, batch.position_from as "positionFrom", batch.position_to as "positionTo", batch.committed_at as "committedAt",
             batch.received, batch.loaded, batch.corrected, batch.unchanged, batch.derived, batch.rejected, batch.breaches`;

/** Of each run the batches behind an id, by id: at most `limit` of each. */
export async function selectBatchesOfRuns(
  db: Queryable,
  runIds: readonly number[],
  page: { readonly afterId: number; readonly limit: number },
): Promise<readonly BatchRow[]> {
  const { rows } = await db.query<BatchRow>({
    name: 'select_batches_of_runs',
    text: `
      select ${COLUMNS}
        from unnest($1::bigint[]) as wanted (run_id)
       cross join lateral (
         select * from batch where batch.run_id = wanted.run_id and batch.id > $2::int order by batch.id limit $3::int) as batch
       order by batch.id`,
    values: [runIds, page.afterId, page.limit],
  });
  return rows;
}

/** The batches with these ids, of those that are kept. */
export async function selectBatchesById(db: Queryable, ids: readonly number[]): Promise<readonly BatchRow[]> {
  const { rows } = await db.query<BatchRow>({
    name: 'select_batches_by_id',
    text: `select ${COLUMNS} from batch where id = any ($1::int[])`,
    values: [ids],
  });
  return rows;
}

/** A reading by its key. */
export interface ReadingKey {
  readonly seriesId: number;
  readonly time: Instant;
}

/** Which batch wrote a reading last. */
export interface BatchOfReading {
  readonly seriesId: number;
  readonly time: string;
  readonly batchId: number;
}

/** The batches that wrote readings last, of those that know theirs. */
export async function selectBatchIdsOfReadings(db: Queryable, keys: readonly ReadingKey[]): Promise<readonly BatchOfReading[]> {
  const { rows } = await db.query<BatchOfReading>({
    text: `/* select_batch_ids_of_readings */
      select reading.series_id as "seriesId", reading.time, reading.batch_id as "batchId"
        from unnest($1::int[], $2::timestamptz[]) as wanted (series_id, time)
       cross join lateral (
         select series_id, time, batch_id from reading where reading.series_id = wanted.series_id and reading.time = wanted.time) as reading
       where reading.batch_id is not null`,
    values: [`{${keys.map(({ seriesId }) => seriesId).join()}}`, `{${keys.map(({ time }) => formatInstant(time)).join()}}`],
  });
  return rows;
}
