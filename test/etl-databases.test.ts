import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from './support/database.ts';
import { useDatabase } from './support/database.ts';
import { jobOf, performJob } from './support/perform-job.ts';
import { openSourceServers, type SourceServer } from './support/source-databases.ts';

const NAMES = ['PostgreSQL', 'MariaDB'] as const;

let servers: readonly SourceServer[] = [];
beforeAll(async () => {
  servers = await openSourceServers();
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

const long = (url: string, more = '') => `
source:
  kind: database
  url: ${url}
  table: sample
  columns: { time: measured_at, sensor: tag, metric: quantity, value: amount }
  incremental: { column: changed_at, overlap: 1m }
  key: [id]
  pageRows: 3
${more}
mapping: { register: true }
limits: { batchSize: 5, rejectedShare: 1 }`;

describe.each(NAMES)('a job that reads a table of %s', (name) => {
  const db = useDatabase();

  function server(skip: () => void): SourceServer {
    const found = servers.find((one) => one.name === name);
    if (found === undefined) {
      skip();
      throw new Error('skipped');
    }
    return found;
  }

  async function fill(knex: SourceServer['knex'], rows: readonly Row[]): Promise<void> {
    await knex.schema.dropTableIfExists('sample');
    await knex.schema.createTable('sample', (table) => {
      table.bigInteger('id').primary();
      if (name === 'PostgreSQL') table.timestamp('measured_at', { useTz: true, precision: 6 });
      else table.specificType('measured_at', 'timestamp(6) null');
      table.string('tag', 100);
      table.string('quantity', 100);
      table.decimal('amount', 30, 20);
      table.specificType('changed_at', name === 'PostgreSQL' ? 'timestamp' : 'datetime(6)');
    });
    if (rows.length > 0) await knex('sample').insert(rows.map(asRow));
  }

  it('brings what is new, every tie at the watermark too, and late rows within the overlap', async ({ skip }) => {
    const { knex, url } = server(skip);
    await fill(
      knex,
      Array.from({ length: 20 }, (_, id) => ({ id, minute: id, changed: Math.floor(id / 7) })),
    );
    const job = jobOf(long(url), `ties-${name}`);

    const first = await performJob(db, job);
    await knex('sample').insert([
      // The same watermark as the newest that was read, and one that was committed after a later one.
      asRow({ id: 100, minute: 100, changed: 2 }),
      asRow({ id: 101, minute: 101, changed: 1 }),
      asRow({ id: 102, minute: 102, changed: 3 }),
    ]);
    const second = await performJob(db, job);
    const third = await performJob(db, job);

    expect([first, second, third].map(({ state, loaded, rejected }) => ({ state, loaded, rejected }))).toEqual([
      { state: 'SUCCEEDED', loaded: 20, rejected: 0 },
      { state: 'SUCCEEDED', loaded: 3, rejected: 0 },
      { state: 'SUCCEEDED', loaded: 0, rejected: 0 },
    ]);
    expect(third.received).toBeLessThan(23);
    expect(await stored(db)).toEqual(
      await knex('sample')
        .count({ n: '*' })
        .then(([row]) => Number(row?.n)),
    );
  });

  it('reads every digit of decimals and microseconds, and refuses NULL by name', async ({ skip }) => {
    const { knex, url } = server(skip);
    await fill(knex, []);
    await knex('sample').insert([
      { id: 1, measured_at: '2026-03-01 00:00:00.123456', tag: 'exact', quantity: 'temperature', amount: '21.3', changed_at: '2026-03-01 00:00:00.000001' },
      {
        id: 9007199254740993n,
        measured_at: '2026-03-01 00:00:00.123457',
        tag: 'exact',
        quantity: 'temperature',
        amount: '0.1',
        changed_at: '2026-03-01 00:00:00.000002',
      },
      { id: 3, measured_at: '2026-03-01 00:00:01', tag: 'exact', quantity: 'temperature', amount: null, changed_at: '2026-03-01 00:00:00.000003' },
    ]);

    const run = await performJob(db, jobOf(long(url), `exact-${name}`));

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 2, rejected: 1 });
    const { rows } = await db.pool.query(
      `select reading.time, reading.value from reading join series on series.id = series_id where sensor_id = 'exact' order by 1`,
    );
    expect(rows).toEqual([
      { time: '2026-03-01T00:00:00.123456Z', value: 21.3 },
      { time: '2026-03-01T00:00:00.123457Z', value: 0.1 },
    ]);
    const { rows: refused } = await db.pool.query(`select code, record from rejected_reading where record like '%exact%'`);
    expect(refused).toMatchObject([{ code: 'INVALID_VALUE' }]);
  });

  it('reads a clock of a declared zone, epochs and a query, each by its own rule', async ({ skip }) => {
    const { knex, url } = server(skip);
    await knex.schema.dropTableIfExists('clock');
    await knex.schema.createTable('clock', (table) => {
      table.specificType('shown', name === 'PostgreSQL' ? 'timestamp' : 'datetime');
      table.bigInteger('epoch');
      table.string('tag', 20);
      table.double('temp');
      table.double('rh');
    });
    await knex('clock').insert({ shown: '2026-03-01 09:00:00', epoch: 1_772_323_200, tag: `zoned-${name}`, temp: 20.5, rh: null });
    const local = jobOf(
      `
source: { kind: database, url: '${url}', table: clock, columns: { time: shown, sensor: tag, temperature: temp, humidity: rh } }
mapping: { timezone: Asia/Seoul, register: true }`,
      `clock-${name}`,
    );
    const epoch = jobOf(
      `
source:
  kind: database
  url: ${url}
  query: select epoch as time, tag as sensor, 'temperature' as metric, temp as value from clock where 'a?' = 'a?';
mapping: { register: true }`,
      `epoch-${name}`,
    );

    const first = await performJob(db, local);
    const second = await performJob(db, epoch);

    expect(first).toMatchObject({ state: 'SUCCEEDED', received: 1, loaded: 1 });
    // 2026-03-01T00:00:00Z both.
    expect(second).toMatchObject({ state: 'SUCCEEDED', received: 1, unchanged: 1 });
  });

  it('loses no row that the database holds for equal with another at the edge of a page', async ({ skip }) => {
    const { knex, url } = server(skip);
    await knex.schema.dropTableIfExists('tags');
    await knex.schema.createTable('tags', (table) => {
      table.bigInteger('time');
      table.string('sensor', 40);
      table.double('temperature');
    });
    // Of MariaDB's usual collation all of these are one.
    const sensors = ['a', 'A', 'á', 'Á', 'a '].map((letter) => `${letter}-${name}`);
    await knex('tags').insert(sensors.map((sensor) => ({ time: 1_772_323_200, sensor, temperature: 20 })));

    for (const pageRows of [2, 3, 4]) {
      const run = await performJob(
        db,
        jobOf(
          `\nsource: { kind: database, url: '${url}', table: tags, pageRows: ${pageRows} }\nmapping: { register: true }\nlimits: { retries: 0 }`,
          `tags-${name}-${pageRows}`,
        ),
      );
      // Where all that a page can hold is the same, it is refused rather than lost.
      if (run.state === 'SUCCEEDED') expect(run.received).toBe(5);
      else expect(run.error).toContain('name others under "key"');
    }
    const run = await performJob(
      db,
      jobOf(`\nsource: { kind: database, url: '${url}', table: tags, pageRows: 6 }\nmapping: { register: true }`, `tags-${name}`),
    );
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 5 });
  });

  it('says what to do where it cannot read', async ({ skip }) => {
    const { url } = server(skip);
    const attempt = async (source: string) => (await performJob(db, jobOf(`\nsource: { kind: database, ${source} }\nlimits: { retries: 0 }`, 'refused'))).error;

    const wrongPort = new URL(url);
    wrongPort.port = '1';
    expect(await attempt(`url: '${wrongPort.href}', table: sample`)).toContain('is it running');
    expect(await attempt(`url: '${url}', table: nowhere`)).toContain('nowhere');
    expect(await attempt(`url: '${url}', table: sample`)).toContain('there is no column "time"');
    expect(await attempt(`url: '${url}', table: sample, columns: { time: measured, sensor: tag, temperature: amount }`)).toContain('did you mean');
    expect(await attempt(`url: '${url.replace(/^\w+/, 'mssql')}', table: sample`)).toContain('npm install tedious');
    expect(await attempt(`url: '${url.replace(/^\w+/, 'oracle')}', table: sample`)).toContain('npm install oracledb');
  });
});

async function stored(db: TestDatabase): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(`select count(*) as n from reading join series on series.id = series_id where sensor_id = 'line-1'`);
  return rows[0]?.n ?? 0;
}

interface Row {
  readonly id: number;
  readonly minute: number;
  readonly changed: number;
}

function asRow({ id, minute, changed }: Row) {
  const at = (offset: number) => new Date(Date.UTC(2026, 2, 1, 0, offset)).toISOString().slice(0, 19).replace('T', ' ');
  return { id, measured_at: at(minute), tag: 'line-1', quantity: 'temperature', amount: String(20 + id / 10), changed_at: at(changed) };
}
