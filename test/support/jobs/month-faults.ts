import type { Instant } from '../../../db/time/instant.ts';
import type { Random } from '../random.ts';

/** What can go wrong with an attempt, one for each step and for what lies between them. */
export const FAULTS = [
  'connect',
  'extract',
  'transform',
  'load',
  'acknowledge',
  'validate',
  'connection cut',
  'network parted',
  'place lost',
  'instance killed',
  'timeout',
] as const;

/** What goes wrong. */
export type Fault = (typeof FAULTS)[number];

/** What goes wrong with the run of a job at a tick. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Whether it goes wrong in every attempt, so that the run fails; else in the first one. */
  readonly everyAttempt: boolean;
}

/** These take an instance away, and there shall be one left. */
const OF_INSTANCES: ReadonlySet<Fault> = new Set(['network parted', 'place lost', 'instance killed']);
const SHARE_WITH_FAULT = 0.5;
const SHARE_FOR_GOOD = 0.15;

/** By job and tick: what goes wrong. Each fault in turn, first all of them one after the other; nothing at the last tick, which brings what is missing. */
export function planFaults(random: Random, jobIds: readonly string[], ticks: readonly Instant[]): ReadonlyMap<string, PlannedFault> {
  const planned = new Map<string, PlannedFault>();
  for (const tick of ticks.slice(0, -1)) {
    for (const jobId of jobIds) {
      const fault = FAULTS[planned.size % FAULTS.length];
      if (fault === undefined || (planned.size >= FAULTS.length && !random.chance(SHARE_WITH_FAULT))) continue;
      planned.set(faultKey(jobId, tick), { fault, everyAttempt: !OF_INSTANCES.has(fault) && random.chance(SHARE_FOR_GOOD) });
    }
  }
  return planned;
}

/** Names a run in a plan. */
export function faultKey(jobId: string, tick: Instant | null): string {
  return `${jobId} ${tick}`;
}
