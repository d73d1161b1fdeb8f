import type { Instant } from '../../../db/time/instant.ts';
import type { Clock } from '../../../etl/jobs/clock.ts';

/** A clock that stands still until it is moved. */
export interface SimulatedClock extends Clock {
  /** Moves it on; what was to be called back by then is. */
  advanceTo(instant: Instant): void;
  /** Calls back everything that waits, as if its time had come. */
  expire(): void;
}

/** A clock that shows the given time. */
export function simulatedClock(start: Instant): SimulatedClock {
  let present = start;
  const waiting = new Set<{ readonly at: Instant; readonly callback: () => void }>();
  const fire = (isDue: (at: Instant) => boolean) => {
    for (const timer of [...waiting].filter(({ at }) => isDue(at))) {
      waiting.delete(timer);
      timer.callback();
    }
  };
  return {
    now: () => present,
    after: (micros, callback) => {
      const timer = { at: present + micros, callback };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
    advanceTo: (instant) => {
      present = Math.max(present, instant);
      fire((at) => at <= present);
    },
    expire: () => fire(() => true),
  };
}
