import type { StaleDays } from '../db/stale-day.ts';
import type { Instant } from '../db/time/instant.ts';

/** A stale day that was passed over. */
interface Waiting {
  /** At the last look. */
  readonly touches: number;
  /** When it was first passed over. */
  readonly sinceMs: number;
}

/**
 * Tells which stale days are worth a refresh: those to which nothing was written since the look before, so that a day that a bulk load fills or corrects is refreshed once, when
 * the load is through with it, rather than at every look for nothing. One to which somebody writes all the time, as to today, waits for a while only.
 */
export class SettledDays {
  readonly #longestWaitMs: number;
  #waiting = new Map<Instant, Waiting>();

  constructor(longestWaitMs: number) {
    this.#longestWaitMs = longestWaitMs;
  }

  /** Of all days that are stale at this look those to be refreshed now; each of the others is among them at a later one. */
  choose<T extends StaleDays>(days: readonly T[], nowMs: number): readonly T[] {
    const waiting = new Map<Instant, Waiting>();
    const chosen = days.filter(({ day, touches }) => {
      const before = this.#waiting.get(day);
      const sinceMs = before?.sinceMs ?? nowMs;
      if (before?.touches === touches || nowMs - sinceMs >= this.#longestWaitMs) return true;
      waiting.set(day, { touches, sinceMs });
      return false;
    });
    this.#waiting = waiting;
    return chosen;
  }
}
