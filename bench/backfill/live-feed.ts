import { setTimeout as sleep } from 'node:timers/promises';

/** What happens all the time beside a backfill. */
export interface LiveFeed {
  /** Milliseconds from when each request was due until it was answered as committed, of those that were due between two moments of `performance.now()`. */
  between(fromMs: number, toMs: number): readonly number[];
  stop(): Promise<void>;
}

/** Posts one reading of each sensor at a steady rate, whether those before are answered or not: who waits for an answer before he asks again does not see how late it is. */
export function startLiveFeed(url: string, { sensors, postsASecond }: { readonly sensors: number; readonly postsASecond: number }): LiveFeed {
  const samples: { readonly dueMs: number; readonly tookMs: number }[] = [];
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();
  const post = async (number: number, dueMs: number): Promise<void> => {
    // As it was measured when it was due: two that are sent late are still two.
    const time = Math.round(performance.timeOrigin + dueMs);
    const lines = Array.from(
      { length: sensors },
      (_, sensor) => `${time},b-${sensor + 1},temperature,${(20 + 9 * Math.sin(number / 300 + sensor)).toFixed(2)}\n`,
    );
    const response = await fetch(`${url}/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: `time,sensor,metric,value\n${lines.join('')}`,
    });
    const answer = (await response.json()) as { readonly loaded?: number };
    if (response.status !== 200 || answer.loaded !== sensors) throw new Error(`live readings were answered with ${response.status}: ${JSON.stringify(answer)}`);
    samples.push({ dueMs, tookMs: performance.now() - dueMs });
  };
  const sending = (async () => {
    for (let number = 0; !stopping.signal.aborted; number += 1) {
      const dueMs = startedMs + (number * 1000) / postsASecond;
      await sleep(Math.max(0, dueMs - performance.now()));
      const posting: Promise<void> = post(number, dueMs).finally(() => underWay.delete(posting));
      underWay.add(posting);
      posting.catch((error: unknown) => stopping.abort(error));
    }
  })();
  return {
    between: (fromMs, toMs) => samples.flatMap(({ dueMs, tookMs }) => (dueMs >= fromMs && dueMs < toMs ? [tookMs] : [])),
    stop: async () => {
      const failed = stopping.signal.aborted ? stopping.signal.reason : null;
      stopping.abort();
      await sending;
      await Promise.allSettled(underWay);
      if (failed !== null) throw failed;
    },
  };
}
