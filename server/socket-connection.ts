import type { Duplex } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, type Message, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { type RawData, WebSocket } from 'ws';
import { toPublicError } from './format-error.ts';
import { asciiJson, type NextFrames } from './next-frames.ts';
import type { SocketAnswers } from './socket-answers.ts';
import { type OperationSocket, SocketSubscription } from './socket-operation.ts';
import type { Frame, Subscription, SubscriptionEnd, Subscriptions } from './subscriptions/subscription.ts';

/** What all connections share. */
export interface SocketShared {
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly isSubscription: (payload: SubscribePayload) => boolean;
  /** Puts the document for its hash. Throws HttpError for a hash that is unknown or wrong. */
  readonly withDocument: (payload: SubscribePayload) => SubscribePayload;
  readonly answer: SocketAnswers;
  /** Of one connection at the same time. */
  readonly maxOperations: number;
  readonly frames: NextFrames;
  readonly log: Logger;
  readonly onInitialised: (connection: SocketConnection) => void;
  readonly onClosed: (connection: SocketConnection) => void;
}

/** Close codes of RFC 6455 and its registry. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

/** Ids are kept as long as their operations; clients take a number or a UUID. */
const MAX_ID_LENGTH = 128;

/** Their payloads are sent back. */
const MAX_PING_LENGTH = 4_096;

/** A client that has so much to take first is not read from. */
const PAUSE_BYTES = 262_144;

/** Pings that a client may leave unanswered while it still has something to take before them. */
const MISSED_BEHIND_BACKLOG = 4;

/** The longest reason that the frame of a close can hold, in bytes. */
const MAX_REASON_BYTES = 123;

/**
 * One client of the protocol graphql-transport-ws, after the handshake. There may be ten thousands of them, most of which do nothing but wait: they have no timers, and
 * nothing of the request that they began with.
 */
export class SocketConnection implements OperationSocket {
  readonly openedAt = performance.now();
  readonly requestId: string;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #shared: SocketShared;
  readonly #operations = new Map<string, Subscription>();
  #answering = 0;
  #missed = 0;
  #isInitialised = false;
  #isDraining = false;

