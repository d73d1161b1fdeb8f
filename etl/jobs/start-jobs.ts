import { setTimeout as sleep } from 'node:timers/promises';
import { JobPasses } from './job-passes.ts';
import type { SeatOptions } from './seat.ts';

/** Jobs that are run by this process. */
export interface RunningJobs {
  /** Ends what is under way, putting it back for others, and waits until it is. */
  stop(): Promise<void>;
}

/** Ticks begin a second late at most, and so does taking over from an instance that died. */
const PASS_EVERY_MS = 1_000;

/** Runs the jobs of a folder until it is stopped, beside other instances over the same store. While the folder declares none, nothing is asked of the database. */
export function startJobs(options: SeatOptions): RunningJobs {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: SeatOptions, stopping: AbortSignal): Promise<void> {
  const passing = new JobPasses(options);
  let isFailing = false;
  while (!stopping.aborted) {
    try {
      await passing.pass();
      if (isFailing) options.log.info({}, 'running jobs again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) options.log.warn({ err: error }, 'running jobs failed, will be tried again');
      isFailing = true;
    }
    // A timer that is cut short by the signal has no other way to say so than to throw.
    await sleep(PASS_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  await passing.end();
}
