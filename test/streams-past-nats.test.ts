import { type JetStreamManager, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant, type Instant, now, type TimeWindow } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { natsConnector } from '../etl/connect/nats.ts';
import type { NatsSource } from '../etl/connect/nats-schema.ts';
import type { Job } from '../etl/jobs/job.ts';
import { useDatabase } from './support/database.ts';
import { foundBy, jobOf, performJob } from './support/perform-job.ts';
import { answers } from './support/streams/consumer.ts';
import { HOUR, payload, SECOND, type Sent } from './support/streams/sent.ts';

const silent = () => undefined;
const SILENT = { info: silent, warn: silent, error: silent };
const isNatsThere = await answers('NATS with JetStream', 4222);

describe.skipIf(!isNatsThere)('a backfill of a stream of JetStream', () => {
  const db = useDatabase();
  const name = `thermograph_log_${process.pid}`;
  let connection: NatsConnection;
  let manager: JetStreamManager;
  beforeAll(async () => {
    connection = await connect({ servers: '127.0.0.1:4222' });
    manager = await jetstreamManager(connection);
  });
  afterEach(() => manager.streams.delete(name));
  afterAll(() => connection.close());

  const job = () =>
    jobOf(
      `source: { kind: nats, servers: 127.0.0.1:4222, stream: ${name} }\nmapping: { register: true }\nlimits: { retries: 0 }\nbackfill: { share: 1 }`,
      'log',
    );
  const askFor = (window: TimeWindow, at: () => Instant) =>
    natsConnector.connect(natsSourceOf(job()), {
      store: db.store,
      job: job(),
      claim: null,
      mode: 'WINDOW',
      window,
      signal: new AbortController().signal,
      log: SILENT,
      sourcesFolder: 'none',
      now: at,
    });
  const publish = (reading: Sent) => jetstream(connection).publish(`${name}.a`, payload(reading));

  it('reads what was stored since an hour before its window, and nothing older', async () => {
    await manager.streams.add({ name, subjects: [`${name}.>`] });
    const begin = now() + HOUR;
    await publish({ sensor: 'log-before', time: begin, value: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const from = now() + HOUR;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await publish({ sensor: 'log-since', time: from, value: 1 });
    const window = { from, to: from + HOUR };

    // Asked for two hours later.
    const connected = await askFor(window, () => now() + 2 * HOUR);
    const sensors: string[] = [];
    for await (const { records } of connected.pieces())
      for await (const chunk of records) sensors.push(...chunk.flatMap((record) => ('sensor' in record ? [record.sensor] : [])));
    await connected.close();

    expect(sensors).toEqual(['log-since']);
  });

  it('loads what is left where the stream no longer has its beginning, and says since when there is something', async () => {
    await manager.streams.add({ name, subjects: [`${name}.>`], max_msgs: 3 });
    const begin = Math.floor(now() / HOUR) * HOUR - 3 * HOUR;
    for (let minute = 0; minute < 10; minute += 1) await publish({ sensor: 'left', time: begin + minute * 60 * SECOND, value: 1 });

    const run = await performJob(db, job(), { from: begin, to: now() });

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 3 });
    const { state } = await manager.streams.info(name);
    expect(await foundBy(db, run.id)).toEqual({ reachesBackTo: formatInstant(parseRfc3339(state.first_ts) ?? 0) });
  });

  it('has fewer large messages at a time', async () => {
    await manager.streams.add({ name, subjects: [`${name}.>`] });
    const time = now() - HOUR;
    const padding = ' '.repeat(400_000);
    for (let second = 0; second < 7; second += 1)
      await jetstream(connection).publish(`${name}.a`, payload({ sensor: 'log-large', time: time + second * SECOND, value: second }) + padding);

    const connected = await askFor({ from: time, to: now() }, now);
    const chunks: (readonly (readonly unknown[])[])[] = [];
    for await (const { records } of connected.pieces())
      for await (const chunk of records) if (chunk.length > 0) chunks.push(chunk.map((record) => ('values' in record ? record.values : [])));
    await connected.close();

    expect(chunks).toEqual([[[0], [1], [2]], [[3], [4], [5]], [[6]]]);
  });

  it('is refused of a stream that keeps nothing that was acknowledged', async () => {
    await manager.streams.add({ name, subjects: [`${name}.>`], retention: RetentionPolicy.Workqueue });

    expect(await performJob(db, job(), { from: now() - HOUR, to: now() })).toMatchObject({
      state: 'FAILED',
      error: expect.stringContaining('keeps no message that was acknowledged (retention workqueue)'),
    });
  });
});

function natsSourceOf({ source }: Job): NatsSource {
  if (source.kind !== 'nats') throw new Error('it is a job of another kind');
  return source;
}
