import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readPartition } from '../etl/connect/kafka-records.ts';
import { useDatabase } from './support/database.ts';
import { hasKafka, MockCluster } from './support/kafka/mock-cluster.ts';
import { countedBy, readingsOf, startConsumer, type TestConsumer } from './support/streams/consumer.ts';

/** What takes as long as a group takes to share out anew is not in the default run. */
const IS_LONG = process.env.ETL_FAULTS !== undefined;
const isThere = hasKafka();
if (!isThere)
  process.stderr.write('NOT TESTED: kcat is not installed, whose library has a Kafka cluster for tests, so nothing that the docs promise of Kafka was tried\n');

describe.skipIf(!isThere)('messages of Kafka', () => {
  const db = useDatabase();
  const running: TestConsumer[] = [];
  let cluster: MockCluster;

  beforeAll(async () => {
    cluster = await MockCluster.start();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });

  afterAll(() => cluster.close());

  const consume = async (job: string, more = '') => {
    const brokers = JSON.stringify(cluster.brokers);
    const yaml = `source: { kind: kafka, brokers: ${brokers}, topics: ${job}, group: ${job}, sessionTimeout: 6s${more} }\nmapping: { register: true }\nlimits: { retries: 0, retryDelay: 0s }`;
    const consumer = await startConsumer(db, job, yaml);
    running.push(consumer);
    return consumer;
  };
  const message = (sensor: string, second: number, value: number) => ({
    key: sensor,
    value: JSON.stringify({ sensor, metric: 'temperature', time: `2024-01-01T00:00:${String(second).padStart(2, '0')}Z`, value }),
  });
  const positions = async (job: string) => {
    const { rows } = await db.pool.query<{ source: string; position: { offset: number } }>(
      'select source, position from etl_position where job_id = $1 order by source',
      [job],
    );
    return rows.map(({ source, position }) => `${source}@${position.offset}`);
  };

  it('are loaded with their offsets, from where the store says, and what is no record is refused by name', async () => {
    await cluster.produce('plain', [message('kp1', 0, 1), message('kp1', 1, 2), { key: 'kp2', value: null }, { key: 'kp2', value: '{"time": broken' }], 0);
    await cluster.produce('plain', [message('kp3', 0, 1)], 1);
    // As another instance would have left them: the first message is loaded, and of another partition more than it has had since its topic was made anew.
    await db.pool.query(`insert into etl_position (job_id, source, position) values ('plain', 'plain/1', '{"offset": 50, "topicId": null}')`);
    await db.pool.query(`insert into etl_position (job_id, source, position) values ('plain', 'plain/0', '{"offset": 1, "topicId": null}')`);
    await consume('plain');

    await expect.poll(() => countedBy(db, 'plain'), { timeout: 30_000 }).toMatchObject({ received: 4, loaded: 2, rejected: 2 });
    expect(await positions('plain')).toEqual(['plain/0@4', 'plain/1@1', 'plain/2@0', 'plain/3@0']);
    // For those who look how far behind a group is.
    await expect.poll(() => cluster.committedOffset('plain', 'plain', 0)).toBe(4);
    const { rows } = await db.pool.query(`select record from rejected_reading where record like '%kp2%'`);
    expect(rows).toEqual([{ record: '{"key":"kp2"}' }]);

    // Loaded by somebody else in between: what stands there is not loaded again.
    await db.pool.query(`update etl_position set position = '{"offset": 6, "topicId": null}' where job_id = 'plain' and source = 'plain/0'`);
    await cluster.produce('plain', [message('kp1', 4, 4), message('kp1', 5, 5), message('kp1', 6, 6)], 0);
    await expect.poll(() => readingsOf(db, 'kp1'), { timeout: 30_000 }).toEqual(['kp1 temperature 00:00:01 2', 'kp1 temperature 00:00:06 6']);
    expect(await countedBy(db, 'plain')).toMatchObject({ received: 5 });
  });

  it('are not looked for where the topic is not there, and the run says so', async () => {
    cluster.bridge.faults.gone.add('missing');
    const consumer = await consume('missing');

    await expect.poll(() => consumer.said.join('\n'), { timeout: 30_000 }).toContain('the Kafka brokers know no such topic: one of missing; make it first');
  });

  it.skipIf(!IS_LONG)(
    'are shared by instances, of partitions that are added too, and each counts once',
    async () => {
      cluster.bridge.faults.partitions.set('shared', 2);
      await Promise.all([consume('shared'), consume('shared')]);
      const produce = (partition: number, sensor: string) =>
        cluster.produce(
          'shared',
          Array.from({ length: 20 }, (_, second) => message(sensor, second, second)),
          partition,
        );
      await Promise.all([produce(0, 'ks0'), produce(1, 'ks1')]);
      await expect.poll(() => countedBy(db, 'shared'), { timeout: 30_000 }).toMatchObject({ received: 40, loaded: 40 });

      cluster.bridge.faults.partitions.clear();
      await Promise.all([produce(2, 'ks2'), produce(3, 'ks3'), produce(0, 'ks4')]);

      await expect.poll(() => countedBy(db, 'shared'), { timeout: 60_000 }).toMatchObject({ received: 100, loaded: 100 });
      expect(await positions('shared')).toEqual(['shared/0@40', 'shared/1@20', 'shared/2@20', 'shared/3@20']);
      const { rows } = await db.pool.query(`select distinct run_id from batch join etl_run on etl_run.id = run_id where job_id = 'shared'`);
      expect(rows).toHaveLength(2);
    },
    120_000,
  );

  it.skipIf(!IS_LONG)(
    'fail the run where the topic is deleted meanwhile',
    async () => {
      const consumer = await consume('deleted');
      await cluster.produce('deleted', [message('kd1', 0, 1)], 0);
      await expect.poll(() => countedBy(db, 'deleted'), { timeout: 30_000 }).toMatchObject({ received: 1 });
      cluster.bridge.faults.gone.add('deleted');

      await expect.poll(() => consumer.said.join('\n'), { timeout: 30_000 }).toContain('the Kafka brokers know no such topic: one of deleted');
    },
    60_000,
  );
});

