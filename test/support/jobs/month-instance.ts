import { openStore } from '../../../db/open-store.ts';
import type { Store } from '../../../db/store.ts';
import type { Instant } from '../../../db/time/instant.ts';
import type { RunContext } from '../../../etl/connect/connector.ts';
import type { Clock } from '../../../etl/jobs/clock.ts';
import type { Job } from '../../../etl/jobs/job.ts';
import { fixedJobLibrary } from '../../../etl/jobs/job-library.ts';
import { JobPasses } from '../../../etl/jobs/job-passes.ts';
import { watchedStore } from '../../../server/meter.ts';
import type { TestDatabase } from '../database.ts';
import { CuttingProxy } from '../faults/cutting-proxy.ts';
import { SILENT } from './jobs.ts';
import { followedConnector, type MonthScene, windowedConnector } from './month-connector.ts';
import type { Fault } from './month-faults.ts';

/** What an instance of the month is made of. */
export interface MonthInstanceOptions {
  readonly database: TestDatabase;
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly host: string;
  readonly start: Instant;
  readonly faultOf: (context: RunContext) => Fault | null;
  readonly onHang: (instance: MonthInstance, fault: Fault) => void;
}

/** An instance that reaches the database over a line of its own. */
export class MonthInstance {
  readonly host: string;
  readonly passes: JobPasses;
  readonly #store: Store;
  readonly #proxy: CuttingProxy;
  readonly #database: TestDatabase;
  isDead = false;

  private constructor(options: MonthInstanceOptions, store: Store, proxy: CuttingProxy) {
    this.host = options.host;
    this.#store = store;
    this.#proxy = proxy;
    this.#database = options.database;
    let failsValidation = false;
    const failing = watchedStore(store, (statement, send) => {
      if (!failsValidation || !textOf(statement).includes('own as materialized')) return send();
      failsValidation = false;
      throw new Error('the database is in recovery mode');
    });
    const scene: MonthScene = {
      start: options.start,
      faultOf: options.faultOf,
      onHang: (fault) => options.onHang(this, fault),
      cut: async (processId) => void (await options.database.pool.query('select pg_terminate_backend($1)', [processId])),
      failValidation: () => {
        failsValidation = true;
      },
    };
    const windowed = windowedConnector(scene);
    const followed = followedConnector(scene);
    const none = () => Promise.reject(new Error('the month has no streams'));
    this.passes = new JobPasses({
      store: failing,
      library: fixedJobLibrary(options.jobs),
      connectors: { http: () => Promise.resolve(windowed), files: () => Promise.resolve(followed), database: none, mqtt: none, kafka: none, nats: none },
      log: SILENT,
      clock: options.clock,
      sourcesFolder: 'sources',
      host: options.host,
      concurrency: 2,
    });
  }

  static async start(options: MonthInstanceOptions): Promise<MonthInstance> {
    const proxy = await CuttingProxy.open();
    const url = new URL(options.database.url);
    proxy.leadTo(Number(url.port === '' ? 5432 : url.port));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const store = await openStore({ url: url.href, timezone: 'UTC', log: SILENT });
    return new MonthInstance(options, store, proxy);
  }

  /** Resets all its connections; it may make new ones. */
  async part(): Promise<void> {
    await this.#proxy.part(0);
  }

  /** It reaches nothing any more, and never will. */
  async kill(): Promise<void> {
    this.isDead = true;
    this.#proxy.leadTo(null);
    await this.#proxy.part(0);
  }

  /** Cuts the one connection that shows that it is alive. */
  async unseat(): Promise<void> {
    await this.#database.pool.query(
      `select pg_terminate_backend(pid)
         from pg_locks join etl_instance on id = objid::int
        where locktype = 'advisory' and classid = ${0x7468726e} and host = $1
          and database = (select oid from pg_database where datname = current_database())`,
      [this.host],
    );
  }

  async close(): Promise<void> {
    if (!this.isDead) await this.passes.end();
    await this.#proxy.close();
    // Of the dead nothing is waited for.
    const closing = this.#store.close().catch(() => undefined);
    if (!this.isDead) await closing;
  }
}

function textOf(statement: unknown): string {
  return typeof statement === 'object' && statement !== null && 'text' in statement ? String(statement.text) : String(statement);
}
