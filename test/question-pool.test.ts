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

  it('gives the same rows when a statement comes again, whatever their types', async () => {
    const pool = open();
    await warm(pool);
    const statement = {
      name: 'types',
      text: `select $1::int8 as count, $2::timestamptz as time, null::text as nothing, $3::text as text, array[1, 2] as list, true as flag, 0.1::float8 as float
               from generate_series(1, $1::int)`,
      isShort: true,
    };
    const row = { time: '2025-03-01T01:02:03.25Z', nothing: null, list: [1, 2], flag: true, float: 0.1 };

    for (const [count, text] of [
      [2, 'first'],
      [0, 'none'],
      [3, 'grüße,"{}\\'],
    ] as const) {
      const { rows, rowCount } = await pool.query({ ...statement, values: [count, '2025-03-01 02:02:03.25+01', text] });
      expect(rows).toEqual(Array.from({ length: count }, () => ({ ...row, count, text })));
      expect(rowCount).toBe(count);
    }
    await pool.end();
  });

  it('tells what is wrong with parameters of a statement that was answered before', async () => {
    const pool = open();
    await warm(pool);
    const divide = (by: number) => pool.query<{ part: number }>({ name: 'divide', text: 'select 6 / $1::int as part', values: [by], isShort: true });
    expect((await divide(2)).rows).toEqual([{ part: 3 }]);
    expect((await divide(3)).rows).toEqual([{ part: 2 }]);

    await expect(divide(0)).rejects.toMatchObject({ code: '22012' });

    expect((await divide(6)).rows).toEqual([{ part: 1 }]);
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
