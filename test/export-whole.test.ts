import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it, vi } from 'vitest';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { getExport, query } from './support/exports.ts';
import { addThreshold, build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** Enough that neither what is held back nor what sockets take of a stalled client is all of it. */
const LONG = 400_000;

/** The long series straight into the tables, as a load would have left it. Between the others nothing was measured for years. */
async function fill(db: TestDatabase): Promise<void> {
  await build(db, {
    locations: [{ id: 'L1' }],
    sensors: [{ id: 'B', location: 'L1' }, { id: 'a' }, { id: 'A' }],
    readings: ['B', 'a', 'A'].flatMap((sensor): [string, string, string, number][] => [
      [sensor, 'temperature', '2010-01-01T00:00:00Z', 1],
      [sensor, 'temperature', '2010-01-01T00:00:00.000001Z', 2],
      [sensor, 'humidity', '2010-01-01T00:00:00Z', 3],
      [sensor, 'temperature', '2019-07-01T12:00:00Z', 4],
    ]),
  });
  await build(db, { sensors: [{ id: 'LONG' }], readings: [['LONG', 'temperature', '2020-01-01T00:00:00Z', 0]] });
  await db.store.engine.makeRoom(db.store.writePool, [Date.UTC(2020, 0, 1) * 1000]);
  const series = `(select id from series where sensor_id = 'LONG')`;
  await db.pool.query(
    `insert into reading (series_id, time, value, derived)
     select ${series}, timestamptz '2020-01-01' + n * interval '1 second', n % 1000, false from generate_series(1, ${LONG - 1}) as n`,
  );
  await db.pool.query(
    `update series_latest set readings = ${LONG}, time = timestamptz '2020-01-01' + ${LONG - 1} * interval '1 second' where series_id = ${series}`,
  );
}

/** Runs, alerts and the breach of each, which are more than a gateway may hold of them. */
async function recordMany(db: TestDatabase, count: number): Promise<void> {
  const { rows } = await db.pool.query<{ n: number }>(`select count(*)::int as n from etl_run where job_id = 'many'`);
  if (rows[0]?.n === count) return;
  const threshold = await addThreshold(db, { min: 1000, max: 2000 });
  await db.pool.query(`insert into etl_run (job_id, kind, state, finished_at) select 'many', 'MANUAL', 'SUCCEEDED', now() from generate_series(1, ${count})`);
  await db.pool.query(
    `with opened as (
       insert into alert (series_id, kind, level, threshold_id, opened_at, resolved_at)
       select (select id from series where sensor_id = 'a' and metric_id = 'temperature'), 'BAND', 'WARNING', $1, timestamptz '2015-01-01' + n * interval '1 hour', '2016-01-01'
         from generate_series(1, ${count}) as n
       returning series_id, id, opened_at)
     insert into breach (series_id, number, kind, time, late, value, status, threshold_id, alert_id, levels)
     select series_id, row_number() over (order by id), 'OPENED', opened_at, true, 1000, 'WARNING', $1, id, '{WARNING}' from opened`,
    [threshold],
  );
  await db.pool.query('update outbox set last_number = $1', [count]);
}

/** All readings by the pages of GraphQL, which read another statement. */
async function byPages(gateway: ReturnType<typeof useGateway>, variables: Readonly<Record<string, unknown>>): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = [];
  for (let after: string | null = null; ; ) {
    const { body } = await gateway.ask(
      `query ($from: TimeBound!, $to: TimeBound, $sensors: [ID!], $order: TimeOrder!, $after: String) {
         readings(from: $from, to: $to, sensors: $sensors, order: $order, after: $after, first: 7) {
           nodes { time location { id } sensor { id } metric { id unit } value derived } pageInfo { hasNextPage endCursor } } }`,
      { order: 'ASCENDING', ...variables, after },
    );
    const { nodes, pageInfo } = body.data.readings;
    for (const { time, location, sensor, metric, value, derived } of nodes)
      rows.push([time, location?.id ?? '', sensor.id, metric.id, metric.unit, String(value), String(derived)]);
    if (!pageInfo.hasNextPage) return rows;
    after = pageInfo.endCursor;
  }
}

