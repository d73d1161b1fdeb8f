import { addQueueJob } from '../../db/etl/queue-job.ts';
import { insertRun } from '../../db/etl/run.ts';
import { lockSchedule, type ScheduleState, selectScheduleStates, updateSchedule } from '../../db/etl/schedule.ts';
import { insertSlaMisses, type SlaTick, selectMissedTicks } from '../../db/etl/sla-miss.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { type Queryable, withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';
import { type Clock, queueTime } from './clock.ts';
import { isStream, type Job } from './job.ts';
import { nextTick, ticksBetween } from './ticks.ts';

/** What schedules are worked off with. */
export interface Scheduling {
  readonly store: Store;
  readonly log: StoreLog;
  readonly clock: Clock;
}

/** A service level that was missed longer ago than this is not told any more. */
const LATEST_NEWS = MICROS_PER_DAY;

/**
 * Queues a run for every job that has a tick since the last one that has a run, and records ticks whose service level is missed. Any number of instances may do this at the same time: each tick has one run.
 * Ticks that nobody was there for get one run together, of the newest of them, because a run loads all that came since the last one that succeeded.
 */
export async function scheduleDue(scheduling: Scheduling, jobs: Iterable<Job>): Promise<void> {
  const { store, clock } = scheduling;
  const scheduled = [...jobs].filter((job) => job.schedule !== null);
  if (scheduled.length === 0) return;
  const states = await selectScheduleStates(
    store.writePool,
    scheduled.map((job) => job.id),
  );
  for (const job of scheduled) {
    const state = states.get(job.id);
    if (state === undefined || isDue(job, state, clock.now())) await scheduleJob(scheduling, job);
  }
}

function isDue(job: Job, { tick, slaUntil }: ScheduleState, present: Instant): boolean {
  const next = nextTick(job, tick);
  if (next !== null && next <= present) return true;
  const { sla } = job.limits;
  const nextSla = sla === null ? null : nextTick(job, slaUntil);
  return sla !== null && nextSla !== null && nextSla + sla < present;
}

async function scheduleJob(scheduling: Scheduling, job: Job): Promise<void> {
  await withTransaction(scheduling.store.writePool, async (client) => {
    const present = scheduling.clock.now();
    const state = await lockSchedule(client, job.id, present);
    const tick = ticksBetween(job, state.tick, present).at(-1) ?? state.tick;
    const late = lateTicks(job, state, present);
    if (job.enabled && tick > state.tick && !isStream(job)) await queueTick(client, scheduling.clock, job, tick);
    if (job.enabled && late.length > 0) await recordMisses(client, scheduling, job, late);
    await updateSchedule(client, job.id, { tick, slaUntil: late.at(-1)?.scheduledFor ?? state.slaUntil });
  });
}

async function queueTick(client: Queryable, clock: Clock, job: Job, tick: Instant): Promise<void> {
  const dueAt = clock.now();
  const runId = await insertRun(client, { jobId: job.id, kind: 'SCHEDULED', scheduledFor: tick, from: null, to: tick, dryRun: false, dueAt });
  if (runId !== null) await addQueueJob(client, { runId, jobId: job.id, attempt: 0, kind: 'SCHEDULED', runAt: queueTime(clock, dueAt) });
}

async function recordMisses(client: Queryable, { log, clock }: Scheduling, job: Job, late: readonly SlaTick[]): Promise<void> {
  const missed = new Set(await selectMissedTicks(client, job.id, late, isStream(job) ? 'stream' : 'batch'));
  const misses = late.filter(({ scheduledFor }) => missed.has(scheduledFor));
  if (misses.length === 0) return;
  await insertSlaMisses(client, job.id, misses, clock.now());
  log.warn({ job: job.id, ticks: misses.length }, 'service level missed');
}

/** Ticks whose service level has come due and was not looked at yet. */
function lateTicks(job: Job, { slaUntil }: ScheduleState, present: Instant): readonly SlaTick[] {
  const { sla } = job.limits;
  if (sla === null) return [];
  // Before, not at: a run that ends at that very instant is in time.
  const ticks = ticksBetween(job, Math.max(slaUntil, present - sla - LATEST_NEWS), present - sla - 1);
  return ticks.map((scheduledFor) => ({ scheduledFor, dueAt: scheduledFor + sla }));
}
