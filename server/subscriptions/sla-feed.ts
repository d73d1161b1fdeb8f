import { setTimeout } from 'node:timers/promises';
import type { Catalogue } from '../../db/catalogue.ts';
import { type SlaMissRow, selectLastSlaMiss, selectSlaMisses } from '../../db/etl/sla-miss-page.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { readSlaMissCursor, writeSlaMissCursor } from '../../loaders/etl-runs.ts';
import { asDatabaseError } from '../database-error.ts';
import { type EtlFollower, type EtlWatch, SLA_CHANNEL, type Woken } from './etl-watch.ts';
import type { Feed } from './feed.ts';
import type { FrameMaker } from './frames.ts';
import type { Question } from './question.ts';
import { SlaGroup, type SlaGroupHome } from './sla-group.ts';
import type { Group } from './subscriber.ts';
import type { Frame } from './subscription.ts';

/** What missed service levels are told with. */
export interface SlaFeedOptions {
  readonly store: Store;
  readonly watch: EtlWatch;
  readonly frames: FrameMaker;
  /** Bytes that a client may leave untaken. */
  readonly maxBacklog: number;
}

const PAGE = 100;
/** Until the database is asked again. */
const RETRY_MS = 500;

/** `Subscription.slaMissed`: misses have ids in the order of their commits, so what lies behind the last one that was given is new. */
export class SlaFeed implements Feed, EtlFollower, SlaGroupHome {
  readonly field = 'slaMissed';
  readonly maxBacklog: number;
  readonly #options: SlaFeedOptions;
  readonly #groups = new Set<SlaGroup>();
  #position: number | null = null;
  #isStopped = false;

  constructor(options: SlaFeedOptions) {
    this.#options = options;
    this.maxBacklog = options.maxBacklog;
    options.watch.add(this);
  }

  get isWatching(): boolean {
    return this.#groups.size > 0;
  }

  get position(): number {
    return this.#position ?? 0;
  }

  open({ args, ...question }: Question): Promise<Group> {
    const jobs = Array.isArray(args.jobs) ? args.jobs.map(String) : null;
    const group = new SlaGroup(jobs, { args, ...question }, this);
    this.#groups.add(group);
    this.#options.watch.begin();
    return Promise.resolve(group);
  }

  closed(group: SlaGroup): void {
    this.#groups.delete(group);
    // While nobody follows, nobody looks.
    if (this.#groups.size === 0) this.#position = null;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#groups.clear();
    await this.#options.watch.stop();
  }

  async look(db: Queryable, woken: Woken): Promise<void> {
    if (woken !== null && !woken.has(SLA_CHANNEL)) return;
    for (;;) {
      const from = this.#position;
      if (from === null) {
        const newest = await selectLastSlaMiss(db);
        this.#position ??= newest;
        return;
      }
      const misses = await selectSlaMisses(db, { jobIds: null, afterId: from, limit: PAGE });
      // Somebody else may have looked, or all have gone, while this was read.
      if (this.#position !== from) continue;
      if (misses.length === 0) return;
      this.#position = misses.at(-1)?.id ?? from;
      for (const group of this.#groups) group.give(misses);
    }
  }

  async lookAfter(isWanted: () => boolean): Promise<void> {
    await this.#catalogue(isWanted);
    await patiently(isWanted, () => this.look(this.#options.store.readPool, null));
  }

  readAfter(cursor: string): number {
    return readSlaMissCursor(cursor) ?? 0;
  }

  history(jobs: readonly string[] | null, afterId: number, isWanted: () => boolean): Promise<readonly SlaMissRow[]> {
    return patiently(isWanted, () => selectSlaMisses(this.#options.store.readPool, { jobIds: jobs, afterId, limit: PAGE }));
  }

  async make(question: Question, miss: SlaMissRow): Promise<Frame> {
    const { store, frames } = this.#options;
    const catalogue = await this.#catalogue(() => !this.#isStopped).catch(() => store.catalogue.known);
    if (catalogue === null) throw new Error('a miss was read before the catalogue');
    const json = await frames.make(question, miss, frames.openShared(catalogue));
    return { json, cursor: writeSlaMissCursor(miss.id) };
  }

  #catalogue(isWanted: () => boolean): Promise<Catalogue> {
    const { store } = this.#options;
    return patiently(isWanted, () => store.catalogue.current(store.readPool));
  }
}

/** A client that was told that the database is away would take it for the end. */
async function patiently<T>(isWanted: () => boolean, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isWanted() || asDatabaseError(error)?.code !== 'DATABASE_UNAVAILABLE') throw error;
      await setTimeout(RETRY_MS);
    }
  }
}
