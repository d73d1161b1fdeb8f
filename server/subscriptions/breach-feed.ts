import type { Logger } from 'pino';
import { CursorExpiredError, numberBehind, readBreachCursor, writeBreachCursor } from '../../alerts/outbox/breach-cursor.ts';
import { BreachIndex } from '../../alerts/outbox/breach-index.ts';
import type { OutboxTail, TailListener, TailPosition, TailUpdate } from '../../alerts/outbox/outbox-tail.ts';
import type { BreachRow } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import { NotFoundError } from '../../db/errors.ts';
import type { Store } from '../../db/store.ts';
import type { BreachFilter } from '../../loaders/breach-filter.ts';
import { toPublicError } from '../format-error.ts';
import { Wheel } from '../wheel.ts';
import { BreachGroup, type BreachGroupHome, type BreachMessage } from './breach-group.ts';
import { BreachHistory } from './breach-history.ts';
import { replayBreaches } from './breach-replay.ts';
import { breachFilterIn, checkBreachFilter, createBreachSelector, subjectOf } from './breach-selection.ts';
import type { Feed } from './feed.ts';
import { FrameMemo } from './frame-memo.ts';
import type { FrameContext, FrameMaker } from './frames.ts';
import { Gate } from './gate.ts';
import type { Question } from './question.ts';
import type { Group, Subscriber } from './subscriber.ts';
import type { Frame } from './subscription.ts';
import { nextSlice, Slice, Turns } from './turns.ts';

/** What breaches are told with. */
export interface BreachFeedOptions {
  readonly store: Store;
  readonly tail: OutboxTail;
  readonly frames: FrameMaker;
  readonly log: Logger;
  /** Between two heartbeats of a subscriber. */
  readonly heartbeatMs: number;
  /** Bytes that a client may leave untaken. */
  readonly maxBacklog: number;
}

/** Heartbeats are sent in so many slices of their interval: those of ten thousand subscribers keep a breach waiting for a millisecond, not for fifty. */
const SLICES = 50;

/** Pieces of frames that are loaded for at the same time. */
const MOST_LOADING = 4;

/** Groups whose frames are made with one context. */
const TOGETHER = 64;

/** `Subscription.breaches`: what the tail reads goes to the groups that want it, each breach executed and written once a group; what was missed is told before. */
export class BreachFeed implements Feed, TailListener, BreachGroupHome {
  readonly field = 'breaches';
  readonly maxBacklog: number;
  readonly #options: BreachFeedOptions;
  readonly #history: BreachHistory;
  readonly #memo = new FrameMemo();
  readonly #turns = new Turns();
  readonly #gate = new Gate(MOST_LOADING);
  readonly #index = new BreachIndex<BreachGroup>();
  readonly #groups = new Set<BreachGroup>();
  readonly #wheel = new Wheel<Subscriber>(SLICES);
  readonly #timer: NodeJS.Timeout;
  #position: TailPosition;
  #catalogue: Catalogue;
  #places: string;
  #storeId: string;
  #opened = 0;

