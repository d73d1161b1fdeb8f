import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readServingSettings } from '../server/settings.ts';
import { useDatabase } from './support/database.ts';
import { makeTestDirectory } from './support/directory.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const service = z.object({
  image: z.string().optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  stop_grace_period: z.string(),
});
const compose = z.object({ services: z.object({ database: service, gateway: service }) }).parse(parse(read('docker-compose.yml')));
const { database, gateway: container } = compose.services;
const dockerfile = read('Dockerfile');

/** What a variable of the environment is set to in the container, where the user has nothing but a copy of .env.example. */
const example = Object.fromEntries([...read('.env.example').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
const fill = (text: string) => text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (_whole, name: string, otherwise = '') => example[name] ?? otherwise);
const environment = Object.fromEntries(Object.entries(container.environment).map(([name, value]) => [name, fill(value)]));

/** The settings that the image itself has. */
const image = Object.fromEntries([...(/^ENV (.+)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));

/** The exit code of the image's health check, for a gateway at this port. */
async function checkHealth(port: string): Promise<unknown> {
  const [program, ...args] = z.array(z.string()).parse(JSON.parse(/^HEALTHCHECK[^[]+(\[.+\])$/m.exec(dockerfile)?.[1] ?? '[]'));
  expect(program).toBe('node');
  const child = spawn(process.execPath, args, { env: { PORT: port }, stdio: 'ignore' });
  const [exitCode] = await once(child, 'close');
  return exitCode;
}

it('says in a clone what is missing before the command can run', async () => {
  const clone = await makeTestDirectory();
  for (const folder of ['bin', 'server']) mkdirSync(join(clone, folder));
  writeFileSync(join(clone, 'bin', 'thermograph.mjs'), read('bin/thermograph.mjs'));
  writeFileSync(join(clone, 'server', 'main.ts'), '');
  const run = () => spawnSync(process.execPath, [join(clone, 'bin', 'thermograph.mjs')], { encoding: 'utf8' });

  const bare = run();
  mkdirSync(join(clone, 'node_modules'));
  const installed = run();

  rmSync(clone, { recursive: true });
  expect([bare.status, bare.stderr]).toEqual([1, 'thermograph: not installed yet: npm ci && npm start\n']);
  expect([installed.status, installed.stderr]).toEqual([1, expect.stringContaining('not built yet: npm start')]);
});

it('has the container listen where Compose publishes it, once Compose has said that it may', () => {
  expect(() => readServingSettings(image)).toThrow('ALLOW_ANONYMOUS=true');
  expect(readServingSettings({ ...image, ...environment })).toMatchObject({
    HOST: '0.0.0.0',
    PORT: 4000,
    ALLOW_ANONYMOUS: true,
    ALLOWED_HOSTS: ['gateway'],
    TIMEZONE: 'UTC',
  });
  expect(container.ports.map((port) => port.split(':').at(-1))).toEqual(['4000']);
  expect(dockerfile).toMatch(/^EXPOSE 4000$/m);
});

it('publishes ports on this machine only, as everybody who reaches them may do everything', () => {
  expect([...database.ports, ...container.ports].filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

// All of them are read strictly, so what is no setting is what takes anything. pg itself reads PGPASSWORD.
it.each(Object.keys(environment).filter((name) => name !== 'PGPASSWORD'))('sets %s for the gateway, which knows it', (name) => {
  expect(() => readServingSettings({ [name]: 'no: such value' })).toThrow(name);
});

it('has the same password for the gateway as for the database, and in no URL, where it would have to be escaped', () => {
  expect(container.environment.PGPASSWORD).toBe(database.environment.POSTGRES_PASSWORD);
  expect(new URL(environment.DATABASE_URL ?? '')).toMatchObject({
    protocol: 'postgres:',
    username: database.environment.POSTGRES_USER,
    password: '',
    hostname: 'database',
  });
});

it('explains in .env.example all that Compose takes from .env, and nothing else', () => {
  const taken = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const explained = [...read('.env.example').matchAll(/^#?(\w+)=/gm)].map(([, name]) => name);

  expect(new Set(explained)).toEqual(new Set(taken));
});

it('tests on the TimescaleDB that Compose starts', () => {
  expect(read('.github/workflows/ci.yml')).toContain(` image: ${database.image}\n`);
});

it('calls a container healthy whose gateway is ready, and no other', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const address = free.address();
  free.close();
  await once(free, 'close');

  expect(await checkHealth(new URL(gateway.origin).port)).toBe(0);
  expect(await checkHealth(String(typeof address === 'object' ? address?.port : 0))).toBe(1);
});
