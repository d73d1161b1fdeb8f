import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { now } from '../db/time/instant.ts';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import type { Connected } from '../etl/connect/connector.ts';
import type { Connectors } from '../etl/connect/connectors.ts';
import { ingest } from '../etl/ingest.ts';
import type { Job } from '../etl/jobs/job.ts';
import { ensureQueue } from '../etl/jobs/queue.ts';
import { windowOf } from '../etl/jobs/start-run.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';
import { hasKafka } from './support/kafka/mock-cluster.ts';
import { jobOf, performJob } from './support/perform-job.ts';
import { recordsOf } from './support/records.ts';
import { answers, startConsumer } from './support/streams/consumer.ts';
import { type LogBroker, openKafka, openNats } from './support/streams/log-broker.ts';
import { differences, HOUR, history, lastOf, readingsOf, SECOND, type Sent, text } from './support/streams/sent.ts';

const silent = () => undefined;
const SILENT = { info: silent, warn: silent, error: silent };

const isNatsThere = await answers('NATS with JetStream', 4222);
const isKafkaThere = hasKafka();

describe.each([
  ['Kafka', openKafka, isKafkaThere],
  ['JetStream', openNats, isNatsThere],
] as const)('a backfill of what %s has kept', (_name, open, isThere) => {
  const db = useDatabase();
  const running: { stop(): Promise<void> }[] = [];
  let broker: LogBroker;

  beforeAll(async () => {
    if (isThere) broker = await open();
    // Where failed attempts are put back.
    await ensureQueue(db.store, SILENT);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(async () => {
    if (isThere) await broker.close();
  });

  const yamlOf = (topic: string) => `
source: ${broker.source(topic)}
mapping: { register: true }
limits: { retries: 2, retryDelay: 0s }
backfill: { batchSize: 200, share: 1 }`;
  const jobFor = (topic: string) => jobOf(yamlOf(topic), topic);
  const consume = async (topic: string) => {
    const consumer = await startConsumer(db, topic, yamlOf(topic));
    running.push(consumer);
    return consumer;
  };
  const consumed = async (topic: string, readings: number) => {
    await expect.poll(() => consumedBy(db, topic), { timeout: 30_000 }).toBe(readings);
  };

  it.skipIf(!isThere)(
    'brings readings back that were deleted or corrected since, tells so beforehand, and changes nothing the second time',
    async () => {
      const topic = 'reloaded';
      const job = jobFor(topic);
      const begin = Math.floor(now() / HOUR) * HOUR - 5 * HOUR;
      const window = { from: begin + HOUR, to: begin + 3 * HOUR };
      const sent = history(topic, begin, 4 * HOUR);
      await broker.send(topic, sent);
      const consumer = await consume(topic);
      await consumed(topic, sent.length);
      await consumer.stop();
      const whole = await readingsOf(db, topic);
      expect(whole).toEqual(lastOf(sent));
      const inWindow = lastOf(sent.filter(({ time }) => time >= window.from && time < window.to));
      // A third is gone, a third was corrected from elsewhere; outside of the window something is missing that stays so.
      const deleted = await deleteReadings(
        db,
        topic,
        inWindow.filter((_, at) => at % 3 === 0),
      );
      await deleteReadings(db, topic, whole.filter(({ time }) => time < window.from).slice(0, 5));
      const elsewhere = inWindow.filter((_, at) => at % 3 === 1).map((reading) => ({ ...reading, value: -1 }));
      await ingest(db.store, recordsOf(elsewhere.map(({ sensor, time, value }) => ({ sensor, metric: 'temperature', time: text(time), value }))), {
        register: false,
      });
      const [before, noted, stored] = [await readingsOf(db, topic), await broker.noted(topic), await positionsOf(db, topic)];

      const dry = await performJob(db, job, { ...window, dryRun: true });
      const untouched = await readingsOf(db, topic);
      const run = await performJob(db, job, window);
      const again = await performJob(db, job, window);

      const expected = { received: inWindow.length, loaded: deleted, corrected: elsewhere.length, unchanged: inWindow.length - deleted - elsewhere.length };
      expect(dry).toMatchObject({ state: 'SUCCEEDED', received: 0, would_change: expected });
      expect(untouched).toEqual(before);
      expect(run).toMatchObject({ state: 'SUCCEEDED', progress: 1, rejected: 0, ...expected });
      expect(differences(await readingsOf(db, topic), lastOf([...before, ...inWindow]))).toEqual([]);
      expect(again).toMatchObject({ state: 'SUCCEEDED', received: inWindow.length, loaded: 0, corrected: 0, unchanged: inWindow.length });
      // What the job itself is at was left alone.
      expect([await broker.noted(topic), await positionsOf(db, topic)]).toEqual([noted, stored]);
    },
    120_000,
  );

  it.skipIf(!isThere)(
    'leaves what the job consumes meanwhile as that has it, a correction of what it loads among them',
    async () => {
      const topic = 'beside';
      const job = jobFor(topic);
      const begin = Math.floor(now() / HOUR) * HOUR - 3 * HOUR;
      const sent = history(topic, begin, 2 * HOUR);
      await broker.send(topic, sent);
      await consume(topic);
      await consumed(topic, sent.length);
      const [first] = sent;
      const corrected = { sensor: first?.sensor ?? '', time: first?.time ?? 0, value: 99.99 };
      // Measured in the window, of instants that nobody has written before: such come without end.
      const late: Sent[] = [];
      let pieces = 0;

      // When all of the log is read, and the last of it not yet loaded.
      const run = await performJob(
        db,
        job,
        { from: begin, to: now() },
        undefined,
        atEndOfPieces(job, async () => {
          pieces += 1;
          const comes = { ...corrected, time: begin + pieces * 60 * SECOND + SECOND };
          late.push(comes);
          await broker.send(topic, pieces === 1 ? [corrected, comes] : [comes]);
          await consumed(topic, sent.length + 1 + late.length);
        }),
      );

      expect(run).toMatchObject({ state: 'SUCCEEDED', received: lastOf(sent).length + 1, loaded: 0 });
      expect(differences(await readingsOf(db, topic), lastOf([...sent, corrected, ...late]))).toEqual([]);
      expect(pieces).toBe(3);
    },
    120_000,
  );

  it.skipIf(!isThere)(
    'goes on near where it was when an attempt dies in the middle',
    async () => {
      const topic = 'resumed';
      const job = jobFor(topic);
      const begin = Math.floor(now() / HOUR) * HOUR - 10 * HOUR;
      const sent = Array.from(
        { length: 36_000 },
        (_, at): Sent => ({ sensor: `${topic}-${at % 3}`, time: begin + Math.floor(at / 3) * SECOND, value: at % 500 }),
      );
      await broker.send(topic, sent);
      const window = { from: begin, to: now() };

      const broken = await performJob(db, job, window, undefined, breaksAfter(job, 30_000));
      const { rows } = await db.pool.query<{ n: number }>(`select received as n from etl_run where id = $1`, [broken.id]);
      const run = await performJob(db, job, window, broken.id);

      expect(broken.state).toBe('QUEUED');
      expect(rows[0]?.n).toBeGreaterThan(0);
      expect(run).toMatchObject({ state: 'SUCCEEDED', corrected: 0 });
      // Of those that were loaded, hardly any once more.
      expect(run.unchanged).toBeLessThan(1_000);
      expect(differences(await readingsOf(db, topic), lastOf(sent))).toEqual([]);
    },
    60_000,
  );
});

it('is what a window is of for jobs of Kafka and NATS, which are not started without one; of MQTT there is none', () => {
  const kafka = jobOf('source: { kind: kafka, brokers: [b], topics: [t] }', 'presses');
  const mqtt = jobOf('source: { kind: mqtt, url: "mqtt://b", topics: "a/{sensor}" }', 'ovens');

  expect(windowOf(kafka, { from: 5, to: null, dryRun: false }, 9)).toEqual({ from: 5, to: 9 });
  expect(() => windowOf(kafka, { from: null, to: null, dryRun: false }, 9)).toThrow(
    'it is not started; with "from" a window of what the broker has kept is loaded again',
  );
  expect(() => windowOf(mqtt, { from: 5, to: null, dryRun: false }, 9)).toThrow('such a broker keeps nothing of what it has handed over');
});

/** What the consumers of a job have received. */
async function consumedBy(db: TestDatabase, job: string): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(`select coalesce(sum(received), 0)::int as n from etl_run where job_id = $1 and kind = 'STREAM'`, [job]);
  return rows[0]?.n ?? 0;
}

async function positionsOf(db: TestDatabase, job: string): Promise<unknown> {
  const { rows } = await db.pool.query('select source, position from etl_position where job_id = $1 order by source', [job]);
  const { rows: written } = await db.pool.query('select source, to_sequence, written from etl_written where job_id = $1 order by 1, 2', [job]);
  return { rows, written };
}

/** As if they had never come. */
async function deleteReadings(db: TestDatabase, prefix: string, readings: readonly Sent[]): Promise<number> {
  const { rowCount } = await db.pool.query(
    `delete from reading using series, unnest($2::text[], $3::bigint[]) as gone (sensor, at)
      where series.id = series_id and sensor_id = sensor and sensor_id like $1 || '-%' and time = to_timestamp(at / 1000000)`,
    [prefix, readings.map(({ sensor }) => sensor), readings.map(({ time }) => time)],
  );
  return rowCount ?? 0;
}

/** The connectors, with one of the job that is told of each chunk and at the end of each piece. */
function watched(job: Job, watch: { readonly chunk?: (records: number) => void; readonly end?: () => Promise<void> }): Connectors {
  const { kind } = job.source;
  if (kind !== 'kafka' && kind !== 'nats') throw new Error('a log is read');
  const watching = (connected: Connected): Connected => ({
    ...connected,
    async *pieces() {
      for await (const piece of connected.pieces()) {
        async function* records() {
          for await (const chunk of piece.records) {
            watch.chunk?.(chunk.length);
            yield chunk;
          }
          await watch.end?.();
        }
        yield { ...piece, records: records() };
      }
    },
  });
  return {
    ...CONNECTORS,
    kafka: async () => {
      const connector = await CONNECTORS.kafka();
      return { ...connector, connect: async (...given) => watching(await connector.connect(...given)) };
    },
    nats: async () => {
      const connector = await CONNECTORS.nats();
      return { ...connector, connect: async (...given) => watching(await connector.connect(...given)) };
    },
  };
}

function atEndOfPieces(job: Job, end: () => Promise<void>): Connectors {
  return watched(job, { end });
}

function breaksAfter(job: Job, most: number): Connectors {
  let records = 0;
  return watched(job, {
    chunk: (more) => {
      records += more;
      if (records > most) throw new Error('the process dies');
    },
  });
}
