import { HttpError } from './http-error.ts';

/** Runs at most `places` of the given works at once; further ones wait, and beyond `waiting` they are refused. `works` says what they do, such as "inputs are being loaded". */
export function createSemaphore(places: number, waiting: number, works: string): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places;
  const queue: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    if (queue.length >= waiting)
      throw new HttpError(503, 'TOO_MANY_REQUESTS', `${places} ${works} and ${waiting} are waiting: try again later`, { 'retry-after': '10' });
    // Whoever leaves hands its place over, so that nobody can slip in between.
    await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
