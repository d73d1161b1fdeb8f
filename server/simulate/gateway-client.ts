import type { ZodType } from 'zod';
import { z } from 'zod';
import { GatewayError } from './gateway-error.ts';

/** What a gateway answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfterMs: number;
  /** undefined where it is no JSON. */
  readonly body: unknown;
}

const REQUEST_MS = 30_000;

const refusal = z.object({ errors: z.tuple([z.object({ message: z.string() })], z.unknown()) });

/** Sends a body. Throws whatever keeps an answer from coming. */
export async function post(url: URL, headers: Readonly<Record<string, string>>, body: string, requestMs = REQUEST_MS): Promise<HttpAnswer> {
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(requestMs) });
  const text = await response.text();
  return { status: response.status, retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000 || 0, body: parseJson(text) };
}

/** Asks a gateway in GraphQL; `answer` is the shape of `data`. Throws GatewayError where nobody answers, or what answers does not answer so. */
export async function askGateway<T>(gateway: URL, query: string, variables: Readonly<Record<string, unknown>>, answer: ZodType<T>): Promise<T> {
  const url = new URL('graphql', gateway);
  const answered = await post(url, { 'content-type': 'application/json' }, JSON.stringify({ query, variables })).catch((cause: unknown) => {
    throw unreachable(gateway, reasonOf(cause), { cause });
  });
  const parsed = z.object({ data: answer }).safeParse(answered.body);
  if (parsed.success) return parsed.data.data;
  if (refusal.safeParse(answered.body).success) throw new GatewayError('GATEWAY_REFUSED', `the gateway at ${gateway.origin} refuses: ${wordsOf(answered)}`);
  throw new GatewayError('GATEWAY_REFUSED', `what answers at ${gateway.origin} does not speak as a gateway does: ${wordsOf(answered)}`);
}

/** Why a gateway refused, in its own words where it had some. */
export function wordsOf({ status, body }: HttpAnswer): string {
  const parsed = refusal.safeParse(body);
  return parsed.success ? parsed.data.errors[0].message : `HTTP ${status}`;
}

/** Nobody answers there. */
export function unreachable(gateway: URL, reason: string, options?: ErrorOptions): GatewayError {
  const advice = 'start one in another terminal (thermograph serve), or say where it is: --url, with the address of its line "ready"';
  return new GatewayError('GATEWAY_UNREACHABLE', `no gateway answers at ${gateway.origin} (${reason}): ${advice}`, options);
}

/** fetch says only that it failed; why is in its cause, or in those of several addresses. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
