import { SLA_LOCK } from '../advisory-lock.ts';
import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** A tick whose run had not succeeded when it should have. */
export interface SlaTick {
  readonly scheduledFor: Instant;
  readonly dueAt: Instant;
}

/** Of some ticks of a job those for which no run had succeeded by their time: of a later tick counts too, because it covers what was before it. `isStream`: a run that was under way by then counts. */
export async function selectMissedTicks(db: Queryable, jobId: string, ticks: readonly SlaTick[], isStream: 'stream' | 'batch'): Promise<readonly Instant[]> {
  const { rows } = await db.query<{ scheduledFor: Instant }>({
    name: `select_missed_ticks_of_${isStream}`,
    text: `
      select (extract(epoch from tick.scheduled_for) * 1000000)::bigint as "scheduledFor"
        from unnest($2::timestamptz[], $3::timestamptz[]) as tick (scheduled_for, due_at)
       where not exists (
         select
           from etl_run as run
          where run.job_id = $1 and ${
            isStream === 'stream'
              ? `run.kind = 'STREAM' and run.state in ('RUNNING', 'SUCCEEDED') and run.started_at <= tick.due_at and (run.finished_at is null or run.finished_at > tick.scheduled_for)`
              : `run.kind = 'SCHEDULED' and run.scheduled_for >= tick.scheduled_for and run.state = 'SUCCEEDED' and run.finished_at <= tick.due_at`
          })`,
    values: [jobId, ticks.map((tick) => formatInstant(tick.scheduledFor)), ticks.map((tick) => formatInstant(tick.dueAt))],
  });
  return rows.map((row) => row.scheduledFor);
}

/** Records missed service levels, each once, and notifies. Nobody else can until the caller's transaction ends. */
export async function insertSlaMisses(db: Queryable, jobId: string, ticks: readonly SlaTick[], at: Instant): Promise<number> {
  const { rows } = await db.query<{ id: number }>({
    name: 'insert_sla_misses',
    text: `
      with locked as materialized (
        select pg_advisory_xact_lock(${SLA_LOCK.join()})),
      inserted as (
        insert into sla_miss (job_id, scheduled_for, due_at, recorded_at)
        select $1, tick.scheduled_for, tick.due_at, $4
          from locked
         cross join unnest($2::timestamptz[], $3::timestamptz[]) as tick (scheduled_for, due_at)
            on conflict (job_id, scheduled_for) do nothing
        returning id)
      select id, pg_notify('thermograph_sla', id::text)::text as notified from inserted`,
    values: [jobId, ticks.map((tick) => formatInstant(tick.scheduledFor)), ticks.map((tick) => formatInstant(tick.dueAt)), formatInstant(at)],
  });
  return rows.length;
}
