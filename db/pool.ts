import pg from 'pg';

/** A statement to send. */
export interface PooledStatement extends pg.QueryConfig {
  /** Whether it surely takes no longer than some milliseconds, so that others may be sent behind it. */
  readonly isShort?: boolean;
}

/** What a statement needs: a pool, a client inside a transaction, or either of them with a meter around it. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(statement: PooledStatement): Promise<pg.QueryResult<R>>;
}

/** A pool of connections; `connect` for transactions. */
export interface Pool extends Queryable {
  connect(): Promise<pg.PoolClient>;
  end(): Promise<void>;
}

const TIMESTAMPTZ = 1184;
const INT8 = 20;

/** As text `2013-08-23 23:05:00.25+00`, because sessions run in UTC; RFC 3339 keeps the microseconds that a JavaScript Date would lose. */
export function toRfc3339(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
}

const types = new pg.TypeOverrides();
types.setTypeParser(TIMESTAMPTZ, toRfc3339);
// Counts and numbers of this store stay far below 2^53.
types.setTypeParser(INT8, Number);

/** A new connection has to read the system catalogue and plan everything anew: one that will be wanted in a minute is kept, not closed after pg's ten seconds. */
export const IDLE_MS = 300_000;

/** How many connections a pool has, how long a statement may take (0: for ever), and who hears of idle connections that broke; they are replaced by themselves. */
export interface PoolOptions {
  readonly max: number;
  readonly statementTimeoutMs: number;
  readonly onError: (error: Error) => void;
  /** How long a connection may take to be made; absent: as long as the system waits. */
  readonly connectTimeoutMs?: number;
}

/** Opens a pool whose sessions run in UTC, read timestamptz as RFC 3339 text and bigint as number, and work at READ COMMITTED. */
export function createPool(connectionString: string, options: PoolOptions): pg.Pool {
  return openPool(connectionString, options, '-c default_transaction_isolation=read\\ committed');
}

/**
 * Opens a pool for questions: like `createPool`, but read-only and at REPEATABLE READ. There a statement is planned and executed by one snapshot; at READ COMMITTED it takes
 * a newer one after planning, and a chunk that a refresh made in between is not in the plan, while the marker that would send the statement to the readings instead is gone already.
 */
export function createReadPool(connectionString: string, options: PoolOptions): pg.Pool {
  return openPool(connectionString, options, FOR_QUESTIONS);
}

/** How a connection of such a pool is made. */
export function readConfig(connectionString: string, options: PoolOptions): pg.ClientConfig {
  return configOf(connectionString, options, FOR_QUESTIONS);
}

const FOR_QUESTIONS = '-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on';

function configOf(connectionString: string, options: PoolOptions, isolation: string): pg.ClientConfig {
  const { address, addressOptions } = withoutOptions(connectionString);
  return {
    connectionString: address,
    types,
    application_name: 'thermograph',
    statement_timeout: options.statementTimeoutMs,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 0,
    // extra_float_digits: numbers are shown as the server writes them, and with 0, which a role may have set, it would shorten them.
    // jit=off: compiling a plan over some 200 chunks took 20 to 50 s before its first row, for statements of less than 3 s without.
    options: `${addressOptions} -c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c extra_float_digits=1 -c jit=off ${isolation}`,
  };
}

/**
 * An address may name options of its own, such as a search_path. pg would take them in place of ours, without which instants are read wrongly; so ours come after them.
 * Taken apart as text: pg takes addresses that are no URL, such as `postgres://user@/db?host=/run/postgresql`.
 */
function withoutOptions(connectionString: string): { readonly address: string; readonly addressOptions: string } {
  const [base = '', ...rest] = connectionString.split('?');
  const parameters = rest.join('?').split('&');
  const valuesOf = (parameter: string) => new URLSearchParams(parameter).getAll('options');
  const others = parameters.filter((parameter) => valuesOf(parameter).length === 0);
  return { address: [base, ...(rest.length === 0 ? [] : [others.join('&')])].join('?'), addressOptions: parameters.flatMap(valuesOf).at(-1) ?? '' };
}

function openPool(connectionString: string, options: PoolOptions, isolation: string): pg.Pool {
  const pool = new pg.Pool({ ...configOf(connectionString, options, isolation), max: options.max, idleTimeoutMillis: IDLE_MS });
  pool.on('error', options.onError);
  // A connection that is cut while somebody uses it fails his statement; where it then tells of its end, and nobody listens, the process ends.
  pool.on('connect', (client) => client.on('error', heardByItsUser));
  return pool;
}

function heardByItsUser(): void {
  // The statement under way, or the next one, throws.
}

/** Serialisation failures and deadlocks: the same work, done again from its start, succeeds. */
const RETRYABLE = new Set(['40001', '40P01']);

/** Whether the whole transaction should be tried again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && RETRYABLE.has(error.code);
}

/** Runs `work` in one READ COMMITTED transaction; commits when it returns, rolls back when it throws. */
export async function withTransaction<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away rather than given to the next caller.
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
