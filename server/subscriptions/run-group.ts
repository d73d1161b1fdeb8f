import type { WatchedRun } from '../../db/etl/run-page.ts';
import type { Question } from './question.ts';
import type { Group, Subscriber } from './subscriber.ts';
import type { Frame } from './subscription.ts';

/** What a group needs of its feed. */
export interface RunGroupHome {
  /** A client that has yet to take more bytes than this is not sent the next frame. */
  readonly slowBacklog: number;
  /** How the run stands. Throws NotFoundError where there is none; waits where the database cannot be reached, for as long as `isWanted`. */
  read(id: string, isWanted: () => boolean): Promise<WatchedRun>;
  make(question: Question, watched: WatchedRun): Promise<string>;
  closed(group: RunGroup): void;
}

/** Those who follow a run with the same question: each state of it is executed and written once, and who takes slowly misses states but never the last. */
export class RunGroup implements Group {
  readonly runId: string;
  readonly #question: Question;
  readonly #home: RunGroupHome;
  /** Their `position` is the revision that they were told last. */
  readonly #members = new Set<Subscriber>();
  #seen: WatchedRun | null = null;
  #revision = 0;
  #told: { readonly revision: number; readonly frame: Frame; readonly isLast: boolean } | null = null;
  #isMaking = false;

  constructor(runId: string, question: Question, home: RunGroupHome) {
    this.runId = runId;
    this.#question = question;
    this.#home = home;
  }

  async join(subscriber: Subscriber): Promise<void> {
    const watched = await this.#home.read(this.runId, () => !subscriber.isOver);
    if (subscriber.isOver) return;
    this.#members.add(subscriber);
    this.take(watched);
  }

  leave(subscriber: Subscriber): void {
    this.#members.delete(subscriber);
  }

  close(): void {
    this.#home.closed(this);
  }

  /** How the run stands now. */
  take(watched: WatchedRun): void {
    if (this.#seen?.mark !== watched.mark) {
      this.#seen = watched;
      this.#revision += 1;
    }
    if (!this.#isMaking) void this.#make();
  }

  /** The run is no longer kept. */
  end(): void {
    for (const subscriber of this.#members) subscriber.end({ kind: 'complete' });
  }

  /** States that come while one is made are skipped but for the last of them. */
  async #make(): Promise<void> {
    this.#isMaking = true;
    while (this.#seen !== null && this.#told?.revision !== this.#revision && this.#members.size > 0) {
      const revision = this.#revision;
      const watched = this.#seen;
      const json = await this.#home.make(this.#question, watched);
      this.#told = { revision, frame: { json, cursor: null }, isLast: isFinished(watched) };
      this.#deliver();
    }
    this.#isMaking = false;
    this.#deliver();
  }

  #deliver(): void {
    if (this.#told === null) return;
    const { revision, frame, isLast } = this.#told;
    for (const subscriber of this.#members) {
      if (subscriber.isOver || subscriber.position === revision || subscriber.sink.backlog > this.#home.slowBacklog) continue;
      subscriber.position = revision;
      subscriber.sink.send(frame);
      if (isLast) subscriber.end({ kind: 'complete' });
    }
  }
}

function isFinished({ run: { state } }: WatchedRun): boolean {
  return state !== 'QUEUED' && state !== 'RUNNING';
}
