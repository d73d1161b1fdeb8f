import { reasonOf } from './reason-of.ts';

/** An attempt that was told to end is not waited for longer than this: what it might still do is refused, because the run is no longer its own. */
const GRACE_MS = 5_000;

/** Waits for work until it ends, or a little longer than until the signal aborts. */
export async function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let onAbort: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(reasonOf(signal)), GRACE_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}