  private constructor(options: BreachFeedOptions, catalogue: Catalogue) {
    const { store, tail, frames, heartbeatMs, maxBacklog } = options;
    this.maxBacklog = maxBacklog;
    this.#options = options;
    this.#catalogue = catalogue;
    this.#places = placesOf(catalogue);
    this.#position = tail.position;
    this.#storeId = tail.state.storeId;
    this.#history = new BreachHistory({
      db: store.readPool,
      tail,
      givenThrough: () => this.#position.number,
      catalogueAt: (version) => this.#catalogueAt(version),
      openContext: (known) => frames.openShared(known),
      loads: (question) => frames.loads(question),
      whenRoom: (work) => this.whenRoom(work),
      frameOf: (question, message, context) => this.frameOf(question, message, context),
    });
    this.#timer = setInterval(() => this.#wheel.turn(beat), heartbeatMs / SLICES);
    this.#timer.unref();
    tail.follow(this);
  }

  /** Follows a tail from where it is; it is yet to run. Throws where the database cannot be reached. */
  static async start(options: BreachFeedOptions): Promise<BreachFeed> {
    const { store } = options;
    return new BreachFeed(options, await store.catalogue.current(store.readPool));
  }

  get position(): TailPosition {
    return this.#position;
  }

  async open(question: Question): Promise<Group> {
    const filter = breachFilterIn(question.args);
    await this.#check(filter);
    this.#opened += 1;
    const group = new BreachGroup({ id: this.#opened, question, filter, selection: createBreachSelector(this.#catalogue)(filter), home: this });
    this.#groups.add(group);
    this.#index.set(group, group.selection);
    return group;
  }

  closed(group: BreachGroup): void {
    this.#groups.delete(group);
    this.#index.delete(group);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.frames.stop();
    await this.#options.tail.stop();
  }

  async advanced({ rows, position, catalogueVersion }: TailUpdate): Promise<void> {
    const fresh = rows.filter(({ number }) => number > this.#position.number);
    if (fresh.length > 0) this.#renew(await this.#catalogueAt(catalogueVersion));
    await this.#flush(this.#give(fresh, position));
  }

  startedAnew(): void {
    const { tail, log } = this.#options;
    const before = this.#position;
    const followed = this.#storeId;
    this.#position = tail.position;
    this.#storeId = tail.state.storeId;
    this.#history.clear();
    this.#memo.clear();
    const oldest = writeBreachCursor(tail.state.storeId, tail.state.expiredThrough);
    log.warn({ number: before.number, groups: this.#groups.size }, 'subscriptions of breaches end: what they followed is gone');
    for (const group of this.#groups) {
      group.endAll(({ position }) => {
        const gone = new CursorExpiredError(writeBreachCursor(followed, position), 'is a place in an outbox that is gone', oldest);
        const { message, extensions } = toPublicError(gone, log);
        return { kind: 'errors', errors: [{ message, extensions }] };
      });
    }
  }

  cursorOf(number: number): string {
    return writeBreachCursor(this.#options.tail.state.storeId, number);
  }

  openContext(): FrameContext {
    return this.#options.frames.openShared(this.#catalogue);
  }

  whenRoom<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.pass(work);
  }

  frameOf(question: Question, message: BreachMessage, context: () => FrameContext): Frame | Promise<Frame> {
    const { cursor, breach, evaluatedThrough, live } = message;
    const key = `${question.shape}/${cursor}/${breach === null ? 'heartbeat' : 'breach'}/${evaluatedThrough}/${live}`;
    return this.#memo.get(key, cursor, () => this.#options.frames.make(question, message, context()));
  }

  async numberBehind(after: string): Promise<number> {
    const { tail } = this.#options;
    const place = readBreachCursor(after);
    // Another instance may have told of what this one has yet to read.
    if (place.storeId === tail.state.storeId && place.number > tail.state.lastNumber) await tail.look();
    return numberBehind(place, tail.state);
  }

  replay(group: BreachGroup, subscriber: Subscriber): Promise<void> {
    const { heartbeatMs } = this.#options;
    return replayBreaches({ group, subscriber, home: this, history: this.#history, turns: this.#turns, heartbeatMs });
  }

  live(subscriber: Subscriber): void {
    this.#wheel.add(subscriber);
  }

  gone(subscriber: Subscriber): void {
    this.#wheel.delete(subscriber);
  }

  /** By what is known, so that subscriptions can be resumed while the database cannot be reached; a metric may be newer than that. */
  async #check(filter: BreachFilter): Promise<void> {
    const { store } = this.#options;
    try {
      checkBreachFilter(store.catalogue.known ?? this.#catalogue, filter);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      checkBreachFilter(await store.catalogue.current(store.readPool), filter);
    }
  }

  /** Nothing is awaited in here: whoever joins is behind all of these breaches or before all of them. */
  #give(rows: readonly BreachRow[], position: TailPosition): readonly BreachGroup[] {
    const before = this.#position;
    const given = new Set<BreachGroup>();
    for (const row of rows) {
      for (const group of this.#index.matching(subjectOf(this.#catalogue, row))) {
        group.give(row, before);
        given.add(group);
      }
    }
    for (const group of given) group.isGivenThrough(position.evaluatedThrough);
    this.#position = position;
    return [...given];
  }

  async #flush(groups: readonly BreachGroup[]): Promise<void> {
    let slice = new Slice();
    for (let start = 0; start < groups.length; start += TOGETHER) {
      const ready = groups.slice(start, start + TOGETHER).filter(({ isIdle, waiting }) => isIdle && waiting > 0);
      if (ready.length === 0) continue;
      const context = this.openContext();
      await Promise.all(ready.map((group) => group.flush(context)));
      if (slice.isOver) slice = await nextSlice();
    }
  }

  /** Filters by place select by the places there are. */
  #renew(catalogue: Catalogue): void {
    if (catalogue === this.#catalogue) return;
    this.#catalogue = catalogue;
    const places = placesOf(catalogue);
    if (places === this.#places) return;
    this.#places = places;
    const select = createBreachSelector(catalogue);
    for (const group of this.#groups) {
      group.selection = select(group.filter);
      this.#index.set(group, group.selection);
    }
    this.#history.clear();
  }

  async #catalogueAt(version: number): Promise<Catalogue> {
    const { store } = this.#options;
    const { known } = store.catalogue;
    return known !== null && known.version >= version ? known : store.catalogue.current(store.readPool);
  }
}

/** Most changes of the catalogue are new series, which change no selection. */
function placesOf({ locations }: Catalogue): string {
  return JSON.stringify([...locations.values()]);
}

function beat(subscriber: Subscriber): void {
  if (subscriber.group instanceof BreachGroup) subscriber.group.beat(subscriber);
}
