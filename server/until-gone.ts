import type { Exchange } from './respond.ts';

/** Aborts when the client has gone, so that nobody waits behind it. */
export function untilGone({ response }: Pick<Exchange, 'response'>): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) gone.abort();
  return gone.signal;
}
