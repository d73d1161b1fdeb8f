import type { Queryable } from '../pool.ts';

/** A tick whose run had not succeeded in time, as it is told. */
export interface SlaMissRow {
  readonly id: number;
  readonly jobId: string;
  readonly scheduledFor: string;
  readonly dueAt: string;
  readonly recordedAt: string;
}

/** The misses of these jobs, null being all, behind an id, by id: at most `limit`. */
export async function selectSlaMisses(
  db: Queryable,
  { jobIds, afterId, limit }: { readonly jobIds: readonly string[] | null; readonly afterId: number; readonly limit: number },
): Promise<readonly SlaMissRow[]> {
  const { rows } = await db.query<SlaMissRow>({
    name: 'select_sla_misses',
    text: `
      select id, job_id as "jobId", scheduled_for as "scheduledFor", due_at as "dueAt", recorded_at as "recordedAt"
        from sla_miss
       where id > $1::bigint and ($2::text[] is null or job_id = any ($2))
       order by id
       limit $3::int`,
    values: [afterId, jobIds, limit],
  });
  return rows;
}

/** The id of the newest miss, 0 where there is none. */
export async function selectLastSlaMiss(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ id: number }>({ name: 'select_last_sla_miss', text: 'select coalesce(max(id), 0) as id from sla_miss', values: [] });
  return rows[0]?.id ?? 0;
}
