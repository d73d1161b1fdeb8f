import type pg from 'pg';
import { ExpressLane } from './express-lane.ts';
import { createReadPool, IDLE_MS, type Pool, type PooledStatement, type PoolOptions, readConfig } from './pool.ts';

/** Below this many connections none is set apart. */
const LEAST_WITH_LANE = 3;

/** Opens a pool for questions, of whose connections one is for short statements: those are sent there one after the other, and go the common way where that one is not there or slow. */
export function createQuestionPool(connectionString: string, options: PoolOptions): Pool {
  if (options.max < LEAST_WITH_LANE) return createReadPool(connectionString, options);
  return new QuestionPool(connectionString, options);
}

class QuestionPool implements Pool {
  readonly #pool: pg.Pool;
  readonly #lane: ExpressLane;

  constructor(connectionString: string, options: PoolOptions) {
    this.#pool = createReadPool(connectionString, { ...options, max: options.max - 1 });
    this.#lane = new ExpressLane(readConfig(connectionString, options), IDLE_MS);
  }

  /** How many connections there are. */
  get totalCount(): number {
    return this.#pool.totalCount + (this.#lane.isOpen ? 1 : 0);
  }

  query<R extends pg.QueryResultRow>(statement: PooledStatement): Promise<pg.QueryResult<R>> {
    if (statement.isShort !== true) return this.#pool.query<R>(statement);
    return new Promise((resolve) => {
      // It only reads, so it can be sent again; what is wrong with the statement itself is told by the second try.
      const isSent = this.#lane.send<R>(statement, (result) => resolve(result ?? this.#pool.query<R>(statement)));
      if (!isSent) resolve(this.#pool.query<R>(statement));
    });
  }

  connect(): Promise<pg.PoolClient> {
    return this.#pool.connect();
  }

  async end(): Promise<void> {
    await Promise.all([this.#lane.end(), this.#pool.end()]);
  }
}
