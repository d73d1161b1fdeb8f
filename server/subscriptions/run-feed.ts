import { setTimeout } from 'node:timers/promises';
import { NotFoundError } from '../../db/errors.ts';
import { selectWatchedRuns, type WatchedRun } from '../../db/etl/run-page.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { isRowId } from '../../loaders/etl-runs.ts';
import { asDatabaseError } from '../database-error.ts';
import { type EtlFollower, type EtlWatch, RUN_CHANNEL, type Woken } from './etl-watch.ts';
import type { Feed } from './feed.ts';
import type { FrameMaker } from './frames.ts';
import type { Question } from './question.ts';
import { RunGroup, type RunGroupHome } from './run-group.ts';
import type { Group } from './subscriber.ts';

/** What runs are told with. */
export interface RunFeedOptions {
  readonly store: Store;
  readonly watch: EtlWatch;
  readonly frames: FrameMaker;
  /** Bytes that a client may leave untaken; with a quarter of it untaken it is not sent the next frame. */
  readonly maxBacklog: number;
}

/** Until the database is asked again. */
const RETRY_MS = 500;

/** `Subscription.etlRun`: all runs that anybody follows are looked at with one statement, when one of them has changed or might have. */
export class RunFeed implements Feed, EtlFollower, RunGroupHome {
  readonly field = 'etlRun';
  readonly slowBacklog: number;
  readonly #options: RunFeedOptions;
  readonly #groups = new Set<RunGroup>();

  constructor(options: RunFeedOptions) {
    this.#options = options;
    this.slowBacklog = options.maxBacklog / 4;
    options.watch.add(this);
  }

  get isWatching(): boolean {
    return this.#groups.size > 0;
  }

  open(question: Question): Promise<Group> {
    const group = new RunGroup(String(question.args.id), question, this);
    this.#groups.add(group);
    this.#options.watch.begin();
    return Promise.resolve(group);
  }

  closed(group: RunGroup): void {
    this.#groups.delete(group);
  }

  async stop(): Promise<void> {
    this.#groups.clear();
    await this.#options.watch.stop();
  }

  async look(db: Queryable, woken: Woken): Promise<void> {
    const payloads = woken?.get(RUN_CHANNEL);
    if (woken !== null && payloads === undefined) return;
    const groups = [...this.#groups].filter(({ runId }) => isRowId(runId) && (payloads === undefined || payloads.has(runId)));
    if (groups.length === 0) return;
    const ids = new Set(groups.map(({ runId }) => Number(runId)));
    const runs = new Map((await selectWatchedRuns(db, [...ids])).map((watched) => [String(watched.run.id), watched]));
    for (const group of groups) {
      const watched = runs.get(group.runId);
      if (watched === undefined) group.end();
      else group.take(watched);
    }
  }

  async read(id: string, isWanted: () => boolean): Promise<WatchedRun> {
    const watched = isRowId(id) ? await this.#readPatiently(Number(id), isWanted) : undefined;
    if (watched === undefined) throw new NotFoundError('id', id, 'run', []);
    return watched;
  }

  async make(question: Question, { run }: WatchedRun): Promise<string> {
    const { store, frames } = this.#options;
    const catalogue = await store.catalogue.current(store.readPool).catch(() => store.catalogue.known);
    if (catalogue === null) throw new Error('a run was read before the catalogue');
    return frames.make(question, run, frames.openShared(catalogue));
  }

  /** A client that was told that the database is away would take it for the end. */
  async #readPatiently(id: number, isWanted: () => boolean): Promise<WatchedRun | undefined> {
    const { store } = this.#options;
    for (;;) {
      try {
        await store.catalogue.current(store.readPool);
        return (await selectWatchedRuns(store.readPool, [id]))[0];
      } catch (error) {
        if (!isWanted() || asDatabaseError(error)?.code !== 'DATABASE_UNAVAILABLE') throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }
}
