import type { GraphQLFormattedError } from 'graphql';

/** One message of a subscription: an execution result as JSON text, made once for all subscribers that share it. */
export interface Frame {
  readonly json: string;
  /** Where a subscription goes on after this message; null where its feed has nothing to go on from. */
  readonly cursor: string | null;
}

/** How a subscription ends from our side: it is over, it was refused or cannot go on, or its client takes too slowly what is sent. */
export type SubscriptionEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'errors'; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: 'tooSlow' };

/** Where one subscription of one client goes: a socket or an event stream, behind a transport. Nothing of it may throw. */
export interface SubscriptionSink {
  send(frame: Frame): void;
  /** Bytes that the client has not taken yet. */
  readonly backlog: number;
  /** The last call; none comes after `close`. */
  end(end: SubscriptionEnd): void;
}

/** What a client asked for. */
export interface SubscriptionRequest {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  /** Of an event stream that was cut, Last-Event-ID: stands for the argument `after`. */
  readonly lastEventId?: string | null;
}

/** One subscription that runs. */
export interface Subscription {
  /** The client has gone or wants no more: nothing is sent after this. Calling it again does nothing. */
  close(): void;
}

/** All subscriptions of a process, whatever transport they came by. */
export interface Subscriptions {
  /** Never throws: what is refused goes to `sink.end`, which may be called before this returns. */
  subscribe(request: SubscriptionRequest, sink: SubscriptionSink): Subscription;
  /** Ends all that run as complete, and takes no more. */
  stop(): Promise<void>;
}
