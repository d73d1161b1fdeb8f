import { HttpError } from './http-error.ts';

/** Runs a work when its turn has come. Where `gone` is aborted before, it leaves the queue, never runs, and the reason is thrown. */
export type InTurn = <T>(work: () => Promise<T>, gone?: AbortSignal) => Promise<T>;

/** Runs at most `places` of the given works at once; further ones wait, and beyond `waiting` they are refused. `works` says what they do, such as "inputs are being loaded". */
export function createSemaphore(places: number, waiting: number, works: string): InTurn {
  let free = places;
  const queue: (() => void)[] = [];
  const enter = async (gone: AbortSignal | undefined): Promise<void> => {
    gone?.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    if (queue.length >= waiting)
      throw new HttpError(503, 'TOO_MANY_REQUESTS', `${places} ${works} and ${waiting} are waiting: try again later`, { 'retry-after': '10' });
    // Whoever leaves hands its place over, so that nobody can slip in between.
    await new Promise<void>((resolve, reject) => {
      queue.push(resolve);
      gone?.addEventListener('abort', () => {
        const place = queue.indexOf(resolve);
        if (place === -1) return;
        queue.splice(place, 1);
        reject(gone.reason instanceof Error ? gone.reason : new Error('gone before its turn'));
      });
    });
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (work, gone) => {
    await enter(gone);
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
