import { type Instant, now } from '../../db/time/instant.ts';

/** What runs go by; simulated in tests. */
export interface Clock {
  readonly now: () => Instant;
  /** Calls back after so many microseconds, unless what it returns is called before. */
  readonly after: (micros: number, callback: () => void) => () => void;
}

/** The longest that a timer of Node.js waits. */
const LONGEST_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now,
  after: (micros, callback) => {
    const timer = setTimeout(callback, Math.min(micros / 1000, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** When something that is due by a clock is due by the database's, which the queue goes by. */
export function queueTime(clock: Clock, dueAt: Instant): Instant {
  return now() + dueAt - clock.now();
}
