import { afterEach, expect, it } from 'vitest';
import { MICROS_PER_HOUR } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import type { StreamContext } from '../etl/connect/connector.ts';
import type { Connectors } from '../etl/connect/connectors.ts';
import { parseJob } from '../etl/jobs/job.ts';
import { fixedJobLibrary } from '../etl/jobs/job-library.ts';
import { JobPasses } from '../etl/jobs/job-passes.ts';
import { useDatabase } from './support/database.ts';
import { SILENT } from './support/jobs/jobs.ts';
import { type SimulatedClock, simulatedClock } from './support/jobs/simulated-clock.ts';
import { recordsOf } from './support/records.ts';

const db = useDatabase();
const opened: JobPasses[] = [];
let streams = 0;

afterEach(async () => {
  await Promise.all(opened.splice(0).map((passes) => passes.end()));
});

interface TestStream {
  readonly id: string;
  readonly clock: SimulatedClock;
  readonly passes: JobPasses;
  /** What the consumer works with, once it has begun so many times. */
  begun(times: number): Promise<StreamContext>;
  /** Fails the consumer. */
  fail(message: string): void;
  /** Warnings, each with its job. */
  readonly warnings: readonly string[];
}

/** A stream whose broker is the test; `stopped` is what its consumer does when it is told to stop. */
async function openStream(limits = '{}', stopped: (signal: AbortSignal) => Promise<void> = () => Promise.resolve()): Promise<TestStream> {
  const id = `stream-${++streams}`;
  const job = parseJob(
    `source: { kind: mqtt, url: mqtt://127.0.0.1:9, topics: '{sensor}/{metric}' }\nmapping: { register: true }\nlimits: ${limits}`,
    `${id}.yaml`,
    {},
  );
  const clock = simulatedClock(parseRfc3339('2024-05-01T00:30:00Z') ?? 0);
  const contexts: StreamContext[] = [];
  const warnings: string[] = [];
  const warn = (fields: object) => warnings.push(Object.values(fields).map(String).join(' '));
  let fail: (error: Error) => void = () => undefined;
  const none = () => Promise.reject(new Error('the test has one stream'));
  const connectors: Connectors = {
    files: none,
    http: none,
    database: none,
    kafka: none,
    nats: none,
    mqtt: () =>
      Promise.resolve({
        consume: (_source, context) =>
          new Promise<void>((resolve, reject) => {
            contexts.push(context);
            fail = reject;
            context.signal.addEventListener('abort', () => void stopped(context.signal).then(resolve, reject), { once: true });
          }),
      }),
  };
  const passes = new JobPasses({
    store: db.store,
    library: fixedJobLibrary([job]),
    connectors,
    log: { ...SILENT, warn },
    clock,
    sourcesFolder: 'sources',
    host: 'test',
    concurrency: 2,
  });
  opened.push(passes);
  await passes.pass();
  return {
    id,
    clock,
    passes,
    begun: async (times) => {
      await expect.poll(() => contexts.length).toBe(times);
      return contexts[times - 1] ?? expect.fail('no consumer has begun');
    },
    fail: (message) => fail(new Error(message)),
    warnings,
  };
}

async function load(context: StreamContext, minute: number): Promise<void> {
  const time = new Date(Date.UTC(2024, 3, 1, 0, minute)).toISOString();
  for await (const records of recordsOf([{ sensor: `${context.job.id}-1`, metric: 'temperature', time, value: minute }]))
    await context.load({ source: 'x', records, reader: { format: 'json', register: true } });
}

async function runsOf(id: string): Promise<readonly unknown[]> {
  const { rows } = await db.pool.query('select state, attempt, scheduled_for as tick, loaded, error_code as code from etl_run where job_id = $1 order by id', [
    id,
  ]);
  return rows;
}

it('counts what comes to the run between two ticks, and validates it when the next begins, which the consumer does not notice', async () => {
  const stream = await openStream();
  const context = await stream.begun(1);
  await load(context, 1);
  await load(context, 2);

  stream.clock.advanceTo(stream.clock.now() + MICROS_PER_HOUR);
  await stream.passes.pass();
  await expect.poll(() => runsOf(stream.id)).toHaveLength(2);
  await load(context, 3);

  await expect
    .poll(() => runsOf(stream.id))
    .toEqual([
      { state: 'SUCCEEDED', attempt: 1, tick: null, loaded: 2, code: null },
      { state: 'RUNNING', attempt: 1, tick: '2024-05-01T01:00:00Z', loaded: 1, code: null },
    ]);
  await stream.begun(1);
  const { rows } = await db.pool.query(
    `select name, etl_step.finished_at is null as "isOpen" from etl_step join etl_run on etl_run.id = run_id where job_id = $1 order by run_id, position`,
    [stream.id],
  );
  expect(rows.map(({ name, isOpen }) => `${name}${isOpen ? ' …' : ''}`)).toEqual([
    'extract',
    'transform',
    'load',
    'validate',
    'extract …',
    'transform …',
    'load …',
  ]);
});

