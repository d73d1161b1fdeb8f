import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import { ConnectError } from './connect-error.ts';
import { dialects } from './database-dialects.ts';
import { clientOf, type DatabaseClient, type DatabaseSource } from './database-schema.ts';
import type { TextRows } from './text-rows.ts';

/** A database that is read from. */
export interface SourceDatabase {
  readonly client: DatabaseClient;
  /** For putting questions together. */
  readonly knex: Knex;
  /** Asks. Throws ConnectError, also where the signal aborts. */
  select(question: Knex.QueryBuilder): Promise<TextRows>;
  close(): Promise<void>;
}

/** How a database is opened. */
export interface OpenDatabaseOptions {
  readonly source: DatabaseSource;
  /** Whether times without an offset have a zone: of SQL Server it cannot be told otherwise whether a time is one of a clock. */
  readonly hasZone: boolean;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 15_000;
/** The server itself cuts a statement off; this is for one that no longer answers at all. */
const SILENCE_MS = 15_000;
const CLOSE_MS = 5_000;

/** The package that a client needs and that is not among ours, and what is known of it. */
const NOT_BUNDLED: Readonly<Partial<Record<DatabaseClient, string>>> = { mssql: 'tedious', oracledb: 'oracledb' };

/** Opens a database for reading: one connection, of a session that may not write. It is made with the first question. */
export async function openDatabase({ source, hasZone, signal }: OpenDatabaseOptions): Promise<SourceDatabase> {
  const client = clientOf(source.url);
  if (client === null) throw new Error('the URL was not checked');
  checkDriver(client);
  // Only where a job reads a database is the builder loaded.
  const { default: createKnex } = await import('knex');
  const dialect = dialects[client];
  const timeoutMs = Math.ceil(source.statementTimeout / 1000);
  const knex = createKnex({
    client,
    connection: dialect.connection(urlOf(source), { connectMs: CONNECT_MS, statementMs: timeoutMs }),
    pool: {
      min: 0,
      max: 1,
      acquireTimeoutMillis: CONNECT_MS,
      afterCreate: (connection: unknown, done: (error: unknown, connection: unknown) => void) => {
        dialect.prepare(connection, timeoutMs).then(
          () => done(null, connection),
          (error: unknown) => done(error, connection),
        );
      },
    },
    acquireConnectionTimeout: CONNECT_MS,
    ...dialect.knex,
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
  });
  const place = placeOf(source.url);
  return {
    client,
    knex,
    select: async (question) => {
      signal.throwIfAborted();
      const { sql, bindings } = question.toSQL();
      const asked = knex
        .raw(sql, [...bindings])
        .options(dialect.options ?? {})
        .timeout(timeoutMs + SILENCE_MS);
      try {
        return dialect.read(await untilAborted(asked, signal), hasZone);
      } catch (error) {
        signal.throwIfAborted();
        throw new ConnectError(`${place} does not answer: ${reasonOf(error, source, place)}`, { cause: error });
      }
    },
    // A question that is under way keeps the builder from ending.
    close: () => Promise.race([knex.destroy().catch(ignore), new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref())]),
  };
}

/** The database without user and password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}${port === '' ? '' : `:${port}`}${decodeURIComponent(pathname)}`;
}

function urlOf({ url, user, password }: DatabaseSource): URL {
  const parsed = new URL(url);
  if (user !== null) parsed.username = encodeURIComponent(user);
  if (password !== null) parsed.password = encodeURIComponent(password);
  return parsed;
}

function checkDriver(client: DatabaseClient): void {
  const name = NOT_BUNDLED[client];
  if (name === undefined) return;
  try {
    createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    const which = client === 'mssql' ? 'SQL Server' : 'Oracle';
    throw new ConnectError(
      `${which} is read by the package ${name}, which is not installed with the gateway: run "npm install ${name}" beside it, and start it again`,
      { cause },
    );
  }
}

function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reasonToEnd(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function reasonToEnd({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** What the driver says, and what may be done about it. */
function reasonOf(error: unknown, source: DatabaseSource, place: string): string {
  const code = codeOf(error);
  const said = (error instanceof Error ? error.message : String(error)) || code;
  const hint = HINTS.find(([codes]) => codes.includes(code))?.[1];
  const seconds = source.statementTimeout / 1_000_000;
  if (hint === TOO_LONG) return `a page took longer than statementTimeout (${seconds} s): an index on the incremental column and the key makes pages cheap`;
  return `${said.replace(/^.* - /s, '')}${hint === undefined ? '' : `: ${hint}`}`.replaceAll(source.url, place);
}

const TOO_LONG = 'too long';

const HINTS: readonly (readonly [readonly string[], string])[] = [
  [['57014', 'ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT', 'ETIMEOUT'], TOO_LONG],
  [['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'], 'is it running, and is the host and the port right?'],
  [['28P01', '28000', 'ER_ACCESS_DENIED_ERROR', 'ELOGIN'], 'user or password are not right, or may not connect from here'],
  [['42P01', 'ER_NO_SUCH_TABLE', '42703', 'ER_BAD_FIELD_ERROR'], 'names are taken as they are written, capitals too'],
  [['42501', 'ER_TABLEACCESS_DENIED_ERROR'], 'the user needs the right to select'],
];

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors[0] !== undefined) return codeOf(error.errors[0]);
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function ignore(): void {
  // What goes wrong is told by the question that fails.
}