  constructor(ws: WebSocket, socket: Duplex, requestId: string, shared: SocketShared) {
    this.#ws = ws;
    this.#socket = socket;
    // A copy in one piece: node's random UUIDs are half a kilobyte of pieces until somebody reads them.
    this.requestId = Buffer.from(requestId).toString();
    this.#shared = shared;
    ws.on('message', (data: RawData, isBinary: boolean) => this.#receive(data, isBinary));
    ws.on('pong', () => {
      this.#missed = 0;
    });
    // What a client does wrong below our protocol; ws closes the socket with the code for it.
    ws.on('error', (error) => shared.log.debug({ err: error, requestId }, 'socket error'));
    ws.on('close', (code) => this.#closed(code));
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** Writes past ws, which would put the frame together anew for each client; between two frames of its own, because it writes each whole. */
  next(id: string, frame: Frame): void {
    if (this.#isOpen) this.#shared.frames.write(this.#socket, id, frame);
  }

  ended(operation: SocketSubscription, end: SubscriptionEnd): void {
    if (this.#operations.get(operation.key) === operation) this.#operations.delete(operation.key);
    if (end.kind === 'errors') this.#sendErrors(operation.id, end.errors);
    else if (end.kind === 'complete') this.#send(`{"id":${operation.id},"type":"complete"}`);
    else {
      this.#shared.log.warn({ requestId: this.requestId, backlog: this.backlog }, 'socket too slow');
      this.close(TRY_AGAIN_LATER, 'too slow: subscribe again, after the last cursor that you have');
    }
  }

  /** To be called every half a minute: a client that has not answered the ping before is gone. */
  beat(): void {
    if (!this.#isOpen) return;
    this.#missed += 1;
    if (this.#missed > (this.backlog === 0 ? 1 : MISSED_BEHIND_BACKLOG)) this.#ws.terminate();
    else this.#ws.ping();
  }

  /** Closes as soon as no query or mutation is under way. */
  drain(): void {
    this.#isDraining = true;
    if (this.#answering === 0) this.leave();
  }

  /** Closes at once, because the gateway ends. */
  leave(): void {
    this.close(GOING_AWAY, 'the gateway is shutting down: subscribe again, after the last cursor that you have');
  }

  /** Ends all operations and begins to close; ws ends the socket where the client does not answer in time. */
  close(code: number, reason: string): void {
    this.#endOperations();
    if (this.#isOpen) this.#ws.close(code, Buffer.byteLength(reason) <= MAX_REASON_BYTES ? reason : '');
  }

  get #isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#isOpen) return;
    this.#missed = 0;
    const violation = this.#tryTake(isBinary ? badRequest('a message is text') : parse(data));
    if (violation !== null) this.close(violation.code, violation.reason);
    else if (this.backlog > PAUSE_BYTES) this.#pause();
  }

  /** Nobody awaits what happens here: a bug of ours ends one socket, and not all. */
  #tryTake(message: Message | Violation): Violation | null {
    try {
      return 'type' in message ? this.#take(message) : message;
    } catch (error) {
      return { code: CloseCode.InternalServerError, reason: toPublicError(error, this.#shared.log).message };
    }
  }

  #take(message: Message): Violation | null {
    switch (message.type) {
      case MessageType.ConnectionInit:
        return this.#initialise();
      case MessageType.Ping:
        this.#send(message.payload === undefined ? '{"type":"pong"}' : JSON.stringify({ type: MessageType.Pong, payload: message.payload }));
        return null;
      case MessageType.Pong:
        return null;
      case MessageType.Subscribe:
        return this.#subscribe(message.id, message.payload);
      case MessageType.Complete:
        this.#operations.get(message.id)?.close();
        this.#operations.delete(message.id);
        return null;
      case MessageType.ConnectionAck:
      case MessageType.Next:
      case MessageType.Error:
        return badRequest(`${message.type} is not for clients to send`);
    }
  }

  #initialise(): Violation | null {
    if (this.#isInitialised) return { code: CloseCode.TooManyInitialisationRequests, reason: 'Too many initialisation requests' };
    this.#isInitialised = true;
    this.#shared.onInitialised(this);
    this.#send('{"type":"connection_ack"}');
    return null;
  }

  #subscribe(key: string, payload: SubscribePayload): Violation | null {
    if (!this.#isInitialised) return { code: CloseCode.Unauthorized, reason: 'Unauthorized' };
    if (key.length > MAX_ID_LENGTH) return badRequest(`an id is at most ${MAX_ID_LENGTH} characters long`);
    if (this.#operations.has(key)) return { code: CloseCode.SubscriberAlreadyExists, reason: `Subscriber for ${key} already exists` };
    const { maxOperations } = this.#shared;
    const id = asciiJson(key);
    // An answer that nobody waits for any more is still worked on.
    if (Math.max(this.#operations.size, this.#answering) >= maxOperations) this.#sendErrors(id, [tooManyOperations(maxOperations)]);
    else this.#begin(key, id, payload);
    return null;
  }

  #begin(key: string, id: string, sent: SubscribePayload): void {
    const payload = this.#withDocument(id, sent);
    if (payload === null) return;
    if (this.#shared.isSubscription(payload)) this.#stream(key, id, payload);
    else void this.#answer(key, id, payload);
  }

  /** null where the document is known to nobody, which the client has then been told. */
  #withDocument(id: string, sent: SubscribePayload): SubscribePayload | null {
    const { withDocument, log } = this.#shared;
    try {
      return withDocument(sent);
    } catch (error) {
      const { message, extensions } = toPublicError(error, log);
      this.#sendErrors(id, [{ message, extensions }]);
      return null;
    }
  }

  #stream(key: string, id: string, { query, operationName = null, variables = null }: SubscribePayload): void {
    const operation = new SocketSubscription(key, id, this);
    this.#operations.set(key, operation);
    operation.start(this.#shared.subscriptions.subscribe({ query, operationName, variables }, operation));
  }

  async #answer(key: string, id: string, payload: SubscribePayload): Promise<void> {
    const operation: Subscription = { close: () => undefined };
    this.#operations.set(key, operation);
    this.#answering += 1;
    const answer = await this.#shared.answer(payload);
    this.#answering -= 1;
    // Else its client has completed it in the meantime.
    if (this.#operations.get(key) === operation) {
      this.#operations.delete(key);
      this.#send(`{"id":${id},"type":"${answer.kind}","payload":${answer.json}}`);
      if (answer.kind === 'next') this.#send(`{"id":${id},"type":"complete"}`);
    }
    if (this.#isDraining) this.drain();
  }

  #sendErrors(id: string, errors: readonly GraphQLFormattedError[]): void {
    this.#send(`{"id":${id},"type":"error","payload":${JSON.stringify(errors)}}`);
  }

  #send(text: string): void {
    if (this.#isOpen) this.#ws.send(text);
  }

  /** Else answers would pile up here for a client that asks and does not read. */
  #pause(): void {
    if (this.#ws.isPaused) return;
    this.#ws.pause();
    this.#socket.once('drain', () => this.#ws.resume());
  }

  #endOperations(): void {
    for (const operation of this.#operations.values()) operation.close();
    this.#operations.clear();
  }

  #closed(code: number): void {
    this.#endOperations();
    this.#shared.onClosed(this);
    this.#shared.log.info({ requestId: this.requestId, code, durationMs: Math.round(performance.now() - this.openedAt) }, 'socket');
  }
}

/** What ends a socket: a client that breaks the protocol. */
interface Violation {
  readonly code: number;
  readonly reason: string;
}

function badRequest(reason: string): Violation {
  return { code: CloseCode.BadRequest, reason: `Invalid message: ${reason}` };
}

function parse(data: RawData): Message | Violation {
  try {
    const text = Buffer.isBuffer(data) ? data.toString() : '';
    const message = parseMessage(text);
    return message.type === MessageType.Ping && text.length > MAX_PING_LENGTH ? badRequest(`a ping is at most ${MAX_PING_LENGTH} characters long`) : message;
  } catch (error) {
    return badRequest(error instanceof Error && !(error instanceof SyntaxError) ? error.message : 'it is not JSON');
  }
}

function tooManyOperations(limit: number): GraphQLFormattedError {
  return {
    message: `${limit} operations are under way on this socket, and the limit is ${limit} (MAX_SUBSCRIPTIONS_PER_SOCKET): complete some, or open another socket`,
    extensions: { code: 'TOO_MANY_OPERATIONS', limit },
  };
}
