import type { Subscription, SubscriptionEnd, SubscriptionRequest, SubscriptionSink, Subscriptions } from '../../server/subscriptions/subscription.ts';

/** One that a client has opened. */
export interface OpenSubscription {
  readonly request: SubscriptionRequest;
  readonly sink: SubscriptionSink;
}

/** Subscriptions whose frames a test sends by hand. A document that asks for `refused` is refused; one that asks for `throws` shows a bug. */
export class HandFeed implements Subscriptions {
  /** In the order in which they came, those that are over too. */
  readonly requests: SubscriptionRequest[] = [];
  readonly open = new Set<OpenSubscription>();

  subscribe(request: SubscriptionRequest, sink: SubscriptionSink): Subscription {
    this.requests.push(request);
    if (request.query.includes('throws')) throw new TypeError('a bug');
    if (request.query.includes('refused')) {
      sink.end({ kind: 'errors', errors: [{ message: 'refused by the feed', extensions: { code: 'REFUSED' } }] });
      return { close: () => undefined };
    }
    const subscription = { request, sink };
    this.open.add(subscription);
    return { close: () => void this.open.delete(subscription) };
  }

  /** Sends the same frame to all. */
  send(data: unknown, cursor: string | null = null): void {
    const frame = { json: JSON.stringify({ data }), cursor };
    for (const { sink } of this.open) sink.send(frame);
  }

  /** Ends all. */
  end(end: SubscriptionEnd): void {
    const ended = [...this.open];
    this.open.clear();
    for (const { sink } of ended) sink.end(end);
  }

  /** Waits until as many are open. */
  async opened(count: number): Promise<void> {
    await eventually(() => this.open.size === count, `${count} open subscriptions`);
  }

  stop(): Promise<void> {
    this.end({ kind: 'complete' });
    return Promise.resolve();
  }
}

const PATIENCE_MS = 10_000;

/** Waits until something is so. */
export async function eventually(isSo: () => boolean, what: string): Promise<void> {
  for (const giveUpAt = Date.now() + PATIENCE_MS; !isSo(); ) {
    if (Date.now() > giveUpAt) throw new Error(`there were never ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
