import type { Frame, Subscription, SubscriptionEnd, SubscriptionSink } from './subscriptions/subscription.ts';

/** What an operation needs of the socket that it came by. */
export interface OperationSocket {
  /** Bytes that the client has not taken yet. */
  readonly backlog: number;
  /** `id` is JSON text in ASCII. */
  next(id: string, frame: Frame): void;
  ended(operation: SocketSubscription, end: SubscriptionEnd): void;
}

/** One subscription of a socket. */
export class SocketSubscription implements SubscriptionSink, Subscription {
  /** What its client calls it. */
  readonly key: string;
  /** The same as JSON text in ASCII. */
  readonly id: string;
  readonly #socket: OperationSocket;
  #subscription: Subscription | null = null;
  #isOver = false;

  constructor(key: string, id: string, socket: OperationSocket) {
    this.key = key;
    this.id = id;
    this.#socket = socket;
  }

  get backlog(): number {
    return this.#socket.backlog;
  }

  /** The subscription that sends to this; it may be over already. */
  start(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#isOver) subscription.close();
  }

  send(frame: Frame): void {
    if (!this.#isOver) this.#socket.next(this.id, frame);
  }

  end(end: SubscriptionEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.ended(this, end);
  }

  close(): void {
    this.#isOver = true;
    this.#subscription?.close();
  }
}
