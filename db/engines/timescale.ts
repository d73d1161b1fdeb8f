import type pg from 'pg';
import type { Pool } from '../pool.ts';
import { formatInstant, type TimeWindow } from '../time/instant.ts';
import type { StorageEngine } from './engine.ts';

/** TimescaleDB: a hypertable and hierarchical continuous aggregates, which only our refresher refreshes. */
export function createTimescaleEngine(): StorageEngine {
  return {
    name: 'timescale',
    // The hypertable makes its chunks itself.
    makeRoom: async () => undefined,
    maintain: compressOldChunks,
    // A correction may touch any number of rows in compressed chunks; the default limit of 100,000 would refuse a large one.
    beginLoad: async (client) => {
      await client.query('set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0');
    },
    holdPlaces: lockUncompressedChunks,
    refresh: refreshContinuousAggregates,
  };
}

/**
 * Rows of compressed chunks have no places: to ask for them is an error. A chunk that a writer has locked is not compressed before the transaction ends, and what it
 * was found to be before it was locked may be true no more.
 */
async function lockUncompressedChunks(client: pg.PoolClient, window: TimeWindow): Promise<boolean> {
  const found = await selectChunks(client, window);
  if (found.length === 0 || found.some(({ isCompressed }) => isCompressed)) return false;
  await client.query(`lock table only ${found.map(({ name }) => name).join(', ')} in row exclusive mode`);
  return (await selectChunks(client, window)).every(({ isCompressed }) => !isCompressed);
}

/** The chunks that reach into a window, by their quoted names. */
async function selectChunks(client: pg.PoolClient, { from, to }: TimeWindow): Promise<readonly { readonly name: string; readonly isCompressed: boolean }[]> {
  const { rows } = await client.query<{ name: string; isCompressed: boolean }>({
    name: 'select_chunks_of_window',
    text: `
      select format('%I.%I', chunk_schema, chunk_name) as name, is_compressed as "isCompressed"
        from timescaledb_information.chunks
       where hypertable_schema = current_schema() and hypertable_name = 'reading' and range_start < $2::timestamptz and range_end > $1::timestamptz
       order by range_start`,
    values: [formatInstant(from), formatInstant(to)],
  });
  return rows;
}

/**
 * Bottom-up. The procedure commits as it goes, so each call stands alone; windows of whole UTC days hold whole buckets only, as it demands.
 * Not in batches: from 2.28 on a refresh works in batches of 10 buckets and drops what is invalid and ends just where a bucket begins, so that a rollup stays
 * wrong for good (timescale/timescaledb issue 10221; the oracle met it within 2,000 requests).
 */
async function refreshContinuousAggregates(client: pg.PoolClient, window: TimeWindow): Promise<void> {
  const options = (await takesOptions(client)) ? `, options => '{"buckets_per_batch": 0}'` : '';
  for (const aggregate of ['materialised_15m', 'materialised_1h', 'materialised_1d']) {
    await client.query({
      text: `call refresh_continuous_aggregate('${aggregate}', '${formatInstant(window.from)}'::timestamptz, '${formatInstant(window.to)}'::timestamptz${options})`,
    });
  }
}

/** Versions that know no batches take no options either. */
async function takesOptions(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>({
    name: 'select_refresh_takes_options',
    text: `select exists (select from pg_proc where proname = 'refresh_continuous_aggregate' and 'options' = any (proargnames)) as found`,
    values: [],
  });
  return rows[0]?.found === true;
}

/**
 * Chunks that are over a month old are compressed by TimescaleDB's own scheduler: about a tenth of the room. They can still be corrected.
 * Never at once, as it does of itself: whoever loads years of history into a new store would have each chunk compressed while it is filled, and their corrections
 * would then have to decompress it; together that took half of their speed.
 */
async function compressOldChunks(pool: Pool, timezone: string): Promise<void> {
  await pool.query({
    text: `
      select add_compression_policy('reading', compress_after => interval '30 days', if_not_exists => true, schedule_interval => interval '1 day',
        initial_start => (date_trunc('day', now() at time zone $1) + interval '1 day 3 hours') at time zone $1, timezone => $1)`,
    values: [timezone],
  });
}
