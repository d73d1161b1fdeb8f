import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../server/command-line.ts';
import { createFactory } from '../server/simulate/factory.ts';
import { tellFactory } from '../server/simulate/factory-story.ts';
import { DEFAULT_FAULTS } from '../server/simulate/faults.ts';
import { createGatewaySink } from '../server/simulate/gateway-sink.ts';
import { registerFactory } from '../server/simulate/register-factory.ts';
import { type SentTotal, sendStory } from '../server/simulate/send-story.ts';
import { toldBatches } from '../server/simulate/told-batches.ts';
import { readTruth, type Truth } from '../server/simulate/truth.ts';
import { openTruthLog } from '../server/simulate/truth-log.ts';
import { isAsSent, type Verification, verify, verifyOnce } from '../server/simulate/verify.ts';
import { RunningCommand } from './support/command.ts';
import { describeEachEngine, useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

vi.setConfig({ testTimeout: 60_000 });

const signal = new AbortController().signal;
const running: RunningCommand[] = [];
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
});
afterEach(() => Promise.all(running.splice(0).map((command) => command.end())));
afterAll(() => rm(folder, { recursive: true }));

function simulate(...args: readonly string[]): RunningCommand {
  const command = new RunningCommand(['simulate', ...args]);
  running.push(command);
  return command;
}

