import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { post, reasonOf, unreachable, wordsOf } from './gateway-client.ts';
import { GatewayError } from './gateway-error.ts';
import { countPeculiar, type SeriesTable } from './reading-batch.ts';
import { ndjsonOf } from './record-text.ts';
import type { SentCounts, Sink, Waiting } from './sink.ts';
import { type Attempted, withPatience } from './with-patience.ts';

/** How a gateway is spoken to. */
export interface GatewaySinkOptions extends Waiting {
  readonly url: URL;
  readonly table: SeriesTable;
  /** The first of what was rejected of a batch, in the gateway's words, where it is more than has to be. */
  readonly onRejection: (message: string) => void;
}

/** Those that pass by themselves: too slow, the first of two equal ones still under way, too many, stopping, its database away, a proxy before it that finds nobody. */
const PASSING = [408, 409, 429, 502, 503, 504];

const ingestAnswer = z.object({
  received: z.number(),
  loaded: z.number(),
  corrected: z.number(),
  unchanged: z.number(),
  rejectedCount: z.number(),
  rejected: z.array(z.object({ code: z.string(), message: z.string() })),
  breaches: z.number().default(0),
});

/** A running gateway, by POST /ingest. A batch that does not arrive is sent again, under the same Idempotency-Key: sent twice it changes nothing. Throws GatewayError. */
export function createGatewaySink({ url, table, onRejection, ...waiting }: GatewaySinkOptions): Sink {
  const ingest = new URL('ingest', url);

  const attempt = async (body: string, key: string, refused: number): Promise<Attempted<SentCounts>> => {
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key };
    const answer = await post(ingest, headers, body).catch((error: unknown) => ({ failure: reasonOf(error) }));
    if ('failure' in answer) return { passing: { reason: answer.failure, waitMs: 0 } };
    if (PASSING.includes(answer.status)) return { passing: { reason: wordsOf(answer), waitMs: answer.retryAfterMs } };
    const parsed = ingestAnswer.safeParse(answer.body);
    if (!parsed.success) throw new GatewayError('GATEWAY_REFUSED', `the gateway at ${url.origin} refused the readings: ${wordsOf(answer)}`);
    const { received, loaded, corrected, unchanged, rejectedCount, rejected, breaches } = parsed.data;
    if (rejected[0] !== undefined && rejectedCount > refused) onRejection(`${rejected[0].code}: ${rejected[0].message}`);
    return { done: { sent: received, loaded, known: corrected + unchanged, rejected: rejectedCount, breaches } };
  };

  return {
    send(batch) {
      const body = ndjsonOf(batch, table);
      const key = randomUUID();
      // Refused as it has to be: nothing to be told of.
      const { refused } = countPeculiar(batch);
      return withPatience(
        waiting,
        () => attempt(body, key, refused),
        (reason) => unreachable(url, reason),
      );
    },
    close: async () => undefined,
  };
}
