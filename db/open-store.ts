import type pg from 'pg';
import { CatalogueCache } from './catalogue-cache.ts';
import { chooseEngine, createEngine } from './engines/choose.ts';
import type { EngineName } from './engines/engine.ts';
import { StoreError } from './errors.ts';
import { migrate } from './migrate.ts';
import { createPool } from './pool.ts';
import { createQuestionPool } from './question-pool.ts';
import { SeriesSpans } from './series-spans.ts';
import type { Store } from './store.ts';
import { MICROS_PER_HOUR } from './time/instant.ts';

/** The oldest server that will do, as its server_version_num. */
export const OLDEST_SERVER = 150_000;

/** What the store tells while it opens and runs; pino fits. */
export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How to open a store. `engine` asks for one where the store is new, and must agree with the recorded one where it is not. */
export interface StoreOptions {
  readonly url: string;
  readonly timezone: string;
  /** In microseconds; absent: an hour. */
  readonly lateAfter?: number;
  readonly log: StoreLog;
  readonly engine?: EngineName;
  /** Statements of questions are cut off after this long. */
  readonly statementTimeoutMs?: number;
  readonly readConnections?: number;
  readonly writeConnections?: number;
}

/** Connections that listen ask little, and are tried again at once. */
const LISTEN_MS = 5_000;
/** Whoever has one keeps it, such as each MQTT job the name of its session, so waiting for one would be in vain: made when needed, and hardly ever so many. */
const MOST_LISTENING = 100;

/** Opens a store: checks the server, brings the schema up to date, and answers the handle that everything else works with. Throws StoreError with what to do. */
export async function openStore(options: StoreOptions): Promise<Store> {
  let isClosing = false;
  // A pool has ended before the last of its connections has: a server that stops then breaks them, and nobody misses them.
  const onError = (error: Error) => {
    if (!isClosing) options.log.warn({ err: error }, 'idle database connection lost');
  };
  const writePool = createPool(options.url, { max: options.writeConnections ?? 14, statementTimeoutMs: 0, onError });
  const readPool = createQuestionPool(options.url, { max: options.readConnections ?? 10, statementTimeoutMs: options.statementTimeoutMs ?? 30_000, onError });
  const listenPool = createPool(options.url, { max: MOST_LISTENING, statementTimeoutMs: LISTEN_MS, connectTimeoutMs: LISTEN_MS, onError });
  const queuePool = createPool(options.url, { max: 10, statementTimeoutMs: 0, onError });
  const close = async () => {
    isClosing = true;
    await Promise.all([readPool.end(), writePool.end(), listenPool.end(), queuePool.end()]);
  };
  try {
    await checkServer(writePool);
    const { engine } = await migrate(writePool, (client) => engineForNewStore(client, options));
    if (options.engine !== undefined && options.engine !== engine) {
      throw new StoreError(
        'ENGINE_MISMATCH',
        `the store was created with the engine ${engine}, and an engine never changes: leave THERMOGRAPH_ENGINE unset, or load into a new database`,
      );
    }
    return {
      id: await selectStoreId(writePool),
      engine: createEngine(engine),
      readPool,
      writePool,
      listenPool,
      queuePool,
      catalogue: new CatalogueCache(),
      spans: new SeriesSpans(),
      timezone: options.timezone,
      lateAfter: options.lateAfter ?? MICROS_PER_HOUR,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function engineForNewStore(client: pg.PoolClient, options: StoreOptions): Promise<EngineName> {
  const choice = options.engine === 'postgres' ? { engine: options.engine, reason: 'asked for by setting' } : await chooseEngine(client);
  if (options.engine !== undefined && options.engine !== choice.engine)
    throw new StoreError(
      'ENGINE_UNAVAILABLE',
      `the engine ${options.engine} was asked for, but ${choice.reason}: mend that on the server, or leave THERMOGRAPH_ENGINE unset to have the engine postgres`,
    );
  options.log.info({ engine: choice.engine, reason: choice.reason }, 'new store');
  return choice.engine;
}

async function checkServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ number: number; version: string; encoding: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
  );
  const server = rows[0];
  if (server === undefined || server.number < OLDEST_SERVER) {
    throw new StoreError(
      'SERVER_TOO_OLD',
      `the database server is PostgreSQL ${server?.version ?? 'of an unknown version'}, but at least 15 is needed: name a newer one, or leave DATABASE_URL unset to have the embedded one`,
    );
  }
  if (server.encoding !== 'UTF8')
    throw new StoreError('WRONG_ENCODING', `the database's encoding is ${server.encoding}, but names need UTF8: create the database with encoding 'UTF8'`);
}

async function selectStoreId(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select id from store');
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('the store has no row in relation "store"');
  return id;
}
