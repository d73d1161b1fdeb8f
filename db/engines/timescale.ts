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
    refresh: refreshContinuousAggregates,
  };
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

/** Chunks that are over a month old are compressed by TimescaleDB's own scheduler: about a tenth of the room. They can still be corrected. */
async function compressOldChunks(pool: Pool): Promise<void> {
  await pool.query({ text: `select add_compression_policy('reading', compress_after => interval '30 days', if_not_exists => true)` });
}
