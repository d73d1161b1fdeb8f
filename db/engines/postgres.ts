import type pg from 'pg';
import { PARTITION_LOCK } from '../advisory-lock.ts';
import { dateBin } from '../date-bin.ts';
import { type Pool, withTransaction } from '../pool.ts';
import { formatInstant, type TimeWindow } from '../time/instant.ts';
import type { StorageEngine } from './engine.ts';

/** Plain PostgreSQL: range partitions by UTC month and rollup tables that the refresher writes. */
export function createPostgresEngine(): StorageEngine {
  const roomFor = new Set<number>();
  return {
    name: 'postgres',
    makeRoom: async (pool, months) => {
      const missing = months.filter((month) => !roomFor.has(month));
      if (missing.length === 0) return;
      await attachPartitions(pool, missing);
      for (const month of missing) roomFor.add(month);
    },
    maintain: async () => undefined,
    beginLoad: async () => undefined,
    // Rows are moved only by who writes them, and by `vacuum full` and `cluster`, which wait for whoever has read the table.
    holdPlaces: async () => true,
    refresh: rewriteRollups,
  };
}

/** Attaching takes a lock that neither readers nor writers of `reading` wait for, unlike creating a partition in place. */
async function attachPartitions(pool: Pool, months: readonly number[]): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [...PARTITION_LOCK]);
    for (const month of months) {
      const start = new Date(month / 1000);
      const next = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1) * 1000;
      const name = `reading_${formatInstant(month).slice(0, 7).replace('-', '_')}`;
      const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [name]);
      if (rows[0]?.exists === true) continue;
      await client.query(`create table ${name} (like reading including defaults) with (fillfactor = 90)`);
      await client.query(`alter table reading attach partition ${name} for values from ('${formatInstant(month)}') to ('${formatInstant(next)}')`);
    }
  });
}

const UTC_DAY_END = `(s.day + 1)::timestamp at time zone 'UTC'`;

const COMBINED = `
  sum(m.n)::bigint, sum(m.sum), (combine_moments(array[m.n, m.sum, m.m2]::double precision[]))[3], min(m.min), max(m.max),
  min(m.first_time), (min(array[date_part('epoch', m.first_time), m.first]))[2],
  max(m.last_time), (max(array[date_part('epoch', m.last_time), m.last]))[2]`;

/** Bottom-up, from the first stale bucket of each day on; every statement in one snapshot, so that deletes and inserts speak of the same markers. */
const REWRITE = [
  `delete from materialised_15m as m using stale_day as s
    where s.day >= $1::date and s.day < $2::date and m.series_id = s.series_id
      and m.bucket >= ${dateBin('15 minutes', 's.since')} and m.bucket < ${UTC_DAY_END}`,
  `insert into materialised_15m
   select s.series_id, r.* from stale_day as s
    cross join lateral reading_rollup(s.series_id, ${dateBin('15 minutes', 's.since')}, ${UTC_DAY_END}, interval '15 minutes') as r
    where s.day >= $1::date and s.day < $2::date`,
  `delete from materialised_1h as m using stale_day as s
    where s.day >= $1::date and s.day < $2::date and m.series_id = s.series_id
      and m.bucket >= ${dateBin('1 hour', 's.since')} and m.bucket < ${UTC_DAY_END}`,
  `insert into materialised_1h
   select s.series_id, ${dateBin('1 hour', 'm.bucket')}, ${COMBINED}
     from stale_day as s
     join materialised_15m as m
       on m.series_id = s.series_id and m.bucket >= ${dateBin('1 hour', 's.since')} and m.bucket < ${UTC_DAY_END}
    where s.day >= $1::date and s.day < $2::date
    group by 1, 2`,
  `delete from materialised_1d as m using stale_day as s
    where s.day >= $1::date and s.day < $2::date and m.series_id = s.series_id and m.bucket = s.day::timestamp at time zone 'UTC'`,
  `insert into materialised_1d
   select s.series_id, s.day::timestamp at time zone 'UTC', ${COMBINED}
     from stale_day as s
     join materialised_1h as m on m.series_id = s.series_id and m.bucket >= s.day::timestamp at time zone 'UTC' and m.bucket < ${UTC_DAY_END}
    where s.day >= $1::date and s.day < $2::date
    group by s.series_id, s.day`,
];

async function rewriteRollups(client: pg.PoolClient, window: TimeWindow): Promise<void> {
  const days = [formatInstant(window.from).slice(0, 10), formatInstant(window.to).slice(0, 10)];
  await client.query('begin isolation level repeatable read');
  try {
    for (const statement of REWRITE) await client.query(statement, days);
    await client.query('commit');
  } catch (error) {
    // On a connection that is gone the server rolls back by itself, and the next statement throws.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
