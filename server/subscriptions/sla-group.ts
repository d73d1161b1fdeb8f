import type { SlaMissRow } from '../../db/etl/sla-miss-page.ts';
import type { Question } from './question.ts';
import type { Group, Subscriber } from './subscriber.ts';
import type { Frame } from './subscription.ts';

/** What a group needs of its feed. */
export interface SlaGroupHome {
  /** Of the newest miss that was given to its groups. */
  readonly position: number;
  /** Bytes that a client may leave untaken. */
  readonly maxBacklog: number;
  /** Resolves when the store was looked at after the call. */
  lookAfter(isWanted: () => boolean): Promise<void>;
  /** The id in a cursor. Throws InvalidArgumentError. */
  readAfter(cursor: string): number;
  /** Some of what was missed behind an id, by id; empty where there is no more. */
  history(jobs: readonly string[] | null, afterId: number, isWanted: () => boolean): Promise<readonly SlaMissRow[]>;
  make(question: Question, miss: SlaMissRow): Promise<Frame>;
  closed(group: SlaGroup): void;
}

/** Those who follow missed service levels with the same question: each miss is executed once and sent to all. */
export class SlaGroup implements Group {
  readonly jobs: readonly string[] | null;
  readonly #question: Question;
  readonly #home: SlaGroupHome;
  /** Their `position` is the id of the last miss that they were told, or that was there before them. */
  readonly #members = new Set<Subscriber>();
  #telling: Promise<void> = Promise.resolve();

  constructor(jobs: readonly string[] | null, question: Question, home: SlaGroupHome) {
    this.jobs = jobs;
    this.#question = question;
    this.#home = home;
  }

  async join(subscriber: Subscriber, after: string | null): Promise<void> {
    const isWanted = () => !subscriber.isOver;
    const from = after === null ? null : this.#home.readAfter(after);
    await this.#home.lookAfter(isWanted);
    subscriber.position = from ?? this.#home.position;
    while (isWanted() && subscriber.position < this.#home.position) {
      const through = this.#home.position;
      const missed = await this.#home.history(this.jobs, subscriber.position, isWanted);
      for (const miss of missed) await this.#tell([subscriber], miss);
      if (missed.length === 0) subscriber.position = through;
    }
    // Nothing is awaited between the look at the feed's position and this.
    if (isWanted()) this.#members.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    this.#members.delete(subscriber);
  }

  close(): void {
    this.#home.closed(this);
  }

  /** What is new, by id. Those who join while it is told are behind all of it. */
  give(misses: readonly SlaMissRow[]): void {
    const wanted = misses.filter(({ jobId }) => this.jobs === null || this.jobs.includes(jobId));
    if (wanted.length === 0) return;
    const members = [...this.#members];
    this.#telling = this.#telling.then(async () => {
      for (const miss of wanted) await this.#tell(members, miss);
    });
  }

  async #tell(subscribers: readonly Subscriber[], miss: SlaMissRow): Promise<void> {
    const frame = await this.#home.make(this.#question, miss);
    for (const subscriber of subscribers) {
      if (subscriber.isOver || subscriber.position >= miss.id) continue;
      subscriber.position = miss.id;
      if (subscriber.sink.backlog > this.#home.maxBacklog) subscriber.end({ kind: 'tooSlow' });
      else subscriber.sink.send(frame);
    }
  }
}
