/** What an iterable gives; `spend` hears how long each was waited for. */
export async function* timed<T>(source: AsyncIterable<T>, spend: (ms: number) => void): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const startedAt = performance.now();
      const next = await iterator.next();
      spend(performance.now() - startedAt);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
