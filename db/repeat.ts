import { setTimeout as sleep } from 'node:timers/promises';

/** What is done again and again. */
export interface Repeating {
  /** Ends after the turn under way. */
  stop(): Promise<void>;
}

/** Takes one turn after the other until it is stopped; each answers in how many milliseconds the next one begins, and does not throw. */
export function repeat(turn: (stopping: AbortSignal) => Promise<number>): Repeating {
  const stopping = new AbortController();
  const running = run(turn, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(turn: (stopping: AbortSignal) => Promise<number>, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const pauseMs = await turn(stopping);
    // A timer that is cut short by the signal has no other way to say so than to throw.
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}
