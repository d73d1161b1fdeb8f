import type { StaleDays } from '../db/stale-day.ts';
import type { Instant } from '../db/time/instant.ts';

/** A stale day that is not refreshed yet. */
interface Waiting {
  /** At the last look. */
  readonly touches: number;
  /** Of the first look at it. */
  readonly sinceMs: number;
}

/**
 * Tells which stale days are worth a refresh: those to which nothing was written since the look before, so that a day that a bulk load fills or corrects is refreshed when the load is
 * through with it, rather than at every look for nothing. One to which somebody writes all the time, as to today, waits for a while only.
 */
export class SettledDays {
  readonly #longestWaitMs: number;
  #waiting = new Map<Instant, Waiting>();
  #chosen: readonly StaleDays[] = [];

  constructor(longestWaitMs: number) {
    this.#longestWaitMs = longestWaitMs;
  }

  /** Of all days that are stale at this look those to be refreshed now; each of the others is among them at a later one. */
  choose(days: readonly StaleDays[], nowMs: number): readonly StaleDays[] {
    const before = this.#waiting;
    this.#waiting = new Map(days.map(({ day, touches }) => [day, { touches, sinceMs: before.get(day)?.sinceMs ?? nowMs }]));
    this.#chosen = days.filter(({ day, touches }) => {
      const sinceMs = before.get(day)?.sinceMs ?? nowMs;
      return before.get(day)?.touches === touches || nowMs - sinceMs >= this.#longestWaitMs;
    });
    return this.#chosen;
  }

  /** Those that were chosen have been refreshed: should one be stale again, it waits anew. Until this is said it is chosen at the next look, too. */
  refreshed(): void {
    for (const { day } of this.#chosen) this.#waiting.delete(day);
  }
}
