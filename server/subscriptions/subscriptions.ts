import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { InvalidArgumentError, StoreError, ThermographError } from '../../db/errors.ts';
import type { CostGuard } from '../cost-guard.ts';
import { formatError, toPublicError } from '../format-error.ts';
import type { DocumentLimits } from '../limits.ts';
import type { Feed } from './feed.ts';
import { createQuestionReader, type Question, type ReadQuestion } from './question.ts';
import { RefusedError } from './refused-error.ts';
import { type Group, Subscriber, type SubscriberHome } from './subscriber.ts';
import type { Subscription, SubscriptionRequest, SubscriptionSink, Subscriptions } from './subscription.ts';

/** What subscriptions are answered with. */
export interface SubscriptionsOptions {
  readonly schema: GraphQLSchema;
  readonly documentLimits: DocumentLimits;
  readonly costs: CostGuard;
  /** One for each root field. */
  readonly feeds: readonly Feed[];
  /** At the same time. */
  readonly maxSubscribers: number;
  readonly log: Logger;
}

/** All subscriptions over their feeds: groups who ask the same question, and keeps each group for as long as somebody is in it. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  return new GroupedSubscriptions(options);
}

/** Of one question, from the first subscriber until the last has gone. */
class Circle implements SubscriberHome {
  readonly group: Promise<Group>;
  readonly subscribers = new Set<Subscriber>();
  readonly length: number;
  readonly #onLeft: (circle: Circle) => void;

  constructor(group: Promise<Group>, length: number, onLeft: (circle: Circle) => void) {
    this.group = group;
    this.length = length;
    this.#onLeft = onLeft;
  }

  left(subscriber: Subscriber): void {
    subscriber.group?.leave(subscriber);
    this.subscribers.delete(subscriber);
    this.#onLeft(this);
  }
}

class GroupedSubscriptions implements Subscriptions {
  readonly #feeds: ReadonlyMap<string, Feed>;
  readonly #read: (request: SubscriptionRequest) => ReadQuestion;
  readonly #maxSubscribers: number;
  readonly #log: Logger;
  readonly #circles = new Map<string, Circle>();
  #count = 0;
  #length = 0;
  #isStopping = false;

  constructor({ schema, documentLimits, costs, feeds, maxSubscribers, log }: SubscriptionsOptions) {
    this.#feeds = new Map(feeds.map((feed) => [feed.field, feed]));
    this.#read = createQuestionReader(schema, documentLimits, costs);
    this.#maxSubscribers = maxSubscribers;
    this.#log = log;
  }

  subscribe(request: SubscriptionRequest, sink: SubscriptionSink): Subscription {
    try {
      this.#checkRoom();
      const { question, after } = this.#read(request);
      const circle = this.#circleOf(question);
      const subscriber = new Subscriber(sink, circle);
      circle.subscribers.add(subscriber);
      this.#count += 1;
      void this.#join(subscriber, circle, after, request.lastEventId ?? null);
      return subscriber;
    } catch (error) {
      sink.end({ kind: 'errors', errors: this.#told(error) });
      return GONE;
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { subscribers } of this.#circles.values()) for (const subscriber of subscribers) subscriber.end({ kind: 'complete' });
    for (const feed of this.#feeds.values()) await feed.stop();
  }

  async #join(subscriber: Subscriber, { group }: Circle, after: string | null, lastEventId: string | null): Promise<void> {
    try {
      const joined = await group;
      if (subscriber.isOver) return;
      subscriber.group = joined;
      await joined.join(subscriber, after);
    } catch (error) {
      subscriber.end({ kind: 'errors', errors: this.#told(lastEventId === null ? error : namingHeader(error)) });
    }
  }

  #circleOf(question: Question): Circle {
    const known = this.#circles.get(question.key);
    if (known !== undefined) return known;
    const feed = this.#feeds.get(question.field);
    if (feed === undefined) throw new Error(`the schema has a subscription ${question.field} without a feed`);
    if (this.#length + question.length > MOST_CHARACTERS)
      throw new TooManySubscriptionsError('the questions of all subscriptions are too long together', MOST_CHARACTERS);
    const circle = new Circle(feed.open(question), question.length, (left) => this.#left(question, left));
    this.#circles.set(question.key, circle);
    this.#length += question.length;
    return circle;
  }

  #left({ key }: Question, circle: Circle): void {
    this.#count -= 1;
    if (circle.subscribers.size > 0) return;
    this.#circles.delete(key);
    this.#length -= circle.length;
    circle.group.then(
      (group) => group.close(),
      // Told to each who wanted to join.
      () => undefined,
    );
  }

  #checkRoom(): void {
    if (this.#isStopping) throw new StoreError('SHUTTING_DOWN', 'the gateway is shutting down: subscribe again elsewhere');
    const limit = this.#maxSubscribers;
    if (this.#count >= limit) throw new TooManySubscriptionsError(`there are ${limit.toLocaleString('en')} subscriptions already (MAX_SUBSCRIBERS)`, limit);
  }

  #told(error: unknown): readonly GraphQLFormattedError[] {
    if (error instanceof RefusedError) return error.errors.map((one) => formatError(one.toJSON(), one, this.#log));
    const { message, extensions } = toPublicError(error, this.#log);
    return [{ message, extensions }];
  }
}

/** What `after` would be refused for, by the name that the client has for it. */
function namingHeader(error: unknown): unknown {
  return error instanceof InvalidArgumentError && error.field === 'after' ? new InvalidArgumentError('Last-Event-ID', error.value, error.rule) : error;
}

/** Characters of the questions of all groups: parsed and compiled they take some fifty times as much memory. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** There is no room for another subscription. */
class TooManySubscriptionsError extends ThermographError {
  override readonly name = 'TooManySubscriptionsError';
  readonly code = 'TOO_MANY_SUBSCRIPTIONS';
  readonly limit: number;

  constructor(is: string, limit: number) {
    super(`${is}, and no more are taken: subscribe again later, or at another gateway over the same store`);
    this.limit = limit;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { limit: this.limit };
  }
}

const GONE: Subscription = { close: () => undefined };
