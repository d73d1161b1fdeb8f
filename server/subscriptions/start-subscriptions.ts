import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { OutboxTail } from '../../alerts/outbox/outbox-tail.ts';
import type { Store } from '../../db/store.ts';
import type { Limits } from '../../loaders/budget.ts';
import type { EtlPath } from '../../resolvers/etl-path.ts';
import type { CostGuard } from '../cost-guard.ts';
import type { DocumentLimits } from '../limits.ts';
import { BreachFeed } from './breach-feed.ts';
import { EtlWatch } from './etl-watch.ts';
import { FrameMaker } from './frames.ts';
import { LateFeed } from './late-feed.ts';
import { LatestFeed } from './latest-feed.ts';
import { RunFeed } from './run-feed.ts';
import { SlaFeed } from './sla-feed.ts';
import type { Subscriptions } from './subscription.ts';
import { createSubscriptions } from './subscriptions.ts';

/** What the subscriptions of a gateway are started with. */
export interface StartOptions {
  readonly store: Store;
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  readonly documentLimits: DocumentLimits;
  /** Left out where there are no jobs. */
  readonly etl?: EtlPath | undefined;
  readonly costs: CostGuard;
  readonly heartbeatMs: number;
  /** At the same time. */
  readonly maxSubscribers: number;
  /** Bytes that a client may leave untaken. */
  readonly maxBacklog: number;
  readonly log: Logger;
}

/** Subscriptions and how they stand. */
export interface StartedSubscriptions extends Subscriptions {
  /** Why breaches are not told as they come; null where they are. */
  whyBehind(): string | null;
  /** Executions so far: one for each group and message, however many take it. */
  readonly executions: number;
}

/** While the database could not be reached for no longer than this, subscribers are not sent elsewhere. */
const BEHIND_MS = 10_000;

/** Starts to follow the store, as soon as the database can be reached; who subscribes before waits. `stop` gives its connection back. */
export async function startSubscriptions(options: StartOptions): Promise<StartedSubscriptions> {
  const { log, store } = options;
  const stopping = new AbortController();
  const frames = new FrameMaker(options);
  let tail: OutboxTail | null = null;
  const follow = async (): Promise<BreachFeed> => {
    const opened = await OutboxTail.open({ pool: store.listenPool, log });
    try {
      const feed = await BreachFeed.start({ ...options, frames, tail: opened });
      opened.run();
      tail = opened;
      return feed;
    } catch (error) {
      await opened.stop();
      throw error;
    }
  };
  const breaches = await follow().catch((error: unknown) => {
    log.warn({ err: error }, 'breaches cannot be followed yet, trying again');
    return new LateFeed('breaches', follow, stopping.signal);
  });
  const watch = new EtlWatch({ pool: store.listenPool, log });
  const feeds = [breaches, new LatestFeed({ ...options, frames }), new RunFeed({ ...options, frames, watch }), new SlaFeed({ ...options, frames, watch })];
  const subscriptions = createSubscriptions({ ...options, feeds });
  return {
    subscribe: (request, sink) => subscriptions.subscribe(request, sink),
    async stop() {
      stopping.abort();
      await subscriptions.stop();
    },
    whyBehind: () => whyBehind(tail, store),
    get executions() {
      return frames.made;
    },
  };
}

function whyBehind(tail: OutboxTail | null, store: Store): string | null {
  if (tail === null) return 'breaches have not been read yet';
  if (tail.state.storeId !== store.id) return 'the store is another one than when the gateway started, such as after a restore: start it anew';
  return tail.failingMs > BEHIND_MS ? `breaches have not been read for ${Math.round(tail.failingMs / 1000)} s` : null;
}
