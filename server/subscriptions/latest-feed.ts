import type { Logger } from 'pino';
import type { Catalogue } from '../../db/catalogue.ts';
import { InvalidArgumentError, NotFoundError } from '../../db/errors.ts';
import type { Store } from '../../db/store.ts';
import { parseDuration } from '../../db/time/duration.ts';
import { MICROS_PER_DAY, now } from '../../db/time/instant.ts';
import { createBudget, type Limits } from '../../loaders/budget.ts';
import type { ReadingNode } from '../../loaders/latest.ts';
import { selectPresentSeries } from '../../loaders/latest-filter.ts';
import { LatestPicture } from '../../loaders/latest-picture.ts';
import { type Presence, presenceAt } from '../../loaders/presence.ts';
import type { SeriesFilter } from '../../loaders/select-series.ts';
import type { Feed } from './feed.ts';
import type { FrameMaker } from './frames.ts';
import { LatestGroup, type LatestGroupHome } from './latest-group.ts';
import type { Question } from './question.ts';
import type { Group } from './subscriber.ts';

/** What newest readings are told with. */
export interface LatestFeedOptions {
  readonly store: Store;
  readonly frames: FrameMaker;
  /** Of one execution, as of one request: a picture has no more members than the lists of an answer. */
  readonly limits: Limits;
  /** Bytes that a client may leave untaken; with a quarter of it untaken it is not sent the next frame. */
  readonly maxBacklog: number;
  readonly log: Logger;
}

const MIN_EVERY_MS = 100;
const MAX_EVERY_MS = 3_600_000;

/** `Subscription.latest`: one look at the store serves all subscribers, as often as the most impatient of them asks; while there are none, nobody looks. */
export class LatestFeed implements Feed, LatestGroupHome {
  readonly field = 'latest';
  readonly picture = new LatestPicture();
  readonly slowBacklog: number;
  readonly #options: LatestFeedOptions;
  readonly #groups = new Set<LatestGroup>();
  #catalogue: Catalogue | null = null;
  #presence: Presence | null = null;
  #timer: NodeJS.Timeout | null = null;
  #flushedAt = 0;
  /** The last look that was asked for. */
  #looking: Promise<void> | null = null;
  /** The same, where it has yet to begin. */
  #lookingNext: Promise<void> | null = null;
  #isFailing = false;

  constructor(options: LatestFeedOptions) {
    this.#options = options;
    this.slowBacklog = options.maxBacklog / 4;
  }

  async open(question: Question): Promise<Group> {
    const everyMs = readEvery(question.args);
    const filter = filterIn(question.args);
    const series = await this.#select(filter);
    createBudget(this.#options.limits).chargeNodes(series.length);
    const group = new LatestGroup({ question, filter, everyMs, series, home: this });
    // Who comes first is told when it joins.
    if (this.#groups.size === 0) this.#flushedAt = performance.now();
    this.#groups.add(group);
    this.#schedule();
    return group;
  }

  closed(group: LatestGroup): void {
    this.#groups.delete(group);
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#groups.clear();
    this.#schedule();
    await this.#looking?.catch(() => undefined);
  }

  look(): Promise<void> {
    // What is under way may have begun before this call.
    this.#lookingNext ??= this.#look(this.#looking);
    return this.#lookingNext;
  }

  make(question: Question, readings: readonly ReadingNode[]): string | Promise<string> {
    const { frames } = this.#options;
    if (this.#catalogue === null) throw new Error('a frame is to be made before the first look');
    return frames.make(question, readings, frames.openWhole(this.#catalogue));
  }

  /** Begins as soon as the look before is over, however that went: there is never more than one. */
  #look(before: Promise<void> | null): Promise<void> {
    const looking = this.#lookAfter(before).finally(() => {
      if (this.#looking !== looking) return;
      this.#looking = null;
      if (this.#groups.size === 0) this.#forget();
    });
    this.#looking = looking;
    return looking;
  }

  async #lookAfter(before: Promise<void> | null): Promise<void> {
    await before?.catch(() => undefined);
    this.#lookingNext = null;
    await this.#takeIn();
  }

  async #takeIn(): Promise<void> {
    const { store } = this.#options;
    const version = await this.picture.look(store.readPool);
    const { known } = store.catalogue;
    const catalogue = known !== null && known.version >= version ? known : await store.catalogue.current(store.readPool);
    const presence = presenceAt(catalogue, now());
    this.#catalogue = catalogue;
    if (presence === this.#presence) return;
    this.#presence = presence;
    for (const group of this.#groups) group.select(selectPresentSeries(catalogue, now(), group.filter));
  }

  /** Each flush is at least as long after the one before as the most impatient group asks. */
  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#groups.size === 0) {
      if (this.#looking === null) this.#forget();
      return;
    }
    const everyMs = Math.min(...[...this.#groups].map((group) => group.everyMs));
    this.#timer = setTimeout(() => void this.#tick(), Math.max(0, this.#flushedAt + everyMs - performance.now()));
  }

  async #tick(): Promise<void> {
    try {
      await (this.#looking ?? this.look());
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#options.log.warn({ err: error }, 'newest readings cannot be read: they are told as soon as they can be');
      this.#isFailing = true;
    }
    this.#flushedAt = performance.now();
    for (const group of this.#groups) group.flush(this.#flushedAt);
    this.#schedule();
  }

  /** A picture of everything is not kept for nobody. */
  #forget(): void {
    this.picture.forget();
    this.#presence = null;
  }

  /** By what is known; a metric may be newer than that. */
  async #select(filter: SeriesFilter): Promise<ReturnType<typeof selectPresentSeries>> {
    const { store } = this.#options;
    const { known } = store.catalogue;
    try {
      if (known !== null) return selectPresentSeries(known, now(), filter);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    return selectPresentSeries(await store.catalogue.current(store.readPool), now(), filter);
  }
}

/** The arguments of the subscription, which GraphQL has coerced by the schema. */
function filterIn(args: Readonly<Record<string, unknown>>): SeriesFilter {
  const filter: object = args;
  return filter;
}

function readEvery({ every }: Readonly<Record<string, unknown>>): number {
  const text = String(every);
  const { months, days, micros } = parseDuration(text, 'every');
  const everyMs = (days * MICROS_PER_DAY + micros) / 1000;
  if (months === 0 && everyMs >= MIN_EVERY_MS && everyMs <= MAX_EVERY_MS) return everyMs;
  throw new InvalidArgumentError('every', text, 'it must be from PT0.1S to PT1H: a fraction of a second is written as in PT0.1S');
}
