import type { BreachSelection } from '../../alerts/outbox/breach-index.ts';
import type { TailPosition } from '../../alerts/outbox/outbox-tail.ts';
import type { BreachRow } from '../../db/breach.ts';
import type { BreachFilter } from '../../loaders/breach-filter.ts';
import type { FrameContext } from './frames.ts';
import { PieceSize } from './piece.ts';
import type { Question } from './question.ts';
import type { Group, Subscriber } from './subscriber.ts';
import type { Frame, SubscriptionEnd } from './subscription.ts';
import { nextSlice, Slice } from './turns.ts';

/** What `Subscription.breaches` resolves a frame from. */
export interface BreachMessage {
  readonly cursor: string;
  /** Null in a heartbeat. */
  readonly breach: BreachRow | null;
  readonly evaluatedThrough: string;
  readonly live: boolean;
}

/** What a group needs of its feed. */
export interface BreachGroupHome {
  /** Up to which breach everything has been given to its groups. */
  readonly position: TailPosition;
  /** Bytes that a client may leave untaken. */
  readonly maxBacklog: number;
  cursorOf(number: number): string;
  openContext(): FrameContext;
  /** At once where nothing has to be loaded for it. */
  frameOf(question: Question, message: BreachMessage, context: () => FrameContext): Frame | Promise<Frame>;
  /** Goes on as soon as little enough is being loaded for frames. */
  whenRoom<T>(work: () => Promise<T>): Promise<T>;
  /** Tells what was missed since the subscriber's position, then admits it. */
  replay(group: BreachGroup, subscriber: Subscriber): Promise<void>;
  /** Where a cursor points to. Throws CursorExpiredError and InvalidArgumentError. */
  numberBehind(after: string): Promise<number>;
  /** It is sent heartbeats from now on, or no more. */
  live(subscriber: Subscriber): void;
  gone(subscriber: Subscriber): void;
  closed(group: BreachGroup): void;
}

/** What a group is made of. */
export interface BreachGroupParts {
  readonly id: number;
  readonly question: Question;
  readonly filter: BreachFilter;
  readonly selection: BreachSelection;
  readonly home: BreachGroupHome;
}

/** A breach that waits for its frame. */
interface Waiting {
  readonly row: BreachRow;
  evaluatedThrough: string;
}

/** A breach whose frame is made, or is being made. */
interface Made {
  readonly position: TailPosition;
  readonly frame: Frame | Promise<Frame>;
}

/** Breaches that may wait for their frames: a question that takes so long to answer that more come in does not keep up. */
const MOST_WAITING = 2_000;

/** Those who follow breaches with the same question: each breach is executed once and sent to all. */
export class BreachGroup implements Group {
  /** No other group of this process has it, or had it. */
  readonly id: number;
  readonly question: Question;
  readonly filter: BreachFilter;
  /** What the filter selects by the places there are. */
  selection: BreachSelection;
  readonly #home: BreachGroupHome;
  /** Those who have been told all that came before. */
  readonly #members = new Set<Subscriber>();
  /** Those who are yet to be. */
  readonly #replaying = new Set<Subscriber>();
  #waiting: Waiting[] = [];
  #isBusy = false;
  readonly #piece = new PieceSize();
  /** The last frames had to be loaded for. */
  #loads = false;
  /** Up to where all was sent, while something is yet to be. */
  #sent: TailPosition | null = null;
  #heartbeat: { readonly position: TailPosition; readonly frame: Frame } | null = null;

