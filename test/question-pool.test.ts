import { expect, it } from 'vitest';
import { createQuestionPool } from '../db/question-pool.ts';
import { describeEachEngine } from './support/database.ts';

describeEachEngine('a pool for questions', (db) => {
  const open = (statementTimeoutMs = 5_000) => createQuestionPool(db.url, { max: 4, statementTimeoutMs, onError: () => undefined });
  const short = (number: number) => ({ name: 'echo', text: 'select $1::int as number, pg_backend_pid() as pid', values: [number], isShort: true });
  type Row = { number: number; pid: number };

  /** The process of the connection for short statements, once it is there. */
  async function warm(pool: ReturnType<typeof open>): Promise<number> {
    for (;;) {
      const answers = await Promise.all([1, 2, 3].map((number) => pool.query<Row>(short(number))));
      const pids = new Set(answers.map(({ rows }) => rows[0]?.pid));
      const [pid] = pids;
      if (pids.size === 1 && pid !== undefined) return pid;
    }
  }

  it('gives each statement its own answer, whatever is under way', async () => {
    const pool = open();
    await warm(pool);

    const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => pool.query<Row>(short(number))));

    expect(answers.map(({ rows }) => rows[0]?.number)).toEqual(Array.from({ length: 200 }, (_, number) => number));
    await pool.end();
  });

  it('answers from other connections while one that others are sent behind is slow', async () => {
    const pool = open();
    await warm(pool);
    const slow = pool.query({ text: 'select pg_sleep(2)', isShort: true });
    await new Promise((resolve) => setTimeout(resolve, 100));

    const first = await Promise.race([slow.then(() => 'slow'), pool.query<Row>(short(7)).then(({ rows }) => rows[0]?.number)]);

    expect(first).toBe(7);
    await slow;
    await pool.end();
  });

  it('tells what is wrong with a statement, and goes on', async () => {
    const pool = open();
    await warm(pool);

    const wrong = pool.query({ text: 'select 1 / $1::int', values: [0], isShort: true });
    const right = pool.query<Row>(short(8));

    await expect(wrong).rejects.toMatchObject({ code: '22012' });
    expect((await right).rows[0]?.number).toBe(8);
    expect((await pool.query<Row>(short(9))).rows[0]?.number).toBe(9);
    await pool.end();
  });

  it('loses no answer to a connection that is cut', async () => {
    const pool = open();
    const pid = await warm(pool);

    const answers = Promise.all(Array.from({ length: 20 }, (_, number) => pool.query<Row>(short(number))));
    await db.pool.query('select pg_terminate_backend($1)', [pid]);
    const more = await Promise.all(Array.from({ length: 20 }, (_, number) => pool.query<Row>(short(number))));

    expect((await answers).map(({ rows }) => rows[0]?.number)).toEqual(Array.from({ length: 20 }, (_, number) => number));
    expect(more.map(({ rows }) => rows[0]?.number)).toEqual(Array.from({ length: 20 }, (_, number) => number));
    await pool.end();
  });

  it('reads only, by one snapshot a statement', async () => {
    const pool = open();
    await warm(pool);

    const { rows } = await pool.query({
      text: "select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as \"readOnly\"",
      isShort: true,
    });

    expect(rows).toEqual([{ isolation: 'repeatable read', readOnly: 'on' }]);
    await pool.end();
  });
});
