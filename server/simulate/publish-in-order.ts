import type { Message } from './messages.ts';
import type { Waiting } from './sink.ts';
import { sinkAway } from './sink-error.ts';
import { withPatience } from './with-patience.ts';

/**
 * Publishes messages, many under way at a time, until each has been acknowledged. Where one was not, it and all behind it are sent again: what comes behind a gap
 * would otherwise be overtaken by what fills it. `onFailure` throws what no patience helps against.
 */
export async function publishInOrder(messages: readonly Message[], publish: (message: Message) => Promise<unknown>, options: PublishOptions): Promise<void> {
  const { name, waiting, onFailure } = options;
  let acknowledged = 0;
  await withPatience(
    waiting,
    async () => {
      const outcomes = await Promise.allSettled(messages.slice(acknowledged).map(publish));
      const failed = outcomes.findIndex(({ status }) => status === 'rejected');
      if (failed === -1) return { done: null };
      acknowledged += failed;
      const outcome = outcomes[failed];
      const reason: unknown = outcome?.status === 'rejected' ? outcome.reason : null;
      onFailure(reason);
      return { passing: { reason: reason instanceof Error ? reason.message : String(reason), waitMs: 0 } };
    },
    (reason) => sinkAway(name, reason),
  );
}

export interface PublishOptions {
  /** Of the broker, in a sentence. */
  readonly name: string;
  readonly waiting: Waiting;
  readonly onFailure: (error: unknown) => void;
}
