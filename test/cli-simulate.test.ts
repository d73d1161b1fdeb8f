import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { prepareSource } from '../etl/prepare-source.ts';
import { sampleInputs } from '../etl/sample-inputs.ts';
import type { Gateway } from '../server/gateway.ts';
import { paced } from '../server/simulate/pace.ts';
import { EVENTFUL, readSampleStory } from '../server/simulate/sample-story.ts';
import type { Moment, TimedMeasurement } from '../server/simulate/story.ts';
import { RunningCommand } from './support/command.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';
import { serve, useGateway } from './support/served-gateway.ts';

vi.setConfig({ testTimeout: 60_000 });

const running: RunningCommand[] = [];
afterEach(() => Promise.all(running.splice(0).map((command) => command.end())));

function simulate(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningCommand {
  const command = new RunningCommand(['simulate', '--replay-sample', ...args], environment);
  running.push(command);
  return command;
}

/** The places, sensors and thresholds of the sample, without its readings. */
async function knowTheSample(db: TestDatabase): Promise<void> {
  for (const { definition } of await sampleInputs()) await prepareSource(db.store, definition);
}

describe('beside a gateway that knows the sensors of the sample', () => {
  const db = useDatabase();
  const gateway = useGateway(db);
  beforeAll(() => knowTheSample(db));

  const READINGS = `query ($sensors: [ID!], $from: TimeBound!) { readings(sensors: $sensors, from: $from, first: 1000) { nodes { time value metric { id } } } }`;
  const readingsSince = async (sensor: string, from: number): Promise<readonly { time: string; value: number }[]> =>
    (await gateway.ask(READINGS, { sensors: [sensor], from: new Date(from).toISOString() })).body.data.readings.nodes;

  it('makes a machine fail now, with the breaches of it, sends nothing twice, and ends by itself', async () => {
    const before = Date.now();
    const command = simulate(['--url', gateway.url, '--speed', '4800']);

    expect(await command.exitCode()).toBe(0);
    expect(await command.line('simulation started')).toMatchObject({ readings: 2928, sensors: 5, seconds: 3 });
    expect(await command.line('simulated')).toMatchObject({ sent: 2928, loaded: 2928, known: 0, rejected: 0, breaches: 20, complete: true });
    const readings = await readingsSince('nab-machine', before);
    expect(readings).toHaveLength(48);
    expect(readings[0]?.value).toBeCloseTo(41.4, 0);
    expect(Math.min(...readings.map(({ value }) => value))).toBeLessThan(5);
    // Five minutes last a sixteenth of a second.
    const gaps = readings.slice(1).map(({ time }, at) => Date.parse(time) - Date.parse(readings[at]?.time ?? ''));
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([62, 63]);
    expect(Date.parse(readings.at(-1)?.time ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('tells the part of the sample that was asked for, of all that measured then', async () => {
    const before = Date.now();
    const command = simulate(['--url', gateway.origin, '--from', '20160811', '--to', '2016-08-11T02:00:00Z', '--speed', '100000']);

    expect(await command.exitCode()).toBe(0);
    expect(await command.line('simulation started')).toMatchObject({ sensors: 8 });
    expect(await command.line('simulated')).toMatchObject({ rejected: 0, complete: true });
    const readings = await readingsSince('Dongsi', before);
    expect(new Set(readings.map(({ time }) => time)).size).toBe(2);
  });

  it('ends with 0 at SIGINT, and says what was sent so far', async () => {
    const command = simulate(['--url', gateway.origin, '--speed', '60']);
    await command.line('simulating');

    command.signal('SIGINT');

    expect(await command.exitCode()).toBe(0);
    const { sent, loaded, complete } = await command.line('simulated');
    expect([Number(sent) > 0, loaded === sent, complete]).toEqual([true, true, false]);
    expect(command.errors).toBe('');
  });
});

describe('beside a gateway that comes and goes', () => {
  const db = useDatabase();
  beforeAll(() => knowTheSample(db));

  it('waits for a gateway that is away for a moment, and then sends all that became due meanwhile, once', async () => {
    const port = await freePort();
    const environment = { PORT: String(port) };
    let gateway: Gateway = await serve(db.store, [], environment);
    try {
      const command = simulate(['--url', `http://127.0.0.1:${port}`, '--speed', '2400']);
      await command.line('simulating');

      await gateway.stop();
      await command.line('gateway is away, trying again');
      gateway = await serve(db.store, [], environment);

      expect(await command.exitCode()).toBe(0);
      const { sent, loaded, known } = await command.line('simulated');
      expect([sent, Number(loaded) + Number(known)]).toEqual([2928, 2928]);
      const { rows } = await db.pool.query('select count(*)::int as readings from reading');
      expect(rows).toEqual([{ readings: 2928 }]);
    } finally {
      await gateway.stop();
    }
  });
});

describe('where it cannot be played', () => {
  const empty = useGateway(useDatabase());
  const other = createServer((_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Not here</p>'));
  beforeAll(() => new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => other.close(resolve)));

  it('says that no gateway is there, how one is started and how another is named', async () => {
    const port = await freePort();
    const command = simulate(['--url', `http://127.0.0.1:${port}`]);

    expect(await command.exitCode()).toBe(1);
    expect(command.errors).toMatch(
      new RegExp(`no gateway answers at http://127.0.0.1:${port} \\(connect ECONNREFUSED .*\\): start one .*thermograph serve.* --url`),
    );
    expect(command.errors).not.toMatch(/\.ts:/);
  });

  it('says that the store has no sample, and two ways to one that has', async () => {
    const command = simulate([], { THERMOGRAPH_URL: empty.origin });

    expect(await command.exitCode()).toBe(1);
    expect(command.errors).toContain('does not know the sensor mote-1 and 4 more of the sample, so its store was made without the sample');
    expect(command.errors).toMatch(/thermograph ingest --sample .*\n.*thermograph serve --port 4001 --data/);
  });

  it('says that something else answers there', async () => {
    const command = simulate(['--url', `http://127.0.0.1:${portOf(other)}`]);

    expect(await command.exitCode()).toBe(1);
    expect(command.errors).toContain('does not speak as a gateway does: HTTP 404');
  });
});

describe('the pace', () => {
  const moments = async function* (afters: readonly number[]): AsyncGenerator<Moment> {
    for (const after of afters) yield { after, measurements: [{ sensor: 'press-1', values: { temperature: after } }] };
  };
  const MINUTE = 60_000_000;

  it('gives each moment its time, divided by the speed, and none before it is due', async () => {
    const startedAt = Date.now() * 1000;
    const told: (readonly TimedMeasurement[])[] = [];
    for await (const batch of paced(moments([0, MINUTE, 3 * MINUTE]), { speed: 600, startedAt, signal: new AbortController().signal })) {
      expect(batch.every(({ time }) => time <= Date.now() * 1000)).toBe(true);
      told.push(batch);
    }

    expect(told.map((batch) => batch.map(({ time }) => time - startedAt))).toEqual([[0], [100_000], [300_000]]);
  });

  it('puts moments that follow closely into one batch', async () => {
    const startedAt = Date.now() * 1000;
    const sizes: number[] = [];
    for await (const batch of paced(moments(Array.from({ length: 100 }, (_, at) => at * 3_000)), { speed: 1, startedAt, signal: new AbortController().signal }))
      sizes.push(batch.length);

    expect(sizes.reduce((total, size) => total + size, 0)).toBe(100);
    expect(sizes.length).toBeLessThanOrEqual(5);
  });

  it('gives whoever takes a batch late all that has become due since, in order, at the times at which it was due', async () => {
    const startedAt = Date.now() * 1000 - 60 * MINUTE;
    const told: TimedMeasurement[][] = [];
    for await (const batch of paced(moments([0, MINUTE, 2 * MINUTE]), { speed: 1, startedAt, signal: new AbortController().signal })) told.push([...batch]);

    expect(told.map((batch) => batch.map(({ time }) => time - startedAt))).toEqual([[0, MINUTE, 2 * MINUTE]]);
  });

  it('ends while it waits, when it is told to', async () => {
    const stop = new AbortController();
    const told = paced(moments([0, 1000 * MINUTE]), { speed: 1, startedAt: Date.now() * 1000, signal: stop.signal });
    await told.next();

    const next = told.next();
    stop.abort();

    await expect(next).rejects.toThrow('aborted');
  });
});

it('tells two stretches of the sample side by side, each from its first reading on, in the order of time', async () => {
  const story = await readSampleStory(EVENTFUL);
  const moments: Moment[] = [];
  for await (const moment of story.moments()) moments.push(moment);

  expect(story.sensors).toEqual(['mote-1', 'mote-2', 'mote-3', 'mote-4', 'nab-machine']);
  expect(moments[0]?.measurements.map(({ sensor }) => sensor).sort()).toEqual(story.sensors);
  expect(moments.map(({ after }) => after)).toEqual([...new Set(moments.map(({ after }) => after))].sort((one, other) => one - other));
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens at no port');
  return address.port;
}