  constructor({ id, question, filter, selection, home }: BreachGroupParts) {
    this.id = id;
    this.question = question;
    this.filter = filter;
    this.selection = selection;
    this.#home = home;
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async join(subscriber: Subscriber, after: string | null): Promise<void> {
    if (after === null) {
      subscriber.position = this.#home.position.number;
      this.admit(subscriber);
      return;
    }
    subscriber.position = await this.#home.numberBehind(after);
    if (subscriber.isOver) return;
    this.#replaying.add(subscriber);
    await this.#home.replay(this, subscriber);
  }

  /** From now on it is sent what comes. Only one that was told everything up to the feed's position may come in: nothing can be committed in between. */
  admit(subscriber: Subscriber): void {
    this.#replaying.delete(subscriber);
    this.#members.add(subscriber);
    this.#home.live(subscriber);
    const { position } = this.#home;
    const { number } = position;
    subscriber.sink.send(this.#heartbeatAt(subscriber.position === number ? position : { ...position, number: subscriber.position }));
  }

  leave(subscriber: Subscriber): void {
    this.#replaying.delete(subscriber);
    if (this.#members.delete(subscriber)) this.#home.gone(subscriber);
  }

  close(): void {
    this.#home.closed(this);
  }

  /** A client that does not take what it is sent is told to come back: what it missed is kept for it, and not in this process. */
  send(subscriber: Subscriber, frame: Frame): void {
    if (subscriber.sink.backlog > this.#home.maxBacklog) subscriber.end({ kind: 'tooSlow' });
    else subscriber.sink.send(frame);
  }

  /** `before` is the feed's position before this breach. */
  give(row: BreachRow, before: TailPosition): void {
    if (this.#members.size === 0) return;
    if (!this.#isBusy && this.#waiting.length === 0) this.#sent = before;
    this.#waiting.push({ row, evaluatedThrough: before.evaluatedThrough });
    if (this.#waiting.length > MOST_WAITING) this.endAll(() => ({ kind: 'tooSlow' }));
  }

  /** What was given last is the last of all up to this instant. */
  isGivenThrough(evaluatedThrough: string): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined) last.evaluatedThrough = evaluatedThrough;
  }

  /** Sends what waits. Resolves when it is sent; where something has to be loaded for it, at once, and goes on by itself: nobody else waits for that. */
  async flush(context: FrameContext): Promise<void> {
    this.#isBusy = true;
    const sending = this.#run(this.#take(context));
    if (!this.#loads) await sending;
  }

  /** The heartbeat of its time, made once for all who have been told as much. */
  beat(subscriber: Subscriber): void {
    const position = this.#sent ?? this.#home.position;
    // It has just been told more: that was a sign of life too.
    if (subscriber.position > position.number) return;
    // A heartbeat tells nothing that the next frame does not: what waits may be the picture of another subscription of its socket, which is no reason to close that.
    if (subscriber.sink.backlog > this.#home.maxBacklog) return;
    this.send(subscriber, this.#heartbeatAt(position));
  }

  /** A frame without a breach. */
  heartbeat(message: BreachMessage): Frame {
    const frame = this.#home.frameOf(this.question, message, () => this.#home.openContext());
    if (frame instanceof Promise) throw new Error('a heartbeat has nothing that could be loaded');
    return frame;
  }

  /** Ends all that there are, whether they have been told everything or not. */
  endAll(endOf: (subscriber: Subscriber) => SubscriptionEnd): void {
    this.#waiting = [];
    for (const subscriber of [...this.#members, ...this.#replaying]) subscriber.end(endOf(subscriber));
  }

  /** Begins to make the next frames. */
  #take(context: FrameContext): readonly Made[] {
    const made = this.#waiting.splice(0, this.#piece.size).map(({ row, evaluatedThrough }) => {
      const message = { cursor: this.#home.cursorOf(row.number), breach: row, evaluatedThrough, live: true };
      return { position: { number: row.number, evaluatedThrough }, frame: this.#home.frameOf(this.question, message, () => context) };
    });
    this.#loads = made.some(({ frame }) => frame instanceof Promise);
    return made;
  }

  async #run(first: readonly Made[]): Promise<void> {
    await this.#sendAll(first);
    while (this.#waiting.length > 0) await this.#sendAll(this.#loads ? await this.#load() : this.#take(this.#home.openContext()));
    this.#isBusy = false;
    this.#sent = null;
  }

  /** The next frames, all made. */
  #load(): Promise<readonly Made[]> {
    return this.#home.whenRoom(async () => {
      const made = this.#take(this.#home.openContext());
      for (const { frame } of made) await frame;
      return made;
    });
  }

  async #sendAll(batch: readonly Made[]): Promise<void> {
    let slice = new Slice();
    const frames: Frame[] = [];
    for (const { position, frame: made } of batch) {
      const frame = made instanceof Promise ? await made : made;
      frames.push(frame);
      for (const member of this.#members) {
        if (member.position >= position.number) continue;
        member.position = position.number;
        this.send(member, frame);
      }
      this.#sent = position;
      if (slice.isOver) slice = await nextSlice();
    }
    this.#piece.learn(frames);
  }

  /** Remembered, as the position is the same for all for a while. */
  #heartbeatAt(position: TailPosition): Frame {
    if (this.#heartbeat?.position !== position) {
      const { number, evaluatedThrough } = position;
      this.#heartbeat = { position, frame: this.heartbeat({ cursor: this.#home.cursorOf(number), breach: null, evaluatedThrough, live: true }) };
    }
    return this.#heartbeat.frame;
  }
}
