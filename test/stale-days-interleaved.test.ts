import type pg from 'pg';
import { expect, it } from 'vitest';
import { REFRESH_LOCK } from '../db/advisory-lock.ts';
import type { Pool } from '../db/pool.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import { takeStaleDays } from '../db/stale-day.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { createRandom, type Random } from './support/random.ts';
import { createRefreshedSeries, expectExactRollups, markReadings, writeMarked, writeReadings } from './support/rollups.ts';

const STEPS = Number(process.env.STALE_DAY_STEPS ?? 250);
const SEED = Number(process.env.STALE_DAY_SEED ?? 1);

describeEachEngine('stale days', (db) => {
  it('are not left to the next pass because a load of the present holds them as the refresher looks', async () => {
    const [series = 0] = await createRefreshedSeries(db, 1);
    await writeMarked(db.pool, series, '2024-01-26 00:00Z', '2024-01-26 01:00Z', '1 minute');
    const loading = await db.store.writePool.connect();
    await loading.query('begin');
    await writeMarked(loading, series, '2024-01-26 01:00Z', '2024-01-26 02:00Z', '1 minute');
    const { engine, writePool } = db.store;

    await refreshStaleDays({
      ...db.store,
      writePool: afterFirst(writePool, 'take_stale_days', () => loading.query('commit')),
      engine: {
        ...engine,
        refresh: async (client, window) => {
          await engine.refresh(client, window);
          await writeMarked(db.pool, series, '2024-01-26 02:00Z', '2024-01-26 03:00Z', '1 minute');
        },
      },
    });
    loading.release();

    const { rows } = await db.pool.query('select since from stale_day where series_id = $1', [series]);
    expect(rows).toEqual([{ since: '2024-01-26T02:00:00Z' }]);
    await expectExactRollups(db.pool);
    await refreshStaleDays(db.store);
  });

  it('are not left to the next pass because a load of the present holds them as the refresher is done', async () => {
    const [series = 0] = await createRefreshedSeries(db, 1);
    await writeMarked(db.pool, series, '2024-01-27 00:00Z', '2024-01-27 02:00Z', '1 minute');
    const loading = await db.store.writePool.connect();
    const { engine, writePool } = db.store;

    await refreshStaleDays({
      ...db.store,
      writePool: afterFirst(writePool, 'advance_stale_days', () => loading.query('commit')),
      engine: {
        ...engine,
        refresh: async (client, window) => {
          await engine.refresh(client, window);
          await loading.query('begin');
          await writeMarked(loading, series, '2024-01-27 02:00Z', '2024-01-27 03:00Z', '1 minute');
        },
      },
    });
    loading.release();

    const { rows } = await db.pool.query('select since from stale_day where series_id = $1', [series]);
    expect(rows).toEqual([{ since: '2024-01-27T02:00:00Z' }]);
    await expectExactRollups(db.pool);
    await refreshStaleDays(db.store);
  });

  it('are not taken for refreshed by a refresher that lost its lock to another', async () => {
    const [series = 0] = await createRefreshedSeries(db, 1);
    await writeMarked(db.pool, series, '2024-01-05 00:00Z', '2024-01-05 10:00Z', '5 minutes');
    const { engine } = db.store;

    const lost = refreshStaleDays({
      ...db.store,
      engine: {
        ...engine,
        refresh: async (client, window) => {
          await engine.refresh(client, window);
          // Corrected after the rollups were read: only the marker knows.
          await writeMarked(db.pool, series, '2024-01-05 02:00Z', '2024-01-05 03:00Z', '5 minutes');
          await endRefreshers(db);
          // The second refresher takes the marker and dies too; then there is one more load.
          await takeStaleDays(db.pool, window);
          await writeMarked(db.pool, series, '2024-01-05 12:00Z', '2024-01-05 13:00Z', '5 minutes');
        },
      },
    });

    await expect(lost).rejects.toThrow(/connection|terminat/i);
    await expectExactRollups(db.pool);
    await refreshStaleDays(db.store);
    await expectExactRollups(db.pool);
  });

  it(`are exact after every statement of loads and refreshers that come between each other, roll back, and are killed (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const series = await createRefreshedSeries(db, 2);
    for (const id of series) await writeMarked(db.pool, id, '2024-01-10 00:00Z', '2024-01-12 00:00Z', '10 minutes');
    const loads = [1, 2, 3].map((number) => new Load(db, random, series, number));
    const refreshers = new Refreshers(db, random);

    for (let step = 0; step < STEPS; step += 1) {
      if (random.chance(0.5)) await random.pick(loads).step(loads);
      else await refreshers.step();
      if (step % 3 === 0) await expectExactRollups(db.pool);
    }
    for (const load of loads) await load.end();
    await refreshers.end();

    await expectExactRollups(db.pool);
    await refreshStaleDays(db.store);
    await expectExactRollups(db.pool);
    expect((await db.pool.query('select from stale_day')).rowCount).toBe(0);
    expect(refreshers.told.ended).toBeGreaterThan(0);
    expect(refreshers.told.killed).toBeGreaterThan(0);
  });
});

/** A load that is somewhere in its transaction: nothing, readings written, days marked. Loads write instants of their own, as they would wait for each other otherwise. */
class Load {
  readonly #db: TestDatabase;
  readonly #random: Random;
  readonly #series: readonly number[];
  readonly #number: number;
  #open: { readonly client: pg.PoolClient; readonly series: number; readonly from: string; readonly to: string; isMarked: boolean } | null = null;

  constructor(db: TestDatabase, random: Random, series: readonly number[], number: number) {
    this.#db = db;
    this.#random = random;
    this.#series = series;
    this.#number = number;
  }

  /** The series and day whose marker this load holds. */
  get held(): string | null {
    return this.#open?.isMarked === true ? `${this.#open.series} ${this.#open.from.slice(0, 10)}` : null;
  }

  async step(loads: readonly Load[]): Promise<void> {
    if (this.#open === null) return await this.#begin();
    const { client, series, from, to } = this.#open;
    if (this.#open.isMarked) return await this.end();
    if (loads.some(({ held }) => held === `${series} ${from.slice(0, 10)}`)) return;
    await markReadings(client, series, from, to, '10 minutes');
    this.#open.isMarked = true;
  }

  /** Mostly commits; without a marker it rolls back. */
  async end(): Promise<void> {
    if (this.#open === null) return;
    const { client, isMarked } = this.#open;
    this.#open = null;
    await client.query(isMarked && this.#random.chance(0.8) ? 'commit' : 'rollback');
    client.release();
  }

  async #begin(): Promise<void> {
    const client = await this.#db.store.writePool.connect();
    const day = `2024-01-1${this.#random.whole(0, 1)}`;
    const hour = this.#random.whole(0, 20);
    const at = (hours: number) => `${day} ${String(hours).padStart(2, '0')}:0${this.#number}Z`;
    this.#open = { client, series: this.#random.pick(this.#series), from: at(hour), to: at(hour + this.#random.whole(1, 3)), isMarked: false };
    await client.query('begin');
    await writeReadings(client, this.#open.series, this.#open.from, this.#open.to, '10 minutes');
  }
}

/** Up to two refreshers, of which one at a time is let on by one statement. */
class Refreshers {
  readonly told = { ended: 0, killed: 0 };
  readonly #db: TestDatabase;
  readonly #random: Random;
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: (() => Promise<unknown>)[] = [];

  constructor(db: TestDatabase, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  async step(): Promise<void> {
    if (this.#running.size === 0 || (this.#running.size === 1 && this.#random.chance(0.05))) this.#start();
    if (this.#random.chance(0.05)) await endRefreshers(this.#db);
    const next = this.#waiting.splice(this.#random.whole(0, Math.max(0, this.#waiting.length - 1)), 1)[0];
    // A statement that waits for the other refresher is not waited for.
    await Promise.race([next?.(), new Promise((resolve) => setTimeout(resolve, 500))]);
  }

  /** Lets all of them come to their ends. */
  async end(): Promise<void> {
    while (this.#running.size > 0) {
      this.#waiting
        .splice(0, 1)[0]?.()
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #start(): void {
    const { store } = this.#db;
    const writePool = withConnections(store.writePool, (client) => this.#slowed(client));
    const running = refreshStaleDays({ ...store, writePool }).then(
      () => {
        this.told.ended += 1;
      },
      () => {
        this.told.killed += 1;
      },
    );
    const ended = running.finally(() => this.#running.delete(ended));
    this.#running.add(ended);
  }

  /** The connection, with each of its statements waiting to be let on. */
  #slowed(client: pg.PoolClient): pg.PoolClient {
    const query = (...args: Parameters<typeof client.query>) =>
      new Promise((resolve, reject) => {
        this.#waiting.push(() => {
          const asked: Promise<unknown> = Promise.resolve(client.query(...args));
          asked.then(resolve, reject);
          return asked.catch(() => undefined);
        });
      });
    return withQuery(client, query);
  }
}

/** The pool, with something done after the first answer to the statement of this name. */
function afterFirst(pool: Pool, name: string, work: () => Promise<unknown>): Pool {
  let isDone = false;
  return withConnections(pool, (client) =>
    withQuery(client, async (...args: Parameters<typeof client.query>) => {
      const answer: unknown = await Promise.resolve(client.query(...args));
      const [statement] = args as readonly unknown[];
      if (!isDone && typeof statement === 'object' && statement !== null && 'name' in statement && statement.name === name) {
        isDone = true;
        await work();
      }
      return answer;
    }),
  );
}

function withConnections(pool: Pool, change: (client: pg.PoolClient) => pg.PoolClient): Pool {
  return { query: (statement) => pool.query(statement), connect: async () => change(await pool.connect()), end: async () => undefined };
}

function withQuery(client: pg.PoolClient, query: unknown): pg.PoolClient {
  return new Proxy(client, {
    get: (target, key) => {
      if (key === 'query') return query;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Cuts the connections that hold the lock of the refresher, or wait for it, in this database. */
async function endRefreshers(db: TestDatabase): Promise<void> {
  await db.pool.query(
    `select pg_terminate_backend(pid, 5000) from pg_locks
      where locktype = 'advisory' and classid = $1 and objid = $2 and database = (select oid from pg_database where datname = current_database())`,
    [...REFRESH_LOCK],
  );
}
