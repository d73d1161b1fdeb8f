import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useDoctor } from './support/doctor.ts';

// Each starts a process, some also a PostgreSQL.
vi.setConfig({ testTimeout: 120_000 });
const isRoot = process.getuid?.() === 0;
const { run, examine, makeDirectory } = useDoctor();

process.stderr.write(
  isRoot
    ? '*** SKIPPED: what the doctor says to an ordinary user of a directory that may not be written. To run it: npm test as one ***\n'
    : '*** SKIPPED: what the doctor says to root of a directory that PostgreSQL cannot get to. To run it: sudo npm test ***\n',
);

describe('over the embedded PostgreSQL', () => {
  it('looks into a store that a gateway has open, and says when none has, without leaving a trace', async () => {
    const directory = await makeDirectory();
    const data = join(directory, 'data');
    const gateway = run(['serve', '--sample', 'none'], { PORT: '0', THERMOGRAPH_DATA: data });
    const { url } = await gateway.line('ready');
    const files = readdirSync(data);

    const beside = await examine({ THERMOGRAPH_DATA: data, PORT: new URL(String(url)).port });
    gateway.signal('SIGTERM');
    await gateway.exitCode();
    const alone = await examine({ THERMOGRAPH_DATA: data });

    expect(beside).toMatchObject({
      exitCode: 0,
      port: { status: 'ok', found: expect.stringContaining('our gateway') },
      'data directory': { status: 'ok' },
      server: { status: 'ok', found: expect.stringMatching(/belongs to the gateway with process \d+/) },
      database: { status: 'ok' },
      engine: { status: 'ok', found: expect.stringContaining('postgres') },
      migrations: { status: 'ok' },
    });
    expect(beside.all.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(alone).toMatchObject({ exitCode: 0, server: { status: 'warn', next: expect.stringContaining('thermograph serve') }, programs: { status: 'ok' } });
    expect(alone.all.map(({ name }) => name)).not.toContain('database');
    expect([readdirSync(data), readdirSync(directory)]).toEqual([files, ['data']]);
    expect(readdirSync(join(data, 'postgresql'))).not.toContain('postmaster.pid');
  });

  it.each([
    ['the password is wrong', 'thermograph:wrong', '', 'check user and password'],
    ['there is no password', 'thermograph', '', 'check user and password'],
    ['the server has no TLS', 'thermograph:wrong', '?sslmode=require', 'take sslmode out of DATABASE_URL'],
  ])('says what to do where it is named by a URL and %s, as every command does', async (_name, credentials, parameters, next) => {
    const data = join(await makeDirectory(), 'data');
    const gateway = run(['serve', '--sample', 'none'], { PORT: '0', THERMOGRAPH_DATA: data });
    const { port } = await gateway.line('embedded PostgreSQL started');
    const DATABASE_URL = `postgres://${credentials}@127.0.0.1:${String(port)}/postgres${parameters}`;

    const migrate = run(['migrate'], { DATABASE_URL });
    const found = await examine({ DATABASE_URL });

    expect(found).toMatchObject({ exitCode: 1, database: { status: 'fail', next: expect.stringContaining(next) } });
    expect(await migrate.exitCode()).toBe(1);
    expect(migrate.errors).toContain(next);
    expect(migrate.errors + found.output).not.toMatch(/wrong|\.ts:/);
  });

  it('makes no data directory', async () => {
    const directory = await makeDirectory();

    const found = await examine({ THERMOGRAPH_DATA: join(directory, 'not', 'yet') });

    expect(found).toMatchObject({ exitCode: 0, 'data directory': { status: 'ok', found: expect.stringContaining('the first start makes it') } });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('fails where a file is in the way', async () => {
    const directory = await makeDirectory();
    writeFileSync(join(directory, 'data'), '');

    expect(await examine({ THERMOGRAPH_DATA: join(directory, 'data') })).toMatchObject({
      exitCode: 1,
      'data directory': { status: 'fail', found: expect.stringContaining('is a file'), next: expect.stringContaining('THERMOGRAPH_DATA') },
    });
  });

  it.runIf(isRoot)('fails where the user that PostgreSQL runs as cannot get to the data', async () => {
    const closed = join(await makeDirectory(), 'closed');
    mkdirSync(closed, { mode: 0o700 });

    const found = await examine({ THERMOGRAPH_DATA: join(closed, 'data') });

    expect(found).toMatchObject({ exitCode: 1, 'data directory': { status: 'fail', next: expect.stringContaining(`chmod o+x ${closed}`) } });
    expect(readdirSync(closed)).toEqual([]);
  });

  it.runIf(!isRoot)('fails where the directory may not be written', async () => {
    const directory = await makeDirectory();
    chmodSync(directory, 0o555);

    expect(await examine({ THERMOGRAPH_DATA: join(directory, 'data') })).toMatchObject({
      exitCode: 1,
      'data directory': { status: 'fail', next: expect.stringContaining('set THERMOGRAPH_DATA to a directory that this user may write') },
    });
  });
});
