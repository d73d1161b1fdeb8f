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

/** What goes wrong with a run. */
interface PlannedFault {
  readonly fault: Fault;
  /** Whether it goes wrong in every attempt, so that the run fails; else in the first one. */
  readonly everyAttempt: boolean;
}

/** These take an instance away, and there shall be one left. */
const OF_INSTANCES: ReadonlySet<Fault> = new Set(['network parted', 'place lost', 'instance killed']);
const SHARE_WITH_FAULT = 0.5;
const SHARE_FOR_GOOD = 0.15;

/** Says what goes wrong with an attempt of the run of a job at a tick. */
export type FaultDraw = (jobId: string, tick: Instant, attempt: number) => Fault | null;

/**
 * Each fault in turn, first all of them one after the other, then for about every second run. Drawn when a run is attempted for the first time, because not every tick has a run of its
 * own: one that is overtaken by the next would take its fault with it.
 */
export function drawFaults(random: Random): FaultDraw {
  const drawn = new Map<string, PlannedFault>();
  let count = 0;
  return (jobId, tick, attempt) => {
    const key = `${jobId} ${tick}`;
    const fault = FAULTS[count % FAULTS.length];
    if (attempt === 1 && fault !== undefined && (count < FAULTS.length || random.chance(SHARE_WITH_FAULT))) {
      count += 1;
      drawn.set(key, { fault, everyAttempt: !OF_INSTANCES.has(fault) && random.chance(SHARE_FOR_GOOD) });
    }
    const planned = drawn.get(key);
    return planned !== undefined && (attempt === 1 || planned.everyAttempt) ? planned.fault : null;
  };
}
