import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError } from './connect-error.ts';
import type { HttpSource } from './http-schema.ts';

/** An answer whose body is still to be read. */
export interface HttpAnswer {
  /** Where it came from in the end. */
  readonly url: URL;
  readonly headers: Headers;
  /** Can be iterated once. Throws PassingFailure where it breaks off, ConnectError where it is too long. */
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/** Another try may succeed: the network, a timeout, a server that is busy or broken for the moment. */
class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  /** As long as the server wants to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server says that the request is wrong: asking again would not help, asking otherwise might. */
export class RefusedRequestError extends ConnectError {}

/** How requests of a job are sent. */
export interface RequestOptions {
  readonly source: Pick<HttpSource, 'headers' | 'timeout' | 'maxBytes' | 'retries' | 'retryDelay'>;
  readonly accept: string;
  readonly signal: AbortSignal;
}

const PASSING = new Set([408, 425, 429]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;
const LONGEST_WAIT_MS = 600_000;

/** Does a work until it succeeds, or fails for good, or has failed in passing too often. The work is begun anew each time. */
export async function* withRetries<T>(work: () => AsyncIterable<T>, { source, signal }: Pick<RequestOptions, 'source' | 'signal'>): AsyncGenerator<T> {
  for (let failures = 0; ; ) {
    try {
      yield* work();
      return;
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      failures += 1;
      const waitMs = error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, (source.retryDelay / 1000) * 2 ** (failures - 1));
      if (failures > source.retries) throw new ConnectError(`${error.message}; tried ${failures} times`, { cause: error });
      if (waitMs > LONGEST_WAIT_MS)
        throw new ConnectError(`${error.message}; it wants to be asked again in ${Math.round(waitMs / 1000)} s only`, { cause: error });
      await sleep(waitMs, undefined, { signal });
    }
  }
}

/** Sends a GET and follows redirects. Throws PassingFailure, RefusedRequestError or ConnectError, and the signal's reason where it aborts. */
export async function request(url: URL, options: RequestOptions): Promise<HttpAnswer> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await send(at, options, at.origin === url.origin);
    const location = REDIRECTS.has(answer.status) ? answer.headers.get('location') : null;
    if (location === null) return checked(answer);
    await answer.cancel();
    if (!URL.canParse(location, at.href) || !/^https?:$/.test(new URL(location, at).protocol))
      throw new ConnectError(`${shown(at)} redirects to ${withoutValues(location)}, which is no address`);
    at = new URL(location, at);
  }
  throw new ConnectError(`${shown(url)} redirects more than ${MAX_REDIRECTS} times`);
}

/** An address as it may be told: without password and parameters. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** What a server says as it may be told: addresses in it without the values of their parameters, where servers put tokens of their own. */
export function withoutValues(said: string): string {
  return said.replace(/([?&][^\s"'<>=&?]+=)[^\s"'<>&]+/g, '$1***');
}

type Sent = HttpAnswer & { readonly status: number; readonly statusText: string };

async function send(url: URL, { source, accept, signal }: RequestOptions, isOwn: boolean): Promise<Sent> {
  signal.throwIfAborted();
  const timer = createTimer(source.timeout / 1000, signal);
  try {
    const response = await fetch(withoutPassword(url), {
      headers: headersOf(url, accept, isOwn ? source.headers : null),
      redirect: 'manual',
      signal: timer.signal,
    });
    timer.pause();
    return {
      url,
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
      body: bodyOf(response, url, source.maxBytes, timer, signal),
      cancel: async () => {
        timer.end();
        await response.body?.cancel().catch(() => undefined);
      },
    };
  } catch (error) {
    timer.end();
    throw failureOf(error, url, timer, signal);
  }
}

async function* bodyOf(response: Response, url: URL, maxBytes: number, timer: Timer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    if (response.body === null) return;
    timer.restart();
    for await (const chunk of blocksOf(response.body)) {
      // Only the server's time counts: who loads the readings may take his.
      timer.pause();
      length += chunk.length;
      if (length > maxBytes) throw new ConnectError(`${shown(url)} answers more than maxBytes, ${maxBytes.toLocaleString('en')}`);
      yield chunk;
      timer.restart();
    }
  } catch (error) {
    throw error instanceof ConnectError ? error : failureOf(error, url, timer, signal);
  } finally {
    timer.end();
  }
}

async function* blocksOf(body: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const block of body) {
    if (!(block instanceof Uint8Array)) throw new TypeError('a body is bytes');
    yield block;
  }
}

async function checked(answer: Sent): Promise<HttpAnswer> {
  const { status, statusText, url, headers } = answer;
  if (status >= 200 && status < 300) return answer;
  const said = await beginningOf(answer);
  const told = `${shown(url)} answers ${status}${statusText === '' ? '' : ` ${statusText}`}${said === '' ? '' : `: ${said}`}`;
  if (PASSING.has(status) || status >= 500) throw new PassingFailure(told, retryAfterMs(headers.get('retry-after')));
  throw new RefusedRequestError(told);
}

const SAID_CHARACTERS = 300;

/** The first words of an answer; what cannot be read of it is not missed. */
async function beginningOf(answer: HttpAnswer): Promise<string> {
  let text = '';
  try {
    for await (const chunk of answer.body) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.length > SAID_CHARACTERS) break;
    }
  } catch {
    // The status has been told already.
  }
  await answer.cancel();
  return withoutValues(text).replace(/\s+/g, ' ').trim().slice(0, SAID_CHARACTERS);
}

/** Seconds, or a date (RFC 9110). */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function failureOf(error: unknown, url: URL, timer: Timer, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (timer.isOver()) return new PassingFailure(`${shown(url)} says nothing for too long`, null, { cause: error });
  if (!(error instanceof TypeError)) return error;
  const { cause } = error;
  const why = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : error.message;
  return new PassingFailure(`${shown(url)} cannot be reached, or breaks off: ${why}`, null, { cause: error });
}

interface Timer {
  readonly signal: AbortSignal;
  isOver(): boolean;
  pause(): void;
  restart(): void;
  end(): void;
}

/** Aborts with `outer`, and when it has run for so long since it was begun or restarted. */
function createTimer(ms: number, outer: AbortSignal): Timer {
  const controller = new AbortController();
  let isOver = false;
  const onOuter = () => controller.abort(outer.reason);
  const onTime = () => {
    isOver = true;
    controller.abort();
  };
  let timeout = setTimeout(onTime, ms);
  outer.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    isOver: () => isOver,
    pause: () => clearTimeout(timeout),
    restart: () => {
      clearTimeout(timeout);
      timeout = setTimeout(onTime, ms);
    },
    end: () => {
      clearTimeout(timeout);
      outer.removeEventListener('abort', onOuter);
    },
  };
}

function withoutPassword(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** `own` null: of another server, which what the job sends along is not for. */
function headersOf({ username, password }: URL, accept: string, own: Readonly<Record<string, string>> | null): Headers {
  const headers = new Headers({ accept, 'user-agent': 'thermograph' });
  if (own === null) return headers;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  if (credentials !== ':') headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return headers;
}
