import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FindOperation } from './find-operation.ts';
import { toPublicError } from './format-error.ts';
import { readParameters } from './graphql-parameters.ts';
import type { GraphqlService } from './graphql-service.ts';
import { HttpError } from './http-error.ts';
import { type Exchange, everyHead } from './respond.ts';
import type { Seats } from './seats.ts';
import type { Frame, Subscription, SubscriptionEnd, SubscriptionRequest, SubscriptionSink, Subscriptions } from './subscriptions/subscription.ts';
import { Wheel } from './wheel.ts';

/** What event streams are made of. */
export interface EventStreamOptions {
  readonly service: GraphqlService;
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly findOperation: FindOperation;
  readonly seats: Seats;
  /** How long a stream is silent at most; a comment is sent where there is nothing else. Default 10 s. */
  readonly heartbeatMs?: number;
}

/** GraphQL over server-sent events, in the mode of distinct connections: a request is one operation, and its answer a stream of its results. */
export interface EventStreams {
  /** Whether the request is for a subscription. */
  isForStream(request: HTTPGraphQLRequest): boolean;
  /** Answers any operation as a stream. Throws HttpError where there is no room for another one. */
  answer(exchange: Exchange, request: HTTPGraphQLRequest): Promise<void>;
  /** Ends the subscriptions without saying that they are complete, so that their clients go on elsewhere, and takes no more. */
  stop(): void;
}

const HEARTBEAT_MS = 10_000;
const TURNS = 10;

/** As long as proxies let a silent connection live: a client that has taken nothing for so long is not there. */
const SILENT_ROUNDS = 6;

/** What a client that was too slow has to read what is left. */
const LAST_WORDS_MS = 2_000;

const COMMENT = ':\n\n';
/** With an empty `data`, without which a browser's EventSource would not tell it. */
const COMPLETE = 'event: complete\ndata:\n\n';

/** No compression and no buffering on the way: an event is worth most when it is new. */
const HEAD = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' };

/** Builds the streams; `stop` ends their timer. */
export function createEventStreams({ service, subscriptions, findOperation, seats, heartbeatMs = HEARTBEAT_MS }: EventStreamOptions): EventStreams {
  const streams = new Wheel<EventStream>(TURNS);
  const events = new Events();
  let isStopping = false;
  const timer = setInterval(() => streams.turn((stream) => stream.beat()), heartbeatMs / TURNS);
  timer.unref();

  const operationOf = (asked: SubscriptionRequest | null) => (asked === null ? null : findOperation(asked.query, asked.operationName ?? null));

  const stream = (exchange: Exchange, asked: SubscriptionRequest): void => {
    const { request, response, record } = exchange;
    if (isStopping) throw new HttpError(503, 'SHUTTING_DOWN', 'the gateway is shutting down: subscribe again');
    seats.take();
    // The connection is of no use afterwards: what follows a stream goes to another instance, or to another start of this one.
    response.writeHead(200, { ...everyHead(record), ...HEAD, connection: 'close' });
    const opened = new EventStream(response, events);
    streams.add(opened);
    response.on('close', () => {
      streams.delete(opened);
      seats.release();
      opened.close();
    });
    const lastEventId = request.headers['last-event-id'];
    try {
      opened.start(subscriptions.subscribe(typeof lastEventId === 'string' && lastEventId !== '' ? { ...asked, lastEventId } : asked, opened));
    } catch (error) {
      // The head of the answer is gone: there is only the stream left to tell it.
      const { message, extensions } = toPublicError(error, exchange.log);
      opened.end({ kind: 'errors', errors: [{ message, extensions }] });
    }
  };

  return {
    isForStream: (request) => operationOf(readParameters(request))?.isSubscription === true,
    async answer(exchange, request) {
      const asked = readParameters(request);
      const operation = operationOf(asked);
      if (asked !== null && operation?.isSubscription === true) {
        exchange.record.operation = operation.name;
        return stream(exchange, asked);
      }
      // The stream is our wrapping: what is in it is an answer as JSON.
      const headers = new HeaderMap([...request.headers, ['accept', 'application/json']]);
      const { text } = await service.answer({ ...request, headers }, exchange);
      exchange.response.writeHead(200, { ...everyHead(exchange.record), ...HEAD });
      exchange.response.end(`event: next\ndata: ${text.trimEnd()}\n\n${COMPLETE}`);
    },
    stop() {
      isStopping = true;
      clearInterval(timer);
      streams.all((opened) => opened.cut());
    },
  };
}

/** Frames as events, each made once for all that take it in turn. */
class Events {
  #frame: Frame | null = null;
  #bytes: Buffer = Buffer.alloc(0);

  encode(frame: Frame): Buffer {
    if (frame !== this.#frame) {
      this.#bytes = Buffer.from(`${frame.cursor === null ? '' : `id: ${frame.cursor}\n`}event: next\ndata: ${frame.json}\n\n`);
      this.#frame = frame;
    }
    return this.#bytes;
  }
}

/** One subscription and the answer that it goes to. */
class EventStream implements SubscriptionSink {
  readonly #response: Exchange['response'];
  readonly #events: Events;
  #subscription: Subscription | null = null;
  #isOver = false;
  #hasFlowed = true;
  #silentRounds = 0;

  constructor(response: Exchange['response'], events: Events) {
    this.#response = response;
    this.#events = events;
    // Tells proxies and clients at once that the stream is there.
    response.write(COMMENT);
  }

  get backlog(): number {
    return this.#response.writableLength;
  }

  /** The subscription that sends to this; it may be over already. */
  start(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#isOver) subscription.close();
  }

  send(frame: Frame): void {
    if (this.#isOver) return;
    this.#hasFlowed = true;
    this.#response.write(this.#events.encode(frame));
  }

  end(end: SubscriptionEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (end.kind === 'tooSlow') this.cut();
    else if (end.kind === 'complete') this.#response.end(COMPLETE);
    else this.#response.end(`event: next\ndata: ${JSON.stringify({ errors: end.errors })}\n\n${COMPLETE}`);
  }

  /** Keeps proxies and clients from taking silence for death, and finds out who takes nothing any more. */
  beat(): void {
    const isSilent = this.#response.writableLength > 0;
    this.#silentRounds = isSilent ? this.#silentRounds + 1 : 0;
    if (this.#silentRounds >= SILENT_ROUNDS) this.#response.destroy();
    else if (!isSilent && !this.#hasFlowed && !this.#isOver) this.#response.write(COMMENT);
    this.#hasFlowed = false;
  }

  /** Ends the stream in the middle: clients connect again and say which event was the last. */
  cut(): void {
    this.close();
    this.#response.end();
    setTimeout(() => this.#response.destroy(), LAST_WORDS_MS).unref();
  }

  /** Nothing is sent after this. */
  close(): void {
    this.#isOver = true;
    this.#subscription?.close();
  }
}
