import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { hasKafka, MockCluster } from './support/kafka/mock-cluster.ts';
import { countedBy, readingsOf, startConsumer, type TestConsumer } from './support/streams/consumer.ts';

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
    // As another instance would have left it: the first message is loaded.
    await db.pool.query(`insert into etl_position (job_id, source, position) values ('plain', 'plain/0', '{"offset": 1, "topicId": null}')`);
    await consume('plain');

    await expect.poll(() => countedBy(db, 'plain'), { timeout: 10_000 }).toMatchObject({ received: 3, loaded: 1, rejected: 2 });
    expect(await positions('plain')).toEqual(['plain/0@4', 'plain/1@0', 'plain/2@0', 'plain/3@0']);
    const { rows } = await db.pool.query(`select record from rejected_reading where record like '%kp2%'`);
    expect(rows).toEqual([{ record: '{"key":"kp2"}' }]);

    // Loaded by somebody else in between: what stands there is not loaded again.
    await db.pool.query(`update etl_position set position = '{"offset": 6, "topicId": null}' where job_id = 'plain' and source = 'plain/0'`);
    await cluster.produce('plain', [message('kp1', 4, 4), message('kp1', 5, 5), message('kp1', 6, 6)], 0);
    await expect.poll(() => readingsOf(db, 'kp1'), { timeout: 5000 }).toEqual(['kp1 temperature 00:00:01 2', 'kp1 temperature 00:00:06 6']);
    expect(await countedBy(db, 'plain')).toMatchObject({ received: 4 });
  });
});