describeEachEngine('the truth beside what a gateway has', (db) => {
  const gateway = useGateway(db);
  let truth: Truth;
  let total: SentTotal;

  beforeAll(async () => {
    const url = new URL('/', gateway.url);
    const factory = createFactory({ sensors: 20, metrics: ['temperature', 'humidity', 'vibration'], prefix: 'sim' });
    const { table } = factory;
    const from = Date.parse('2025-06-01T00:00:00Z') * 1000;
    const faults = { ...DEFAULT_FAULTS, corrections: 0.05, range: 0.02, unknown: 0.02 };
    const story = tellFactory({ factory, seed: 3, from, to: Number.POSITIVE_INFINITY, cadence: 60e6, readings: 6_000, faults, lateBy: 600e6, skewBy: 2e6 });
    const path = join(folder, db.engine);
    const log = await openTruthLog(path, table);
    const ignore = () => undefined;
    await registerFactory(url, factory);
    total = await sendStory(
      toldBatches(story, { from, startedAt: 0, speed: Number.POSITIVE_INFINITY, times: 'as-measured', rate: Number.POSITIVE_INFINITY, signal }),
      {
        table,
        sink: createGatewaySink({ url, table, signal, patienceMs: 10_000, onWait: ignore, onRejection: ignore }),
        truth: log,
        lanes: 4,
        batchSize: 1_000,
        gatherMs: Number.POSITIVE_INFINITY,
        onSent: ignore,
      },
    );
    await log.close();
    truth = await readTruth(path);
  }, 60_000);

  const look = () => verifyOnce(truth, new URL('/', gateway.url), signal);
  /** What is found between a statement and the one that undoes it. */
  const between = async (spoil: string, mend: string): Promise<Verification> => {
    await db.pool.query(spoil);
    try {
      return await look();
    } finally {
      await db.pool.query(mend);
    }
  };
  const SERIES = `(select min(id) from series where sensor_id = 'sim-0003' and metric_id = 'vibration')`;

  it('counts what was sent as the gateway does', () => {
    expect(total.counts).toMatchObject({ sent: truth.sent, rejected: total.peculiar.refused, loaded: truth.expected });
    expect(total.peculiar).toEqual(truth.peculiar);
    expect(Object.values(total.peculiar).every((count) => count > 0)).toBe(true);
  });

  it('is the same after late, double, corrected and refused readings', async () => {
    expect(await look()).toEqual({
      expected: truth.expected,
      found: truth.expected,
      lost: 0,
      doubled: 0,
      wrong: 0,
      unexpected: 0,
      uncertain: 0,
      miscounted: 0,
      examples: [],
    });
  });

  it('misses a reading that is gone, and names it', async () => {
    const { rows } = await db.pool.query(`select time::text, value from reading where series_id = ${SERIES} order by time offset 17 limit 1`);
    const { time, value } = rows[0];
    const found = await between(
      `delete from reading where series_id = ${SERIES} and time = '${time}'`,
      `insert into reading (series_id, time, value) values (${SERIES}, '${time}', ${value})`,
    );

    expect(found).toMatchObject({ found: truth.expected - 1, lost: 1, doubled: 0, wrong: 0, unexpected: 0 });
    expect(found.examples).toEqual([expect.stringMatching(`^lost: sim-0003 vibration at 2025-06-01T.*: ${value}$`)]);
  });

  it('sees a value that is another, were it by the least', async () => {
    const at = `series_id = ${SERIES} and time = (select max(time) from reading where series_id = ${SERIES})`;
    const [{ value }] = (await db.pool.query(`select value from reading where ${at}`)).rows;
    const found = await between(`update reading set value = value * (1 + 2.3e-16) where ${at}`, `update reading set value = ${value} where ${at}`);

    expect(found).toMatchObject({ found: truth.expected - 1, lost: 0, wrong: 1, unexpected: 0 });
    expect(found.examples[0]).toContain(`, but ${value} was sent last`);
  });

  it('sees a reading that nobody sent', async () => {
    const time = '2025-06-01T01:00:00.000001Z';
    const found = await between(
      `insert into reading (series_id, time, value) values (${SERIES}, '${time}', 1)`,
      `delete from reading where series_id = ${SERIES} and time = '${time}'`,
    );

    expect(found).toMatchObject({ found: truth.expected, lost: 0, wrong: 0, unexpected: 1 });
    expect(found.examples).toEqual([`unexpected: sim-0003 vibration at ${time}: 1`]);
  });

  it('sees a reading that is there twice, in two series of one sensor', async () => {
    const other = `(select max(id) from series where sensor_id = 'sim-0003')`;
    await db.pool.query(`insert into series (sensor_id, metric_id, location_id) values ('sim-0003', 'vibration', null)`);
    const found = await between(
      `with twin as (insert into series_latest (series_id, time, value, first_time, readings)
         select ${other}, time, value, first_time, 3 from series_latest where series_id = ${SERIES} returning series_id),
       changed as (update catalogue set version = version + 1)
       insert into reading (series_id, time, value) select twin.series_id, time, value from reading, twin where reading.series_id = ${SERIES} order by time limit 3`,
      `delete from reading where series_id = ${other};
       delete from series_latest where series_id = ${other};
       delete from series where id = ${other};
       update catalogue set version = version + 1`,
    );

    expect(found).toMatchObject({ lost: 0, doubled: 3, wrong: 0, unexpected: 0 });
  });

  it('waits for as long as the gateway comes nearer, and no longer', async () => {
    const url = new URL('/', gateway.url);
    await db.pool.query(`create table taken as select * from reading where series_id = ${SERIES}`);
    await db.pool.query(`delete from reading where series_id = ${SERIES}`);
    const behind: number[] = [];
    const stays = await verify(truth, { gateway: url, signal, settleMs: 0 });
    const waits = verify(truth, { gateway: url, signal, settleMs: 10_000, onBehind: ({ lost }) => void behind.push(lost) });
    await vi.waitUntil(() => behind.length > 0, 10_000);
    await db.pool.query('insert into reading select * from taken');

    expect(isAsSent(stays)).toBe(false);
    expect(isAsSent(await waits)).toBe(true);
    expect(behind[0]).toBe(stays.lost);
  });
});