/** A request whose answer nobody reads until the test does. */
async function begin(origin: string, path: string): Promise<IncomingMessage> {
  const request = httpRequest(`${origin}/export/${path}`, { agent: false });
  // Of a connection that breaks the response tells, too.
  request.on('error', () => undefined);
  request.end();
  const [response] = await once(request, 'response');
  return response;
}

async function countOf(db: TestDatabase, condition: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and ${condition}`,
  );
  return rows[0]?.count ?? 0;
}

describeEachEngine('a connection that is exported whole', (db) => {
  const gateway = useGateway(db, { MAX_CONCURRENT_EXPORTS: '2', MAX_POINTS: '1000', MAX_READINGS: '100000' });
  const impatient = useGateway(db, { EXPORT_STALL_MS: '500' });
  const few = useGateway(db, { MAX_NODES: '2500' });
  const hurried = useGateway(db, { EXPORT_TIMEOUT_MS: '1500' });
  beforeAll(() => fill(db));

  it.each([
    [{ from: '2009' }],
    [{ from: '2009', order: 'DESCENDING' }],
    [{ from: '2010-01-01T00:00:00Z', to: '2010-01-01T00:00:00.000001Z' }],
    [{ from: '2010-01-01T00:00:00.000001Z', to: '2020' }],
    [{ from: '2010-01-01', to: '2020', sensors: ['a', 'B'] }],
    [{ from: '2010-01-01', to: '2020', order: 'DESCENDING', sensors: ['a', 'B'] }],
  ])('has what its pages have, in their order: %j', async (parameters) => {
    const asked = { sensors: ['A', 'B', 'a'], ...parameters };
    const { rows } = await getExport(gateway.origin, `readings.csv${query(asked)}`);

    const expected = await byPages(gateway, asked);
    expect(rows().slice(1)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(2);
  });

  it('gives each of very many readings once, whatever the limits of points and readings', async () => {
    const { status, text } = await getExport(gateway.origin, 'readings.ndjson?from=2020&sensors=LONG');

    expect(status).toBe(200);
    const values = text
      .split('\n')
      .slice(0, -1)
      .map((line) => Date.parse(JSON.parse(line).time));
    expect(values).toHaveLength(LONG);
    expect(values.every((time, at) => time === Date.UTC(2020, 0, 1) + at * 1000)).toBe(true);
  });

  it('goes on behind a cursor, and keeps to a page where one is asked for', async () => {
    await gateway.ask(
      `mutation { saveDocument(name: "page", text: "query ($first: Int, $last: Int, $after: String, $before: String) { readings(from: \\"2009\\", to: \\"2019\\", first: $first, last: $last, after: $after, before: $before) { edges { cursor node { time sensor { id } metric { id } } } } }") { name } }`,
    );
    const rowsOf = async (parameters: Record<string, string>) => (await getExport(gateway.origin, `page.csv${query(parameters)}`)).rows().slice(1);
    const all = await rowsOf({});
    const cursor = all[4]?.[0] ?? '';

    expect(all).toHaveLength(12);
    expect(await rowsOf({ after: cursor })).toEqual(all.slice(5));
    expect(await rowsOf({ before: cursor })).toEqual(all.slice(0, 4));
    expect(await rowsOf({ first: '3', after: cursor })).toEqual(all.slice(5, 8));
    expect(await rowsOf({ last: '2' })).toEqual(all.slice(-2));
  });

  it('has all pages also of lists that know no other way', async () => {
    const sensors = Array.from({ length: 250 }, (_, i) => ({ id: `many-${String(i).padStart(3, '0')}` }));
    await build(db, { sensors });
    await gateway.ask('mutation { saveDocument(name: "all", text: "{ sensors { nodes { id } totalCount } }") { name } }');

    const ids = (await getExport(gateway.origin, 'all.csv')).rows().slice(1).flat();

    expect(ids.filter((id) => id.startsWith('many-'))).toEqual(sensors.map(({ id }) => id));
  });

  it.each([
    ['alerts', 'id sensor { id location { id } } breaches { number }', 3],
    ['breaches', 'number alert { id level } sensor { id }', 0],
    ['etlRuns', 'id state steps { name }', 0],
  ])('has all of very many %s, a page of which is all that is held and counted', async (field, columns, key) => {
    await recordMany(db, 3_500);
    await few.ask(`mutation { saveDocument(name: "${field.toLowerCase()}", text: "{ ${field} { nodes { ${columns} } } }") { name problem } }`);

    const { status, rows } = await getExport(few.origin, `${field.toLowerCase()}.csv`);

    expect(status).toBe(200);
    expect(rows().length - 1).toBeGreaterThanOrEqual(3_500);
    expect(new Set(rows().map((row) => row[key])).size).toBe(rows().length);
  });

  it('waits for a slow client, and is of one moment, whatever is corrected while it is taken', async () => {
    const response = await begin(gateway.origin, 'readings.ndjson?from=2020&sensors=LONG');
    await db.pool.query(`update reading set value = -1 where series_id = (select id from series where sensor_id = 'LONG')`);
    let text = '';
    for await (const chunk of response) text += chunk;

    const values = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).value);
    expect(values).toHaveLength(LONG);
    expect(values.every((value, at) => value === at % 1000)).toBe(true);
    expect((await getExport(gateway.origin, 'readings.ndjson?from=2020&sensors=LONG')).text).toContain('"value":-1,');
  });

  it('ends its work at once when its client goes away', async () => {
    const response = await begin(gateway.origin, 'readings.csv?from=2020&sensors=LONG&order=DESCENDING');
    await once(response, 'readable');
    expect(await countOf(db, `state like 'idle in transaction%' or (state = 'active' and query like '%string_agg(page%')`)).toBeGreaterThan(0);
    response.destroy();

    const line = await gateway.line(({ aborted, path }) => aborted === true && path === '/export/readings.csv');
    expect(line).toMatchObject({ operation: 'readings' });
    await vi.waitFor(async () => expect(await countOf(db, `state like 'idle in transaction%'`)).toBe(0), 5_000);
  });

  it('breaks with a client that takes nothing', async () => {
    const response = await begin(impatient.origin, 'readings.csv?from=2020&sensors=LONG');
    const broken = once(response, 'error');
    await impatient.line(({ msg }) => msg === 'export broken off');
    response.resume();

    await expect(broken).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
    expect(response.complete).toBe(false);
    await vi.waitFor(async () => expect(await countOf(db, `state like 'idle in transaction%'`)).toBe(0), 5_000);
  });

  it('breaks with a client that takes a little all the time, and too long for all of it', async () => {
    const response = await begin(hurried.origin, 'readings.ndjson?from=2020&sensors=LONG');
    let taken = 0;
    const sip = setInterval(() => {
      const piece: unknown = response.read();
      if (Buffer.isBuffer(piece)) taken += piece.length;
    }, 100);
    const broken = once(response, 'error');
    const line = await hurried.line(({ msg }) => msg === 'export broken off');
    clearInterval(sip);
    response.resume();

    expect(line).toMatchObject({ reason: 'the file took longer than 1500 ms' });
    await expect(broken).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
    expect(taken).toBeGreaterThan(0);
    await vi.waitFor(async () => expect(await countOf(db, `state like 'idle in transaction%'`)).toBe(0), 5_000);
  });

  it('does not look whole where it fails after its first byte', async () => {
    const response = await begin(gateway.origin, 'readings.csv?from=2020&sensors=LONG&timezone=Asia/Seoul');
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and (state like 'idle in transaction%' or query like '%string_agg(page%')`,
    );
    const read = (async () => {
      for await (const _chunk of response);
    })();

    await expect(read).rejects.toThrow('aborted');
    expect(response.complete).toBe(false);
    expect(response.statusCode).toBe(200);
  });

  it('waits for its turn, and gives it to the next when it ends', async () => {
    const slow = await Promise.all([1, 2].map(() => begin(gateway.origin, 'readings.csv?from=2020&sensors=LONG&order=DESCENDING')));
    let isAnswered = false;
    const third = getExport(gateway.origin, 'readings.csv?from=2009&to=2011').finally(() => {
      isAnswered = true;
    });
    const short = await getExport(gateway.origin, 'latest.json');
    await sleep(200);
    const wasAnswered = isAnswered;
    for (const response of slow) response.destroy();

    expect(wasAnswered).toBe(false);
    expect((await third).status).toBe(200);
    expect(short.status).toBe(200);
  });
});
