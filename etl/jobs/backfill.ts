import type { Attempt } from './attempt.ts';

/** Loads a window again. */
export async function attemptBackfill(_attempt: Attempt): Promise<void> {
  throw new Error('a window cannot be loaded again yet');
}
