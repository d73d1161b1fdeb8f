import type { SeriesRow } from '../../db/catalogue.ts';
import type { ReadingNode } from '../../loaders/latest.ts';
import type { LatestPicture } from '../../loaders/latest-picture.ts';
import type { SeriesFilter } from '../../loaders/select-series.ts';
import type { Question } from './question.ts';
import type { Group, Subscriber } from './subscriber.ts';
import type { Frame } from './subscription.ts';

/** What a group needs of its feed. */
export interface LatestGroupHome {
  readonly picture: LatestPicture;
  /** A client that has yet to take more bytes than this is not sent the next frame. */
  readonly slowBacklog: number;
  /** Resolves when the store was looked at after the call. */
  look(): Promise<void>;
  make(question: Question, readings: readonly ReadingNode[]): string | Promise<string>;
  closed(group: LatestGroup): void;
}

/** What a group is made of. */
export interface LatestGroupParts {
  readonly question: Question;
  readonly filter: SeriesFilter;
  /** The least time between two frames of a subscriber. */
  readonly everyMs: number;
  /** What the filter selects by now, in the order of frames. */
  readonly series: readonly SeriesRow[];
  readonly home: LatestGroupHome;
}

/** One who has had the whole picture, or is about to. */
interface Member {
  readonly subscriber: Subscriber;
  /** Up to which revision of the picture it was told, or is being told. */
  revision: number;
  /** When it may be sent the next frame. */
  notBefore: number;
  /** Its frame is being made. */
  isWaiting: boolean;
}

/** Of one who is yet to be told anything. */
const NEVER = -1;

/** Timers may be early by a part of a millisecond. */
const EARLY_MS = 2;

/**
 * Those who follow newest readings with the same question. Who was told as much gets the same frame, made once. One that takes too slowly is not sent frames, and nothing is
 * kept for it: what it has missed is in the picture, and comes in one frame when it has taken what it was sent.
 */
export class LatestGroup implements Group {
  readonly filter: SeriesFilter;
  readonly everyMs: number;
  readonly #question: Question;
  readonly #home: LatestGroupHome;
  readonly #members = new Map<Subscriber, Member>();
  #wanted: ReadonlyMap<number, SeriesRow>;
  /** With which revision a series came in whose newest reading was there before, such as that of a sensor that was moved. */
  readonly #entered = new Map<number, number>();
  #whole: { readonly revision: number; readonly json: string | Promise<string> } | null = null;

  constructor({ question, filter, everyMs, series, home }: LatestGroupParts) {
    this.#question = question;
    this.filter = filter;
    this.everyMs = everyMs;
    this.#wanted = byId(series);
    this.#home = home;
  }

  async join(subscriber: Subscriber): Promise<void> {
    await this.#home.look();
    if (subscriber.isOver) return;
    const member: Member = { subscriber, revision: NEVER, notBefore: 0, isWaiting: false };
    this.#members.set(subscriber, member);
    // Pictures are large: who has yet to take one of another subscription waits.
    if (subscriber.sink.backlog > this.#home.slowBacklog) return;
    const { revision } = this.#home.picture;
    if (this.#whole?.revision !== revision) this.#whole = { revision, json: this.#make([...this.#wanted.keys()]) };
    member.revision = revision;
    this.#send([member], this.#whole.json, performance.now());
  }

  leave(subscriber: Subscriber): void {
    this.#members.delete(subscriber);
  }

  close(): void {
    this.#home.closed(this);
  }

  /** What the filter selects has changed. Nothing is told any more of what is wanted no more. */
  select(series: readonly SeriesRow[]): void {
    const entered = series.filter(({ id }) => !this.#wanted.has(id));
    this.#wanted = byId(series);
    this.#whole = null;
    for (const id of this.#entered.keys()) if (!this.#wanted.has(id)) this.#entered.delete(id);
    if (entered.length === 0) return;
    const revision = this.#home.picture.raise();
    for (const { id } of entered) this.#entered.set(id, revision);
  }

  /** Sends all that changed since they were told to those who are due and have taken what they were sent. */
  flush(now: number): void {
    this.#whole = null;
    const { revision } = this.#home.picture;
    for (const [since, members] of this.#due(now)) {
      for (const member of members) member.revision = revision;
      const changed = this.#changedSince(since);
      if (changed.length > 0 || since === NEVER) this.#send(members, this.#make(changed), now);
    }
  }

  /** By the revision up to which they were told. */
  #due(now: number): ReadonlyMap<number, readonly Member[]> {
    const { picture, slowBacklog } = this.#home;
    const due = new Map<number, Member[]>();
    for (const member of this.#members.values()) {
      const { subscriber, revision, notBefore, isWaiting } = member;
      if (isWaiting || revision === picture.revision || notBefore > now + EARLY_MS || subscriber.sink.backlog > slowBacklog) continue;
      const others = due.get(revision);
      if (others === undefined) due.set(revision, [member]);
      else others.push(member);
    }
    return due;
  }

  /** In the order of frames. */
  #changedSince(revision: number): readonly number[] {
    const changed = new Set(this.#home.picture.changedSince(revision, this.#wanted));
    for (const [id, since] of this.#entered) if (since > revision) changed.add(id);
    return changed.size === 0 ? [] : [...this.#wanted.keys()].filter((id) => changed.has(id));
  }

  #make(seriesIds: readonly number[]): string | Promise<string> {
    return this.#home.make(
      this.#question,
      seriesIds.flatMap((id) => this.#newestOf(id)),
    );
  }

  #newestOf(id: number): ReadingNode | readonly [] {
    const series = this.#wanted.get(id);
    const row = this.#home.picture.newestOf(id);
    return series === undefined || row === null ? [] : { series, time: row.time, value: row.value, derived: row.derived, judgedAt: 'now' };
  }

  #send(members: readonly Member[], json: string | Promise<string>, now: number): void {
    for (const member of members) member.notBefore = now + this.everyMs;
    if (typeof json === 'string') {
      deliver(members, json);
      return;
    }
    for (const member of members) member.isWaiting = true;
    void json.then((text) => {
      for (const member of members) member.isWaiting = false;
      deliver(members, text);
    });
  }
}

function deliver(members: readonly Member[], json: string): void {
  const frame: Frame = { json, cursor: null };
  for (const { subscriber } of members) if (!subscriber.isOver) subscriber.sink.send(frame);
}

function byId(series: readonly SeriesRow[]): ReadonlyMap<number, SeriesRow> {
  return new Map(series.map((row) => [row.id, row]));
}
