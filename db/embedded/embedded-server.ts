import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StoreError } from '../errors.ts';
import { locateInstallation, removeOldCopies, usableBinaries } from './binaries.ts';
import { type Claim, claimCluster } from './claim.ts';
import { databaseUrl, openCluster } from './cluster.ts';
import { clusterDirectoryOf, prepareDataDirectory, removeUnfinished, unusable } from './data-directory.ts';
import { connectTo, own } from './owner-session.ts';
import type { PostmasterPlan } from './postmaster.ts';
import { chooseRunner } from './runner.ts';
import type { ServerLog } from './server-log.ts';
import { serverSettings } from './settings.ts';

/** How the embedded server is started. */
export interface EmbeddedServerOptions {
  /** THERMOGRAPH_DATA: made if it is missing. Relative paths are of the working directory. */
  readonly dataDirectory: string;
  readonly log: ServerLog;
  /** Called at most once, when the server has ended by itself and cannot be brought back, or another gateway has taken the directory: the process should end. */
  readonly onLost: (error: StoreError) => void;
  /** Settings of PostgreSQL beside ours, or instead of them, such as `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running PostgreSQL server that belongs to this process. */
export interface EmbeddedServer {
  /** The URL of one of its databases, with the password in it. Stays valid while the server is brought back after a crash. */
  url(database: string): string;
  /** Ends the server after what it is doing now (fast shutdown: open sessions are cut). Further calls wait for the same end. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL over the data directory, which is initialised at the first start; throws a StoreError that says what to do where that cannot be. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const startedAt = Date.now();
  // First, because where there are none a data directory is of no use.
  const installation = await locateInstallation();
  const runner = await chooseRunner(clusterDirectoryOf(options.dataDirectory));
  const dataDirectory = await prepareDataDirectory(options.dataDirectory, runner);
  try {
    const binaries = await usableBinaries(installation, dataDirectory, runner);
    const cluster = await openCluster(dataDirectory, binaries, runner);
    const settings = { ...(await serverSettings(cluster.name)), ...options.settings };
    const plan = { cluster, binaries, runner, settings, log: options.log };
    const stopping = new AbortController();
    const claim = await claimCluster(plan, null, stopping.signal);
    await Promise.all([removeOldCopies(dataDirectory, binaries), removeUnfinished(dataDirectory)]).catch((error: unknown) => {
      options.log.warn({ err: error }, 'could not remove what earlier starts have left in the data directory');
    });
    options.log.info(
      { dataDirectory, port: claim.postmaster.port, version: binaries.version, user: runner?.name, durationMs: Date.now() - startedAt },
      'embedded PostgreSQL started',
    );
    return new SupervisedServer(plan, claim, stopping, options.onLost);
  } catch (error) {
    throw error instanceof StoreError ? error : unusable(dataDirectory, error);
  }
}

/** Creates the database if the server does not have it. `serverUrl` is the URL of another database of the server, such as `postgres`. */
export async function createDatabaseIfMissing(serverUrl: string, database: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } catch (error) {
    // Another process has created it since we looked.
    if (!(error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505'))) throw error;
  } finally {
    await client.end();
  }
}

/** Five starts within a minute are more than accidents. */
const RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;
const RETRY_MS = 100;

/** Brings the server back, at the same port, when it ends without being told to. */
class SupervisedServer implements EmbeddedServer {
  readonly #plan: PostmasterPlan;
  readonly #stopping: AbortController;
  readonly #onLost: (error: StoreError) => void;
  readonly #port: number;
  #claim: Claim;
  #restarts: number[] = [];
  #recovering: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(plan: PostmasterPlan, claim: Claim, stopping: AbortController, onLost: (error: StoreError) => void) {
    this.#plan = plan;
    this.#claim = claim;
    this.#stopping = stopping;
    this.#onLost = onLost;
    this.#port = claim.postmaster.port;
    this.#watch();
  }

  url(database: string): string {
    return databaseUrl(this.#plan.cluster, this.#port, database);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const startedAt = Date.now();
    this.#stopping.abort();
    await this.#recovering;
    const { postmaster, owner } = this.#claim;
    if (!postmaster.hasEnded()) await postmaster.shutdown();
    await owner.end().catch(() => undefined);
    this.#plan.log.info({ durationMs: Date.now() - startedAt }, 'embedded PostgreSQL stopped');
  }

  /** The owner's session ends with the server; and without it when one of its processes crashes, which cuts all sessions. */
  #watch(): void {
    void this.#claim.owner.ended.then(() => {
      if (this.#stopping.signal.aborted) return;
      this.#recovering = this.#recover();
    });
  }

  async #recover(): Promise<void> {
    try {
      this.#claim = await this.#reclaim();
      this.#watch();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#onLost(
        error instanceof StoreError ? error : new StoreError('DATABASE_START_FAILED', 'the embedded PostgreSQL could not be brought back', { cause: error }),
      );
    }
  }

  async #reclaim(): Promise<Claim> {
    const { postmaster } = this.#claim;
    const { cluster, log } = this.#plan;
    while (!postmaster.hasEnded()) {
      this.#stopping.signal.throwIfAborted();
      const connected = await connectTo(cluster, this.#port);
      if (connected.kind === 'connected') {
        const owner = await own(connected.client, cluster);
        log.warn({}, 'embedded PostgreSQL had cut its sessions and is back');
        return { postmaster, owner };
      }
      await Promise.race([postmaster.ended, sleep(RETRY_MS)]);
    }
    const why = await postmaster.ended;
    this.#countRestart(why);
    log.warn({ why, postgres: postmaster.tail.lines().slice(-3) }, 'embedded PostgreSQL ended by itself; starting it again');
    return claimCluster(this.#plan, this.#port, this.#stopping.signal);
  }

  #countRestart(why: string): void {
    const now = Date.now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < RESTARTS_WITHIN_MS), now];
    if (this.#restarts.length <= RESTARTS) return;
    const lines = this.#claim.postmaster.tail.lines().join('\n');
    throw new StoreError('DATABASE_START_FAILED', `PostgreSQL has ended by itself ${RESTARTS + 1} times within a minute (${why}):\n${lines}`);
  }
}
