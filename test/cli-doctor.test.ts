import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { checkDatabaseClock, checkOwnClock } from '../server/doctor/clock-checks.ts';
import { checkNode } from '../server/doctor/node-check.ts';
import { availableEngines, describeEachEngine, useDatabase } from './support/database.ts';
import { useDoctor } from './support/doctor.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';
import { useGateway } from './support/served-gateway.ts';
import { runOn, urlOf } from './support/test-server.ts';

// Each starts a process.
vi.setConfig({ testTimeout: 120_000 });
const db = useDatabase();
const { run, examine } = useDoctor();
const databases: string[] = [];
const roles: string[] = [];
afterAll(async () => {
  for (const name of databases) await runOn(db.url, `drop database if exists ${name} with (force)`);
  for (const role of roles) await runOn(db.url, `drop role if exists ${role}`);
});

async function makeDatabase(): Promise<string> {
  const name = `thermograph_doctor_${randomBytes(6).toString('hex')}`;
  await runOn(db.url, `create database ${name} template template0 encoding 'UTF8'`);
  databases.push(name);
  return urlOf(db.url, name);
}

describe('over a healthy PostgreSQL', () => {
  it('says one plain line a check, and ends with 0', async () => {
    const command = run(['doctor'], { DATABASE_URL: db.url, PORT: '0' });

    expect(await command.exitCode()).toBe(0);
    const lines = command.output.trimEnd().split('\n');
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(ok {4}|warn {2})\S.{14} \S/);
    expect(lines.at(-1)).toMatch(/^\d+ checks: \d+ ok, \d+ to look at, 0 failed$/);
    expect(command.output).not.toContain('\u001b');
  });

  it('counts the stale days as the store has them', async () => {
    await db.pool.query(
      `insert into stale_day (series_id, day, since) values (1, '2026-01-01', '2026-01-01T05:00:00Z'), (2, '2026-01-01', '2026-01-01T03:00:00Z'), (1, '2026-01-02', '2026-01-02T00:00:00Z')`,
    );

    const found = await examine({ DATABASE_URL: db.url });

    await db.pool.query('delete from stale_day');
    expect(found).toMatchObject({ 'stale days': { found: expect.stringMatching(/^3 series-days on 2 days, the oldest .* 2026-01-01T03:00:00Z;/) } });
  });

  it('warns of settings under which a crash loses readings, as those of the test server', async () => {
    expect((await db.pool.query("select 1 from pg_settings where name = 'fsync' and setting = 'off'")).rowCount === 1).toBe(
      (await examine({ DATABASE_URL: db.url })).all.some(({ name, status }) => name === 'durability' && status === 'warn'),
    );
  });
});

