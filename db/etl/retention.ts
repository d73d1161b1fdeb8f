import type { Pool } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { ALIVE } from './instance.ts';

/** So many are deleted at once, so that none of these statements is long and nobody waits for it. */
const REJECTED_PIECE = 1_000;
const BATCH_PIECE = 1_000;
const RUN_PIECE = 100;
const INSTANCE_PIECE = 20;

/** Deletes rejected readings that were last refused before an instant, the oldest first, at most 1,000. Answers whether there may be more. */
export async function deleteExpiredRejected(pool: Pool, before: Instant): Promise<boolean> {
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_expired_rejected',
    text: `
      with gone as (
        delete from rejected_reading
         where id in (select id from rejected_reading where last_seen < $1::timestamptz order by last_seen limit $2 for update skip locked)
        returning id)
      select count(*) as deleted from gone`,
    values: [formatInstant(before), REJECTED_PIECE],
  });
  return rows[0]?.deleted === REJECTED_PIECE;
}

/** Deletes what is above so many rejected readings, those first that were not refused for the longest time, at most 1,000. Answers whether there may be more. */
export async function deleteExcessRejected(pool: Pool, most: number): Promise<boolean> {
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_excess_rejected',
    text: `
      with kept as (
        select last_seen from rejected_reading order by last_seen desc, id desc offset $1 limit 1),
      gone as (
        delete from rejected_reading
         where id in (
           select rejected.id
             from kept
             join rejected_reading as rejected on rejected.last_seen <= kept.last_seen
            order by rejected.last_seen, rejected.id
            limit greatest(0, least($2, (select count(*) from (select from rejected_reading limit $1 + $2) as counted) - $1))
              for update of rejected skip locked)
        returning id)
      select count(*) as deleted from gone`,
    values: [most, REJECTED_PIECE],
  });
  return rows[0]?.deleted === REJECTED_PIECE;
}

/**
 * Deletes the records of batches that were committed before an instant, at most 1,000, with what they say of corrections; readings stay, and their batch is then unknown.
 * Answers whether there may be more.
 */
export async function deleteExpiredBatches(pool: Pool, before: Instant): Promise<boolean> {
  // Numbers and times of commit ascend together but for loads that overlap, so looking at the oldest numbers suffices.
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_expired_batches',
    text: `
      with oldest as materialized (
        select id, committed_at from batch order by id limit $2 for update skip locked),
      gone as (
        delete from batch using oldest where batch.id = oldest.id and oldest.committed_at < $1::timestamptz
        returning batch.id),
      forgotten as (
        delete from correction_log using gone where correction_log.batch_id = gone.id)
      select count(*) as deleted from gone`,
    values: [formatInstant(before), BATCH_PIECE],
  });
  return rows[0]?.deleted === BATCH_PIECE;
}

/** Deletes runs that ended before an instant and have no batches left, with their steps, and what was missed before it; at most 100 runs. Answers whether there may be more. */
export async function deleteExpiredRuns(pool: Pool, before: Instant): Promise<boolean> {
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_expired_runs',
    text: `
      with gone as (
        delete from etl_run
         where id in (
           select id from etl_run
            where finished_at < $1::timestamptz and not exists (select from batch where batch.run_id = etl_run.id)
            order by finished_at
            limit $2
              for update skip locked)
        returning id),
      forgotten as (
        delete from sla_miss where id in (select id from sla_miss where recorded_at < $1::timestamptz order by id limit $2))
      select count(*) as deleted from gone`,
    values: [formatInstant(before), RUN_PIECE],
  });
  return rows[0]?.deleted === RUN_PIECE;
}

/** Deletes instances that were started before an instant, are dead, and are named by no run that is still kept; at most 20. Answers whether there may be more. */
export async function deleteExpiredInstances(pool: Pool, before: Instant): Promise<boolean> {
  // Whoever is alive had its lock before its row could be seen, so no row of this statement's snapshot is of one that only begins.
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_expired_instances',
    text: `
      with alive as materialized (${ALIVE}),
      gone as (
        delete from etl_instance
         where id in (
           select id from etl_instance
            where started_at < $1::timestamptz and id not in (select id from alive)
              and not exists (select from etl_run where etl_run.instance_id = etl_instance.id)
            order by id
            limit $2
              for update skip locked)
        returning id)
      select count(*) as deleted from gone`,
    values: [formatInstant(before), INSTANCE_PIECE],
  });
  return rows[0]?.deleted === INSTANCE_PIECE;
}