describe('what a broker of Kafka answers', () => {
  const batch = (firstOffset: number, more: object = {}) => ({
    firstOffset: BigInt(firstOffset),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: 1,
    firstTimestamp: 1000n,
    maxTimestamp: 2000n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records: [0, 1].map((offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: 5n,
      offsetDelta,
      key: Buffer.alloc(4),
      value: Buffer.from('v'),
      headers: [],
    })),
    ...more,
  });
  const answered = (records: ReturnType<typeof batch>[], abortedTransactions: { producerId: bigint; firstOffset: bigint }[] = []) => ({
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 99n,
    lastStableOffset: 99n,
    logStartOffset: 0n,
    abortedTransactions,
    preferredReadReplica: -1,
    records,
  });
  const offsets = (answer: ReturnType<typeof answered>, from: number) => {
    const { messages, next } = readPartition(answer, from);
    return [messages.map(({ offset }) => offset), next];
  };

  it('is read from the offset on that was asked for, to the end of its last batch', () => {
    expect(offsets(answered([batch(0), batch(2)]), 1)).toEqual([[1, 2, 3], 4]);
    expect(readPartition(answered([batch(0, { attributes: 8 })]), 1).messages).toEqual([
      { offset: 1, time: 2_000_000, key: Buffer.alloc(4), value: Buffer.from('v') },
    ]);
    expect(offsets(answered([]), 7)).toEqual([[], 7]);
  });

  it('has no messages of transactions that were aborted, and no markers', () => {
    const transactional = { attributes: 16, producerId: 7n };
    const marker = (aborted: boolean) => ({
      attributes: 48,
      producerId: 7n,
      records: [{ ...batch(0).records[0], key: Buffer.from([0, 0, 0, aborted ? 0 : 1]) }],
    });
    const records = [batch(0, transactional), batch(2), batch(4, marker(true)), batch(6, transactional), batch(8, marker(false))];

    expect(offsets(answered(records, [{ producerId: 7n, firstOffset: 0n }]), 0)).toEqual([[2, 3, 6, 7], 10]);
  });
});
