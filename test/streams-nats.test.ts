import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { answers, countedBy, readingsOf, startConsumer, type TestConsumer } from './support/streams/consumer.ts';

const isThere = await answers('NATS with JetStream', 4222);

describe.skipIf(!isThere)('messages of JetStream', () => {
  const db = useDatabase();
  const stream = `thermograph_test_${process.pid}`;
  const running: TestConsumer[] = [];
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let client: JetStreamClient;

  beforeAll(async () => {
    connection = await connect({ servers: '127.0.0.1:4222' });
    manager = await jetstreamManager(connection);
    client = jetstream(connection);
    await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });

  afterAll(async () => {
    await manager.streams.delete(stream);
    await connection.close();
  });

  const consume = async (job: string, more = '') => {
    const consumer = await startConsumer(
      db,
      job,
      `source: { kind: nats, servers: 127.0.0.1:4222, stream: ${stream}, subjects: ${stream}.${job}.>, consumer: ${job}, ackWait: 1s, template: "${stream}.*.{sensor}.{metric}" ${more} }
mapping: { register: true }`,
    );
    running.push(consumer);
    return consumer;
  };
  const publish = (job: string, sensor: string, payload: unknown, metric = 'temperature') =>
    client.publish(`${stream}.${job}.${sensor}.${metric}`, typeof payload === 'string' ? payload : JSON.stringify(payload));
  const at = (second: number, value: number) => ({ time: `2024-01-01T00:00:${String(second).padStart(2, '0')}Z`, value });
  const unacknowledged = async (job: string) => {
    const { num_ack_pending: handedOver, num_pending: waiting } = await manager.consumers.info(stream, job);
    return handedOver + waiting;
  };

  it('are loaded and acknowledged, and what is no record is refused by name', async () => {
    await consume('plain');
    for (let second = 0; second < 5; second += 1) await publish('plain', 'np1', at(second, second));
    await publish('plain', 'np1', '{"time": broken');
    await publish('plain', 'np2', [at(0, 20), at(1, 21)]);

    await expect.poll(() => countedBy(db, 'plain'), { timeout: 30_000 }).toMatchObject({ received: 8, loaded: 7, rejected: 1 });
    await expect.poll(() => unacknowledged('plain')).toBe(0);
    expect(await readingsOf(db, 'np2')).toEqual(['np2 temperature 00:00:00 20', 'np2 temperature 00:00:01 21']);
  });

  it('are not acknowledged before their batch is committed, however long that takes', async () => {
    await consume('held');
    const blocker = await db.pool.connect();
    await blocker.query('begin; lock table batch in access exclusive mode');
    await publish('held', 'nh1', at(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 1800));
    // Longer than it is waited for an acknowledgement: told of in between, the message was not handed over again.
    const { num_ack_pending: handedOver, num_redelivered: again } = await manager.consumers.info(stream, 'held');
    await blocker.query('rollback');
    blocker.release();

    expect([handedOver, again]).toEqual([1, 0]);
    await expect.poll(() => unacknowledged('held'), { timeout: 30_000 }).toBe(0);
    expect(await countedBy(db, 'held')).toMatchObject({ received: 1, loaded: 1 });
  });

  it('count once where all are handed over again', async () => {
    await (await consume('again')).stop();
    for (let second = 0; second < 3; second += 1) await publish('again', 'na1', at(second, second));
    await consume('again');
    await expect.poll(() => countedBy(db, 'again'), { timeout: 30_000 }).toMatchObject({ received: 3 });
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));

    // A consumer that is made anew begins with the first message.
    await manager.consumers.delete(stream, 'again');
    await consume('again');
    await publish('again', 'na1', at(3, 3));

    await expect.poll(() => unacknowledged('again').catch(() => -1), { timeout: 30_000 }).toBe(0);
    expect(await countedBy(db, 'again')).toMatchObject({ received: 4, loaded: 4 });
  });

  it('do not undo what later ones have written when they come again', async () => {
    await (await consume('late')).stop();
    await publish('late', 'nl1', at(0, 1));
    // An instance that took the first message and died.
    const dead = await client.consumers.get(stream, 'late');
    expect((await dead.next({ expires: 1000 }))?.seq).toBeGreaterThan(0);
    await publish('late', 'nl1', at(0, 2));
    // Of a later message that is refused nothing stands.
    await publish('late', 'nl1', { ...at(0, 3), value: 'n/a' });
    await consume('late');

    await expect.poll(() => countedBy(db, 'late'), { timeout: 30_000 }).toMatchObject({ received: 3, loaded: 1, corrected: 0, unchanged: 1, rejected: 1 });
    expect(await readingsOf(db, 'nl1')).toEqual(['nl1 temperature 00:00:00 2']);
  });

  it('are shared by instances, and each counts once', async () => {
    await Promise.all([consume('shared'), consume('shared')]);
    await Promise.all(Array.from({ length: 50 }, (_, second) => publish('shared', `ns${second % 5}`, at(second, second))));

    await expect.poll(() => countedBy(db, 'shared'), { timeout: 30_000 }).toMatchObject({ received: 50, loaded: 50 });
    expect(await readingsOf(db, 'ns')).toHaveLength(50);
  });

  it('are asked for again and again where the stream is not there, and the run says what to do', async () => {
    const consumer = await startConsumer(
      db,
      'missing',
      'source: { kind: nats, servers: 127.0.0.1:4222, stream: nowhere }\nlimits: { retries: 0, retryDelay: 0s }',
    );
    running.push(consumer);

    await expect.poll(() => consumer.said.join('\n')).toContain('the stream nowhere cannot be used: stream not found; make it first');
  });
});