it('begins a consumer that failed anew after the delay, in another attempt, and in another run when no attempt is left', async () => {
  const stream = await openStream('{ retries: 1, retryDelay: 5s }');
  await load(await stream.begun(1), 1);

  stream.fail('the broker is away');
  await expect.poll(() => runsOf(stream.id)).toEqual([{ state: 'RUNNING', attempt: 2, tick: null, loaded: 1, code: 'RUN_FAILED' }]);
  stream.clock.expire();
  await load(await stream.begun(2), 2);
  stream.fail('the broker is away again');
  await expect.poll(() => runsOf(stream.id)).toEqual([{ state: 'FAILED', attempt: 2, tick: null, loaded: 2, code: 'RUN_FAILED' }]);
  stream.clock.expire();
  await load(await stream.begun(3), 3);

  expect(await runsOf(stream.id)).toEqual([
    { state: 'FAILED', attempt: 2, tick: null, loaded: 2, code: 'RUN_FAILED' },
    { state: 'RUNNING', attempt: 1, tick: null, loaded: 1, code: null },
  ]);
});

it('ends the run of a stream well when its instance stops, and when it has to take another place, where it goes on', async () => {
  const stopped = await openStream();
  await load(await stopped.begun(1), 1);
  await stopped.passes.end();
  expect(await runsOf(stopped.id)).toEqual([{ state: 'SUCCEEDED', attempt: 1, tick: null, loaded: 1, code: null }]);

  const moved = await openStream();
  await load(await moved.begun(1), 1);
  await db.pool.query(
    `select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and classid = ${0x7468726e} and database = (select oid from pg_database where datname = current_database())`,
  );
  await expect
    .poll(async () => {
      await moved.passes.pass().catch(() => undefined);
      return (await runsOf(moved.id)).length;
    })
    .toBe(2);
  await load(await moved.begun(2), 2);
  expect(await runsOf(moved.id)).toEqual([
    { state: 'SUCCEEDED', attempt: 1, tick: null, loaded: 1, code: null },
    { state: 'RUNNING', attempt: 1, tick: null, loaded: 1, code: null },
  ]);
});

it('tells what a consumer fails with while its instance stops, and nothing where it only stops', async () => {
  const failing = await openStream('{}', () => Promise.reject(new Error('the broker is away')));
  const stopping = await openStream('{}', (signal) => Promise.reject(new Error('aborted', { cause: signal.reason })));
  await failing.begun(1);
  await stopping.begun(1);

  await Promise.all([failing.passes.end(), stopping.passes.end()]);

  expect(failing.warnings).toEqual([`Error: the broker is away ${failing.id}`]);
  expect(stopping.warnings).toEqual([]);
  expect(await runsOf(failing.id)).toMatchObject([{ state: 'SUCCEEDED' }]);
});

it('fails the run of a stream whose instance is gone', async () => {
  const stream = await openStream();
  await stream.begun(1);
  await db.pool.query(
    `with gone as (insert into etl_instance (host) values ('gone') returning id)
     insert into etl_run (job_id, kind, state, attempt, instance_id, started_at) select 'gone', 'STREAM', 'RUNNING', 1, id, now() from gone`,
  );

  await stream.passes.pass();

  expect(await runsOf('gone')).toEqual([{ state: 'FAILED', attempt: 1, tick: null, loaded: 0, code: 'INSTANCE_GONE' }]);
});

it('holds up no other job while its consumer is slow to stop, and is not begun anew before it has stopped', async () => {
  const declared = (description: string) =>
    parseJob(`description: ${description}\nsource: { kind: mqtt, url: mqtt://127.0.0.1:9, topics: '{sensor}/{metric}' }`, 'slow.yaml', {});
  const hourly = parseJob('source: { kind: http, url: http://127.0.0.1:9/never }', 'hourly.yaml', {});
  const clock = simulatedClock(parseRfc3339('2024-05-01T00:30:00Z') ?? 0);
  const consumers: { readonly description: string | null; end: () => void }[] = [];
  const never = () => Promise.reject(new Error('the test has one stream'));
  const mqtt: Connectors['mqtt'] = () =>
    Promise.resolve({ consume: (_source, { job }) => new Promise<void>((resolve) => consumers.push({ description: job.description, end: resolve })) });
  let jobs = [declared('first'), hourly];
  const passes = new JobPasses({
    store: db.store,
    library: { folder: '', current: () => Promise.resolve({ jobs: new Map(jobs.map((job) => [job.id, job])), problems: new Map() }) },
    connectors: { files: never, http: never, database: never, kafka: never, nats: never, mqtt },
    log: SILENT,
    clock,
    sourcesFolder: 'sources',
    host: 'test',
    concurrency: 1,
  });
  opened.push(passes);
  await passes.pass();
  await expect.poll(() => consumers).toHaveLength(1);

  jobs = [declared('second'), hourly];
  await passes.pass();
  clock.advanceTo(clock.now() + MICROS_PER_HOUR);
  await passes.pass();

  const { rows } = await db.pool.query(`select from etl_run where job_id = 'hourly'`);
  expect(rows).toHaveLength(1);
  expect(consumers).toHaveLength(1);
  consumers[0]?.end();
  await expect
    .poll(async () => {
      await passes.pass();
      return consumers.map(({ description }) => description);
    })
    .toEqual(['first', 'second']);
  consumers[1]?.end();
});
