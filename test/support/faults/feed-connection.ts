import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { FaultFilter } from './fault-world.ts';

/** By WebSocket, or by one that comes back by itself as the documentation shows it; by event stream, resumed by the argument `after`, or as a browser's EventSource does, by Last-Event-ID. */
export type Transport = 'socket' | 'returning socket' | 'stream' | 'event source';

/** What a frame says. */
export interface FeedFrame {
  readonly cursor: string;
  readonly evaluatedThrough: string;
  readonly live: boolean;
  readonly breach: {
    readonly number: number;
    readonly kind: string;
    readonly time: string;
    readonly status: string | null;
    readonly previous: string | null;
    readonly value: number | null;
    readonly late: boolean;
    readonly sensor: { readonly id: string };
    readonly metric: { readonly id: string };
    readonly location: { readonly id: string } | null;
  } | null;
}

/** What is asked for. */
export interface FeedQuestion {
  readonly where: FaultFilter;
  readonly after: string | null;
}

export interface ConnectionEvents {
  readonly onFrame: (frame: FeedFrame) => void;
  /** Once or more, however it ended. */
  readonly onEnd: (why: string) => void;
}

/** A subscription on a connection of its own. */
export interface Connection {
  /** Takes leave, or is gone without a word. */
  end(how: 'closed' | 'dropped'): void;
}

/** How often, and after which pause, a returning socket tries before it takes another instance. */
const RETURNS = 10;
const RETURN_MS = 100;

const DOCUMENT = `subscription Follow($where: BreachFilter, $after: String) {
  breaches(where: $where, after: $after) {
    cursor evaluatedThrough live
    breach { number kind time status previous value late sensor { id } metric { id } location { id } }
  }
}`;

/** What both clients give to their sinks. */
interface Result {
  readonly data?: { readonly breaches: FeedFrame } | null | undefined;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } | undefined }[] | undefined;
}

/** Subscribes by a client as users have it; only a returning socket comes back by itself. */
export function connect(transport: Transport, origin: string, question: FeedQuestion, events: ConnectionEvents): Connection {
  const isSocket = transport === 'socket' || transport === 'returning socket';
  return isSocket ? connectSocket(transport, origin, question, events) : connectStream(transport, origin, question, events);
}

/** The client listens to a socket that it gives up no more, and an error that nobody listens to ends the process. */
class HardenedSocket extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols);
    this.on('error', () => undefined);
  }
}

function connectSocket(transport: Transport, origin: string, { where, after }: FeedQuestion, events: ConnectionEvents): Connection {
  const client = createSocketClient({
    url: `${origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: HardenedSocket,
    retryAttempts: transport === 'returning socket' ? RETURNS : 0,
    retryWait: () => sleep(RETURN_MS),
    shouldRetry: () => true,
  });
  const payload = { query: DOCUMENT, variables: { where, after } };
  const remembering: ConnectionEvents = {
    onEnd: events.onEnd,
    onFrame(frame) {
      payload.variables.after = frame.cursor;
      events.onFrame(frame);
    },
  };
  const unsubscribe = client.subscribe<Result['data']>(payload, sinkOf(remembering));
  return {
    end(how) {
      if (how === 'dropped') client.terminate();
      unsubscribe();
      // It waits for a connection that may never be.
      Promise.resolve(client.dispose()).catch(() => undefined);
    },
  };
}

function connectStream(transport: Transport, origin: string, { where, after }: FeedQuestion, events: ConnectionEvents): Connection {
  const isEventSource = transport === 'event source' && after !== null;
  const client = createStreamClient({
    url: `${origin}/graphql`,
    retryAttempts: 0,
    headers: isEventSource ? { 'last-event-id': after } : {},
  });
  const unsubscribe = client.subscribe<Result['data']>({ query: DOCUMENT, variables: { where, after: isEventSource ? null : after } }, sinkOf(events));
  return {
    end() {
      unsubscribe();
      client.dispose();
    },
  };
}

function sinkOf({ onFrame, onEnd }: ConnectionEvents) {
  return {
    next({ data, errors }: Result) {
      if (errors !== undefined && errors.length > 0) onEnd(whyOf(errors));
      else if (data) onFrame(data.breaches);
    },
    error: (reason: unknown) => onEnd(whyOf(reason)),
    complete: () => onEnd('complete'),
  };
}

/** GraphQL errors by their codes, ends of sockets by theirs, broken connections by their kind. */
function whyOf(reason: unknown): string {
  if (Array.isArray(reason))
    return reason.map((error: NonNullable<Result['errors']>[number]) => `refused: ${codeOf(error.extensions) ?? error.message}`).join();
  if (reason instanceof Error) return reason.constructor.name === 'NetworkError' ? 'network' : `${reason.name}: ${reason.message}`;
  const code = codeOf(reason);
  return code === null ? 'network' : `code ${code}`;
}

function codeOf(reason: unknown): string | null {
  if (typeof reason !== 'object' || reason === null || !('code' in reason)) return null;
  return typeof reason.code === 'string' || typeof reason.code === 'number' ? String(reason.code) : null;
}
