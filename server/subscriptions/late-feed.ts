import { setTimeout } from 'node:timers/promises';
import type { Feed } from './feed.ts';
import type { Question } from './question.ts';
import type { Group } from './subscriber.ts';

/** Until the start is tried again. */
const RETRY_MS = 1_000;

/** A feed that could not be started yet: who subscribes waits for it. */
export class LateFeed implements Feed {
  readonly field: string;
  readonly #feed: Promise<Feed>;

  /** `start` is tried until it works, or the signal aborts. */
  constructor(field: string, start: () => Promise<Feed>, signal: AbortSignal) {
    this.field = field;
    this.#feed = untilStarted(start, signal);
    // Told to each who waits for it.
    this.#feed.catch(() => undefined);
  }

  async open(question: Question): Promise<Group> {
    return (await this.#feed).open(question);
  }

  async stop(): Promise<void> {
    const feed = await this.#feed.catch(() => null);
    await feed?.stop();
  }
}

async function untilStarted(start: () => Promise<Feed>, signal: AbortSignal): Promise<Feed> {
  for (;;) {
    await setTimeout(RETRY_MS, undefined, { signal });
    const feed = await start().catch(() => null);
    if (feed !== null) return feed;
  }
}
