import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** How far the schedule of a job is worked off. */
export interface ScheduleState {
  readonly tick: Instant;
  readonly slaUntil: Instant;
}

/** Reads how far schedules are worked off. */
export async function selectScheduleStates(db: Queryable, jobIds: readonly string[]): Promise<ReadonlyMap<string, ScheduleState>> {
  const { rows } = await db.query<ScheduleState & { readonly jobId: string }>({
    name: 'select_schedule_states',
    text: `
      select job_id as "jobId", (extract(epoch from tick) * 1000000)::bigint as tick, (extract(epoch from sla_until) * 1000000)::bigint as "slaUntil"
        from etl_schedule
       where job_id = any ($1::text[])`,
    values: [jobIds],
  });
  return new Map(rows.map(({ jobId, tick, slaUntil }) => [jobId, { tick, slaUntil }]));
}

/** Takes the schedule of a job for the caller's transaction: whoever else wants it waits. A job that was not known begins now, and its ticks with the next one. */
export async function lockSchedule(db: Queryable, jobId: string, present: Instant): Promise<ScheduleState> {
  await db.query({
    name: 'begin_schedule',
    text: 'insert into etl_schedule (job_id, tick, sla_until) values ($1, $2, $2) on conflict (job_id) do nothing',
    values: [jobId, formatInstant(present)],
  });
  const { rows } = await db.query<ScheduleState>({
    name: 'lock_schedule',
    text: `
      select (extract(epoch from tick) * 1000000)::bigint as tick, (extract(epoch from sla_until) * 1000000)::bigint as "slaUntil"
        from etl_schedule
       where job_id = $1
         for update`,
    values: [jobId],
  });
  const state = rows[0];
  if (state === undefined) throw new Error(`the schedule of ${jobId} has no row`);
  return state;
}

/** Notes how far the schedule of a job is worked off; the caller has it locked. */
export async function updateSchedule(db: Queryable, jobId: string, { tick, slaUntil }: ScheduleState): Promise<void> {
  await db.query({
    name: 'update_schedule',
    text: 'update etl_schedule set tick = greatest(tick, $2), sla_until = greatest(sla_until, $3) where job_id = $1',
    values: [jobId, formatInstant(tick), formatInstant(slaUntil)],
  });
}
