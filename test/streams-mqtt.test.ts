import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { answers, countedBy, readingsOf, startConsumer, type TestConsumer } from './support/streams/consumer.ts';

const URL = 'mqtt://127.0.0.1:1883';
const isThere = await answers('an MQTT broker', 1883);

describe.skipIf(!isThere)('messages of MQTT', () => {
  const db = useDatabase();
  const root = `thermograph-test-${process.pid}`;
  const running: TestConsumer[] = [];
  let publisher: MqttClient;

  beforeAll(async () => {
    publisher = await connectAsync(URL, { protocolVersion: 5 });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });

  afterAll(async () => {
    const { rows } = await db.pool.query<{ source: string }>(`select source from etl_position where source like 'session %'`);
    // What the broker keeps of them.
    for (const { source } of rows) await (await connectAsync(URL, { protocolVersion: 5, clientId: source.slice('session '.length), clean: true })).endAsync();
    await publisher.endAsync();
  });

  const consume = async (job: string, topics: string, more = '', batchSize = 50_000) => {
    const yaml = `source: { kind: mqtt, url: "${URL}", topics: ${topics}${more} }\nmapping: { register: true }\nlimits: { retryDelay: 0s, batchSize: ${batchSize} }`;
    const consumer = await startConsumer(db, job, yaml);
    running.push(consumer);
    // Who subscribes later hears nothing of what was published before.
    await expect.poll(() => sessionsOf(job)).not.toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    return consumer;
  };
  const sessionsOf = async (job: string) => {
    const { rows } = await db.pool.query<{ source: string }>(`select source from etl_position where job_id = $1`, [job]);
    return rows.map(({ source }) => source);
  };
  const publish = (topic: string, payload: unknown) =>
    publisher.publishAsync(`${root}/${topic}`, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 });
  const at = (second: number, more: object) => ({ time: `2024-01-01T00:00:${String(second).padStart(2, '0')}Z`, ...more });

  it('are read by what their topics and payloads say', async () => {
    await consume(
      'forms',
      `["${root}/a/+/{sensor}/{metric}",
        { topic: "${root}/b/{room}/{unit}", sensor: "{room}.{unit}", payload: { records: data, time: at, values: { temperature: t, humidity: h } } },
        { topic: "${root}/c/{sensor}/{metric}", payload: number }, "${root}/d/#"]`,
    );
    await publish('a/hall/mf1/temperature', at(0, { value: 20.5 }));
    await publish('a/hall/mf1/humidity', [at(0, { value: 40 }), at(1, { value: '41' })]);
    await publish('b/r1/2', {
      data: [
        { at: '2024-01-01T00:00:00Z', t: 1 },
        { at: '2024-01-01T00:00:01Z', t: 2, h: 50 },
      ],
    });
    await publish('c/mf2/temperature', ' 21.5 ');
    await publish('d/any', at(0, { sensor: 'mf3', temperature: 3, humidity: 30 }));
    await publish('d/any', '');
    await publish('c/mf2/temperature', 'broken');

    await expect.poll(() => countedBy(db, 'forms'), { timeout: 30_000 }).toMatchObject({ received: 11, loaded: 9, rejected: 2 });
    expect(await readingsOf(db, 'mf1')).toEqual(['mf1 humidity 00:00:00 40', 'mf1 humidity 00:00:01 41', 'mf1 temperature 00:00:00 20.5']);
    expect(await readingsOf(db, 'r1.2')).toEqual(['r1.2 humidity 00:00:01 50', 'r1.2 temperature 00:00:00 1', 'r1.2 temperature 00:00:01 2']);
    expect(await readingsOf(db, 'mf2')).toEqual([expect.stringMatching(/^mf2 temperature .* 21.5$/)]);
  });

  it('are not acknowledged before they are committed: what an instance leaves, the next one gets', async () => {
    const first = await consume('left', `"${root}/left/{sensor}/{metric}"`);
    const blocker = await db.pool.connect();
    await blocker.query('begin; lock table batch in access exclusive mode');
    await publish('left/ml1/temperature', at(0, { value: 1 }));
    await expect.poll(() => waitingForLock()).toBe(1);
    const stopped = first.stop();
    // It would have loaded what it began with: now it cannot.
    await db.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    await blocker.query('rollback');
    blocker.release();
    await stopped;
    expect(await countedBy(db, 'left')).toMatchObject({ received: 0 });

    await consume('left', `"${root}/left/{sensor}/{metric}"`);
    await expect.poll(() => countedBy(db, 'left'), { timeout: 30_000 }).toMatchObject({ received: 1, loaded: 1 });
  });

  it('that the broker has kept are loaded, though more than fit into memory come before the subscription is granted', async () => {
    const topics = `"${root}/kept/{sensor}/{metric}"`;
    await (await consume('kept', topics, '', 1)).stop();
    for (let second = 0; second < 8; second += 1) await publish('kept/mk1/temperature', at(second, { value: second }));
    await consume('kept', topics, '', 1);

    await expect.poll(() => countedBy(db, 'kept'), { timeout: 30_000 }).toMatchObject({ received: 8, loaded: 8 });
  });

  it('are shared by the instances of a group, and each goes to one', async () => {
    const topics = `"${root}/shared/{sensor}/{metric}"`;
    await Promise.all([consume('shared', topics, ', group: test'), consume('shared', topics, ', group: test')]);
    await expect.poll(() => sessionsOf('shared')).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let second = 0; second < 40; second += 1) await publish(`shared/ms${second % 4}/temperature`, at(second, { value: second }));

    await expect.poll(() => countedBy(db, 'shared'), { timeout: 30_000 }).toMatchObject({ received: 40, loaded: 40 });
    const { rows } = await db.pool.query(`select distinct run_id from batch join etl_run on etl_run.id = run_id where job_id = 'shared'`);
    expect(rows).toHaveLength(2);
  });

  it('go to one instance where there is no group, and to the next one when it ends', async () => {
    const topics = `"${root}/alone/{sensor}/{metric}"`;
    const first = await consume('alone', topics);
    await consume('alone', topics);
    await publish('alone/mo1/temperature', at(0, { value: 1 }));
    await expect.poll(() => countedBy(db, 'alone'), { timeout: 30_000 }).toMatchObject({ received: 1 });
    await first.stop();
    await publish('alone/mo1/temperature', at(1, { value: 2 }));

    await expect.poll(() => countedBy(db, 'alone'), { timeout: 30_000 }).toMatchObject({ received: 2, loaded: 2 });
    expect(await sessionsOf('alone')).toHaveLength(1);
  });

  it('fail the run of a job that cannot remember what it subscribes to', async () => {
    await db.pool.query(`alter table etl_position add constraint refused check (job_id <> 'refused')`);
    const yaml = `source: { kind: mqtt, url: "${URL}", topics: "${root}/refused/{sensor}/{metric}" }\nlimits: { retries: 0 }`;
    running.push(await startConsumer(db, 'refused', yaml));

    await expect
      .poll(async () => (await db.pool.query(`select state, error from etl_run where job_id = 'refused'`)).rows)
      .toMatchObject([{ state: 'FAILED', error: expect.stringContaining('"refused"') }]);
  });

  const waitingForLock = async () => {
    const { rows } = await db.pool.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.length;
  };
});
