import { setTimeout as sleep } from 'node:timers/promises';
import type { Waiting } from './sink.ts';

/** Why an attempt may succeed later, and how long to leave whoever refused it alone. */
export interface Passing {
  readonly reason: string;
  readonly waitMs: number;
}

/** What an attempt came to. */
export type Attempted<T> = { readonly done: T } | { readonly passing: Passing };

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Tries again, with growing pauses, for as long as what is in the way may pass. `givenUp` makes the error of when patience is at its end. */
export async function withPatience<T>(
  { signal, onWait, patienceMs }: Waiting,
  attempt: () => Promise<Attempted<T>>,
  givenUp: (reason: string) => Error,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const outcome = await attempt();
    if ('done' in outcome) return outcome.done;
    const { reason, waitMs: asked } = outcome.passing;
    if (performance.now() >= giveUpAt) throw givenUp(`${reason}, for ${Math.round(patienceMs / 1000)} s`);
    // Not all who wait for it at the same instant.
    const waitMs = Math.max(asked, wait * (0.75 + Math.random() / 2));
    onWait(reason, waitMs);
    await sleep(waitMs, undefined, { signal });
  }
}
