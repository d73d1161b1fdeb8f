import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatInstant } from '../../db/time/instant.ts';
import { GatewayError } from './gateway-error.ts';
import type { TimedMeasurement } from './story.ts';

/** What came of what was sent, in readings; `breaches` by the gateway's count. */
export interface SentCounts {
  readonly sent: number;
  readonly loaded: number;
  /** Corrected or unchanged: they were there. */
  readonly known: number;
  readonly rejected: number;
  readonly breaches: number;
}

/** Where a simulation goes. */
export interface Sink {
  /** Refuses a simulation whose sensors nobody there knows. */
  check(sensors: readonly string[]): Promise<void>;
  /** Resolves when it is committed there; until then nothing more should be sent. */
  send(batch: readonly TimedMeasurement[]): Promise<SentCounts>;
}

/** How a gateway is spoken to. */
export interface GatewaySinkOptions {
  readonly url: URL;
  /** Ends the wait for a gateway that is away; a request that is under way comes to its end. */
  readonly signal: AbortSignal;
  /** The gateway is away, and is tried again after so long. */
  readonly onWait: (reason: string, waitMs: number) => void;
  /** The first of what was rejected, in the gateway's words. */
  readonly onRejection: (message: string) => void;
  /** How long a gateway may be away. */
  readonly patienceMs?: number;
}

const REQUEST_MS = 30_000;
const PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Those that pass by themselves: too slow, too many, stopping, its database away, a proxy before it that finds nobody. */
const PASSING = [408, 429, 502, 503, 504];

const ingestAnswer = z.object({
  received: z.number(),
  loaded: z.number(),
  corrected: z.number(),
  unchanged: z.number(),
  rejectedCount: z.number(),
  rejected: z.array(z.object({ code: z.string(), message: z.string() })),
  breaches: z.number().default(0),
});
const sensorsAnswer = z.object({ data: z.object({ sensors: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }) });
const refusal = z.object({ errors: z.tuple([z.object({ message: z.string() })], z.unknown()) });

const KNOWN_SENSORS = 'query KnownSensors($ids: [ID!]!) { sensors(ids: $ids, first: 1000) { nodes { id } } }';

/** A running gateway, by POST /ingest. A batch that does not arrive is sent again, with growing pauses: sent twice it changes nothing. Throws GatewayError. */
export function createGatewaySink({ url, signal, onWait, onRejection, patienceMs = PATIENCE_MS }: GatewaySinkOptions): Sink {
  const graphql = new URL('graphql', url);
  const ingest = new URL('ingest', url);

  const attempt = async (body: string): Promise<SentCounts | Passing> => {
    const answer = await post(ingest, 'application/x-ndjson', body).catch((error: unknown) => ({ passing: reasonOf(error) }));
    if ('passing' in answer) return { reason: answer.passing, waitMs: 0 };
    if (PASSING.includes(answer.status)) return { reason: wordsOf(answer), waitMs: answer.retryAfterMs };
    const parsed = ingestAnswer.safeParse(answer.body);
    if (!parsed.success) throw new GatewayError('GATEWAY_REFUSED', `the gateway at ${url.origin} refused the readings: ${wordsOf(answer)}`);
    const { received, loaded, corrected, unchanged, rejectedCount, rejected, breaches } = parsed.data;
    if (rejected[0] !== undefined) onRejection(`${rejected[0].code}: ${rejected[0].message}`);
    return { sent: received, loaded, known: corrected + unchanged, rejected: rejectedCount, breaches };
  };

  return {
    async check(sensors) {
      const answer = await post(graphql, 'application/json', JSON.stringify({ query: KNOWN_SENSORS, variables: { ids: sensors } })).catch((cause: unknown) => {
        throw unreachable(url, reasonOf(cause), { cause });
      });
      const parsed = sensorsAnswer.safeParse(answer.body);
      if (!parsed.success) throw new GatewayError('GATEWAY_REFUSED', `what answers at ${url.origin} does not speak as a gateway does: ${wordsOf(answer)}`);
      const known = new Set(parsed.data.data.sensors.nodes.map(({ id }) => id));
      const missing = sensors.filter((sensor) => !known.has(sensor));
      if (missing.length > 0) throw sampleMissing(url, missing);
    },
    async send(batch) {
      const body = batch.map(({ time, sensor, values }) => `${JSON.stringify({ time: formatInstant(time), sensor, ...values })}\n`).join('');
      const giveUpAt = performance.now() + patienceMs;
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
        const outcome = await attempt(body);
        if ('sent' in outcome) return outcome;
        if (performance.now() >= giveUpAt) throw unreachable(url, `${outcome.reason}, for ${Math.round(patienceMs / 1000)} s`);
        // Not all who wait for it at the same instant.
        const waitMs = Math.max(outcome.waitMs, wait * (0.75 + Math.random() / 2));
        onWait(outcome.reason, waitMs);
        await sleep(waitMs, undefined, { signal });
      }
    },
  };
}

/** Why a request may succeed later, and how long the gateway asks to be left alone. */
interface Passing {
  readonly reason: string;
  readonly waitMs: number;
}

interface HttpAnswer {
  readonly status: number;
  readonly retryAfterMs: number;
  /** undefined where it is no JSON. */
  readonly body: unknown;
}

async function post(url: URL, contentType: string, body: string): Promise<HttpAnswer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body, signal: AbortSignal.timeout(REQUEST_MS) });
  const text = await response.text();
  return { status: response.status, retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000 || 0, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function wordsOf({ status, body }: HttpAnswer): string {
  const parsed = refusal.safeParse(body);
  return parsed.success ? parsed.data.errors[0].message : `HTTP ${status}`;
}

function unreachable(url: URL, reason: string, options?: ErrorOptions): GatewayError {
  const advice = 'start one in another terminal (thermograph serve), or say where it is: --url, with the address of its line "ready"';
  return new GatewayError('GATEWAY_UNREACHABLE', `no gateway answers at ${url.origin} (${reason}): ${advice}`, options);
}

function sampleMissing(url: URL, sensors: readonly string[]): GatewayError {
  const [first = '', ...others] = sensors;
  const more = others.length === 0 ? '' : ` and ${others.length} more of the sample`;
  return new GatewayError(
    'SAMPLE_MISSING',
    `the gateway at ${url.origin} does not know the sensor ${first}${more}, so its store was made without the sample.\nthermograph ingest --sample adds it, with its places and thresholds (over the embedded PostgreSQL while the gateway is stopped);\nor try it beside your own store: thermograph serve --port 4001 --data ./demo, then simulate with --url http://127.0.0.1:4001`,
  );
}

/** fetch says only that it failed; why is in its cause, or in those of several addresses. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
