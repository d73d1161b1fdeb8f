import type { Subscription, SubscriptionEnd, SubscriptionSink } from './subscription.ts';

/** Subscribers who get the same frames. What is sent to one of them, and how often, is the feed's to say, also what becomes of one that takes too slowly. */
export interface Group {
  /** Sends the first frame as soon as there is one, then goes on until `leave`. Throws ThermographError where it cannot begin `after`. */
  join(subscriber: Subscriber, after: string | null): Promise<void> | void;
  leave(subscriber: Subscriber): void;
  /** The last has left. */
  close(): void;
}

/** Who hears that a subscriber has gone. */
export interface SubscriberHome {
  left(subscriber: Subscriber): void;
}

/** One subscription of one client. There are tens of thousands that wait: an object and no more, without closures, timers or promises of its own. */
export class Subscriber implements Subscription {
  readonly sink: SubscriptionSink;
  /** Where its feed has it: up to which number it was told, or what else its feed makes of it. */
  position = 0;
  #home: SubscriberHome | null;
  /** Null until it has joined. */
  group: Group | null = null;

  constructor(sink: SubscriptionSink, home: SubscriberHome) {
    this.sink = sink;
    this.#home = home;
  }

  get isOver(): boolean {
    return this.#home === null;
  }

  /** Its last message. */
  end(end: SubscriptionEnd): void {
    if (this.isOver) return;
    this.close();
    this.sink.end(end);
  }

  close(): void {
    const home = this.#home;
    this.#home = null;
    home?.left(this);
  }
}