describeEachEngine('over a store', (store) => {
  it('says which engine it has and why, how far its schema is, and what of TimescaleDB is there', async () => {
    const found = await examine({ DATABASE_URL: store.url });

    expect(found.exitCode).toBe(0);
    expect(found).toMatchObject({
      database: { status: 'ok', found: expect.stringMatching(/PostgreSQL 1\d/) },
      engine: { status: 'ok', found: expect.stringMatching(new RegExp(`^${store.engine}, as recorded in the store`)) },
      extension: {
        status: 'ok',
        found: expect.stringContaining(store.engine === 'timescale' ? 'created, preloaded, licence timescale' : 'the engine postgres needs none'),
      },
      migrations: { status: 'ok', found: expect.stringMatching(/^current, at \d+$/) },
      'database clock': { status: 'ok' },
      'time zones': { status: 'ok', found: expect.stringContaining('the database agrees') },
    });
  });

  it('says what is judged by, how far what happens without a reading is judged, and what came of it', async () => {
    const before = await examine({ DATABASE_URL: store.url });
    await build(store, { sensors: [{ id: 'S1' }], readings: [['S1', 'temperature', '2024-05-01T00:00:00Z', 20]] });
    const thresholdId = await addThreshold(store, { min: 60, noDataAfter: '1h' });
    await addThreshold(store, { level: 'CRITICAL', min: 80, effectiveFrom: '2999-01-01T00:00:00Z' });
    await recordBreaches(store, [{ sensor: 'S1' }, { sensor: 'S1' }]);
    const silent = await examine({ DATABASE_URL: store.url });
    await recordAlerts(store, [{ sensor: 'S1', thresholdId, kind: 'NO_DATA', peak: null, openedAt: '2024-05-01T01:00:00Z' }]);
    await store.pool.query(`update watch set judged_until = now()`);
    const judged = await examine({ DATABASE_URL: store.url });

    expect(before).toMatchObject({ thresholds: { status: 'ok', found: expect.stringMatching(/^none:/) }, breaches: { found: 'none; open alerts: 0' } });
    expect(silent).toMatchObject({
      exitCode: 0,
      thresholds: { status: 'ok', found: '2, of which 1 in force now' },
      watching: { status: 'warn', found: expect.stringContaining('1 series silent for too long without an alert') },
      breaches: { status: 'ok', found: '2, numbers 1 to 2; open alerts: 0' },
    });
    expect(judged).toMatchObject({
      watching: { status: 'ok', found: expect.stringMatching(/^judged until 20.*, nothing has been due since$/) },
      breaches: { found: '2, numbers 1 to 2; open alerts: 1' },
    });
  });

  it('fails where a setting asks for another engine', async () => {
    const found = await examine({ DATABASE_URL: store.url, THERMOGRAPH_ENGINE: store.engine === 'postgres' ? 'timescale' : 'postgres' });

    expect(found).toMatchObject({ exitCode: 1, engine: { status: 'fail', next: expect.stringContaining('leave THERMOGRAPH_ENGINE unset') } });
  });
});

describe('over a database that is not as it should be', () => {
  it('creates nothing in an empty one', async () => {
    const url = await makeDatabase();

    const found = await examine({ DATABASE_URL: url });

    expect(found).toMatchObject({ exitCode: 0, migrations: { status: 'ok', found: expect.stringContaining('no store in this database yet') } });
    await runOn(
      url,
      `do $$ begin if exists (select from pg_class where relnamespace = 'public'::regnamespace) then raise 'a relation is there'; end if; end $$`,
    );
  });

  it('warns of migrations that are to be applied, and fails on those of a newer version', async () => {
    const url = await makeDatabase();
    expect(await run(['migrate'], { DATABASE_URL: url, THERMOGRAPH_ENGINE: 'postgres' }).exitCode()).toBe(0);
    await runOn(url, 'delete from migration where number = (select max(number) from migration)');
    const behind = await examine({ DATABASE_URL: url });
    await runOn(url, `insert into migration (number, file) values (9999, '9999_later.sql')`);
    const ahead = await examine({ DATABASE_URL: url });

    expect(behind).toMatchObject({
      exitCode: 0,
      migrations: { status: 'warn', found: expect.stringMatching(/^1 to be applied: \d{4}_/), next: expect.stringContaining('thermograph migrate') },
    });
    expect(ahead).toMatchObject({ exitCode: 1, ok: false, migrations: { status: 'fail', found: expect.stringContaining('at 9999') } });
  });

  it('fails where the role may create nothing', async () => {
    const url = new URL(await makeDatabase());
    const role = `thermograph_doctor_${randomBytes(6).toString('hex')}`;
    await runOn(db.url, `create role ${role} login password 'guest'`);
    roles.push(role);
    url.username = role;
    url.password = 'guest';

    expect(await examine({ DATABASE_URL: url.href })).toMatchObject({ exitCode: 1, rights: { status: 'fail', next: expect.stringContaining('owner') } });
  });

  it.each([
    ['nobody listens', (url: URL) => Object.assign(url, { port: '1' }), 'start the server'],
    ['there is no such database', (url: URL) => Object.assign(url, { pathname: '/thermograph_nowhere' }), 'create database'],
  ])('fails where %s, says what to do, and keeps the password to itself', async (_name, change, next) => {
    const url = change(new URL(db.url));
    url.password ||= 'not-a-secret';

    const found = await examine({ DATABASE_URL: url.href });

    expect(found).toMatchObject({ exitCode: 1, database: { status: 'fail', next: expect.stringContaining(next) } });
    expect(found.output).not.toContain(url.password);
  });
});

