import { repeat } from '../../db/repeat.ts';
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
  const passing = new JobPasses(options);
  let isFailing = false;
  const passes = repeat(async () => {
    try {
      await passing.pass();
      if (isFailing) options.log.info({}, 'running jobs again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) options.log.warn({ err: error }, 'running jobs failed, will be tried again');
      isFailing = true;
    }
    return PASS_EVERY_MS;
  });
  return {
    stop: async () => {
      await passes.stop();
      await passing.end();
    },
  };
}