describe('the command', () => {
  const db = useDatabase();
  const gateway = useGateway(db);

  it('sends a factory, verifies it, verifies it again later, and ends with 1 once something is missing', async () => {
    const truth = join(folder, 'run.truth');
    const sends = simulate('--url', gateway.url, '--from', '20250101', '--readings', '3000', '--truth', truth, '--verify');
    expect(await sends.exitCode()).toBe(0);
    const { refused, rejected, again } = await sends.line('simulated');
    expect([rejected, Number(again) > 0]).toEqual([refused, true]);
    expect(await sends.line('verified')).toMatchObject({ level: 'info', lost: 0, doubled: 0, wrong: 0, unexpected: 0, miscounted: 0 });

    await db.pool.query('delete from reading where ctid = (select max(ctid) from reading) and tableoid = (select max(tableoid) from reading)');
    expect(await exitCodeOf('--url', gateway.url, '--truth', truth, '--verify', '--settle', '0s')).toBe(1);
  });

  it('writes what happens now into a folder, as whole files of which the gateway gets all', async () => {
    const [out, truth] = [join(folder, 'out'), join(folder, 'now.truth')];
    const settings = [
      '--url',
      gateway.url,
      '--prefix',
      'now',
      '--rate',
      '3000',
      '--for',
      '1s',
      '--sink',
      `csv:${out}/`,
      '--gather',
      'PT0.3S',
      '--truth',
      truth,
    ];
    const exitCode = await exitCodeOf(...settings);
    const names = await readdir(out);
    const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')));

    expect(exitCode).toBe(0);
    expect(names.length).toBeGreaterThan(1);
    expect(names.every((name) => name.endsWith('.csv'))).toBe(true);
    expect(texts.reduce((lines, text) => lines + text.split('\n').length - 2, 0)).toBe((await readTruth(truth)).sent);
    for (const text of texts) await fetch(new URL('/ingest', gateway.url), { method: 'POST', headers: { 'content-type': 'text/csv' }, body: text });
    expect(await exitCodeOf('--url', gateway.url, '--truth', truth, '--verify', '--settle', '0s')).toBe(0);
  });

  it('replays a file as it was measured or as if it were measured now, of sensors that the gateway knows', async () => {
    const [known, unknown] = [join(folder, 'known.csv'), join(folder, 'unknown.csv')];
    await writeFile(
      known,
      'time,sensor,temperature,humidity\n2024-01-01T00:00:00Z,sim-0001,20.5,40\n2024-01-01T00:02:00Z,sim-0001,21,\n2024-01-01T00:01:00Z,sim-0002,19,41\n',
    );
    await writeFile(unknown, 'time,sensor,temperature\n2024-01-01T00:00:00Z,nobody,20.5\n');
    const replay = (file: string, ...more: readonly string[]) => exitCodeOf('--url', gateway.url, '--replay', file, '--verify', '--settle', '0s', ...more);
    const before = Date.now();

    expect([await replay(known, '--as-measured'), await replay(known, '--speed', '600'), await replay(unknown)]).toEqual([0, 0, 1]);
    const { rows } = await db.pool.query(
      // Of these sensors only: some of the tests before have wrong clocks, which are ahead.
      `select value, extract(epoch from time) * 1000 >= $1::float8 as "isNew" from reading join series on series.id = series_id
        where sensor_id in ('sim-0001', 'sim-0002') and not derived and (time < '2024-01-02' or time >= to_timestamp($1::float8 / 1000)) order by time, value`,
      [before],
    );
    expect(rows).toEqual([false, true].flatMap((isNew) => [20.5, 40, 19, 41, 21].map((value) => ({ value, isNew }))));
  });

  it('leaves a metric of another range as it is, and measures nothing of it', async () => {
    await gateway.ask('mutation { saveMetrics(metrics: [{ id: "pressure", unit: "kPa", min: 0 }]) { id } }');

    expect(await exitCodeOf('--url', gateway.url, '--metrics', 'pressure', '--readings', '1')).toBe(1);
    expect((await gateway.ask('{ metrics { id unit } }')).body.data.metrics).toContainEqual({ id: 'pressure', unit: 'kPa' });
  });
});

/** The same in this process, which takes less time to start. */
async function exitCodeOf(...args: readonly string[]): Promise<number> {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  return runCommandLine(['simulate', ...args], { LOG_LEVEL: 'silent' }).finally(() => said.mockRestore());
}