describe('at a port', () => {
  const gateway = useGateway(db);

  it('knows our own gateway', async () => {
    const found = await examine({ DATABASE_URL: db.url, PORT: new URL(gateway.url).port });

    expect(found).toMatchObject({ exitCode: 0, port: { status: 'ok', found: expect.stringMatching(/^our gateway answers at .*: ready, engine postgres/) } });
  });

  it('fails where another program has it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';

    const found = await examine({ DATABASE_URL: db.url, PORT: port });

    other.close();
    expect(found).toMatchObject({
      exitCode: 1,
      port: { status: 'fail', found: expect.stringContaining('no gateway of ours'), next: expect.stringContaining(`lsof -i :${port}`) },
    });
  });
});

describe.runIf(availableEngines().includes('timescale'))('over TimescaleDB', () => {
  const timescale = useDatabase('timescale');

  it('names the job that failed, why, and when it is tried again', async () => {
    await timescale.store.engine.maintain(timescale.store.writePool, 'UTC');
    const { rows } = await timescale.pool.query<{ id: number }>(
      `select job_id as id from timescaledb_information.jobs where proc_name = 'policy_compression' and hypertable_name = 'reading'`,
    );
    const id = rows[0]?.id ?? 0;
    await runOn(
      timescale.url,
      `delete from _timescaledb_internal.bgw_job_stat where job_id = ${id}`,
      `insert into _timescaledb_internal.bgw_job_stat (job_id, last_start, last_finish, next_start, last_successful_finish, last_run_success, total_runs, total_duration,
         total_duration_failures, total_successes, total_failures, total_crashes, consecutive_failures, consecutive_crashes)
       values (${id}, now(), now(), '2999-01-01T00:00:00Z', '-infinity', false, 1, '0', '0', 0, 1, 0, 1, 0)`,
      `insert into _timescaledb_internal.bgw_job_stat_history (job_id, pid, execution_start, execution_finish, succeeded, data)
       values (${id}, 1, now(), now(), false, '{"job": {"proc_name": "policy_compression"}, "error_data": {"message": "disk full"}}')`,
    );

    expect(await examine({ DATABASE_URL: timescale.url })).toMatchObject({
      exitCode: 0,
      extension: {
        status: 'warn',
        found: expect.stringContaining(`job ${id} (policy_compression of reading) failed: disk full; it is tried again at 2999-01-01T00:00:00Z`),
        next: expect.stringContaining(`call run_job(${id})`),
      },
    });
  });

  it('fails where the store has lost the extension', async () => {
    const url = timescale.url;
    await runOn(url, 'drop extension timescaledb cascade');

    expect(await examine({ DATABASE_URL: url })).toMatchObject({
      exitCode: 1,
      extension: { status: 'fail', found: expect.stringContaining('the store needs it') },
    });
  });
});

describe('a clock', () => {
  it.each([
    [0, 'ok'],
    [-4_000, 'ok'],
    [60_000, 'warn'],
    [-7_200_000, 'fail'],
  ])('that is %d ms ahead of this machine is %s', (aheadMs, status) => {
    expect(checkDatabaseClock({ aheadMs, withinMs: 10 }).status).toBe(status);
  });

  it('of this machine is wrong where it shows a time before this program was there', () => {
    expect(checkOwnClock(Date.UTC(1970, 0, 1)).status).toBe('fail');
    expect(checkOwnClock(Date.now()).status).toBe('ok');
  });
});

it.each([
  ['20.19.0', 'ok'],
  ['22.0.1', 'ok'],
  ['20.9.5', 'fail'],
  ['18.20.0', 'fail'],
])('holds Node %s against the version that is needed', (version, status) => {
  expect(checkNode(version, '20.19').status).toBe(status);
});

it('ends with 2 where a setting is wrong', async () => {
  const command = run(['doctor', '--port', 'none'], {});

  expect(await command.exitCode()).toBe(2);
  expect(command.errors).toContain('PORT is "none"');
});
