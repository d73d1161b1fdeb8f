import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant, now } from '../db/time/instant.ts';
import { useDatabase } from './support/database.ts';
import { hasKafka, MockCluster } from './support/kafka/mock-cluster.ts';
import { foundBy, jobOf, performJob } from './support/perform-job.ts';
import { HOUR, payload, readingsOf, SECOND } from './support/streams/sent.ts';

describe.skipIf(!hasKafka())('a backfill of topics of Kafka', () => {
  const db = useDatabase();
  let cluster: MockCluster;
  beforeAll(async () => {
    cluster = await MockCluster.start();
  });
  afterAll(() => cluster.close());

  const jobFor = (topic: string) =>
    jobOf(
      `source: { kind: kafka, brokers: ${JSON.stringify(cluster.brokers)}, topics: ${topic} }\nmapping: { register: true }\nlimits: { retries: 0 }\nbackfill: { share: 1 }`,
      topic,
    );
  const begin = Math.floor(now() / HOUR) * HOUR - 48 * HOUR;
  const window = { from: begin + 10 * HOUR, to: begin + 20 * HOUR };
  const written = (sensor: string, time: number, at: number, value = 1) => ({ at: at / 1000, value: payload({ sensor, time, value }) });

  it('reads what was written since an hour before its window, however late, and nothing older', async () => {
    const inside = window.from + HOUR;
    await cluster.produceAt('since', 0, [
      // Its clock was two hours ahead: such a reading was refused when it came.
      written('since-old', window.from, window.from - 2 * HOUR),
      written('since-ahead', window.from, window.from - HOUR / 2),
      written('since-late', inside, inside + 20 * HOUR),
      written('since-outside', window.to, window.to),
    ]);

    const run = await performJob(db, jobFor('since'), window);

    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 2, loaded: 2 });
    expect((await readingsOf(db, 'since')).map(({ sensor }) => sensor)).toEqual(['since-ahead', 'since-late']);
    expect(await foundBy(db, run.id)).toBeNull();
  });

  it('begins with the oldest message where the broker cannot look times up', async () => {
    cluster.bridge.faults.withoutTimes.add('timeless');
    await cluster.produceAt('timeless', 0, [written('timeless-old', window.from, window.from - 2 * HOUR), written('timeless-new', window.from, window.from)]);

    await performJob(db, jobFor('timeless'), window);

    expect((await readingsOf(db, 'timeless')).map(({ sensor }) => sensor)).toEqual(['timeless-new']);
  });

  it('puts partitions together by the times of their messages', async () => {
    const at = window.from;
    await cluster.produceAt('parts', 2, [written('parts-a', at, at + 1 * SECOND, 1), written('parts-a', at, at + 3 * SECOND, 3)]);
    await cluster.produceAt('parts', 0, [written('parts-a', at, at + 2 * SECOND, 2), written('parts-b', at, at + 4 * SECOND, 4)]);

    const run = await performJob(db, jobFor('parts'), window);

    expect(run).toMatchObject({ received: 2, loaded: 2, corrected: 0 });
    expect((await readingsOf(db, 'parts')).map(({ sensor, value }) => [sensor, value])).toEqual([
      ['parts-a', 3],
      ['parts-b', 4],
    ]);
  });

  it('loads what is left where the log no longer reaches back to its beginning, and says since when there is something', async () => {
    // More than the mock keeps.
    const padding = ' '.repeat(400_000);
    for (let hour = 0; hour < 20; hour += 1) {
      const { at, value } = written('cut-a', window.from + (hour * HOUR) / 2, window.from + (hour * HOUR) / 2);
      await cluster.produceAt('cut', 0, [{ at, value: value + padding }]);
    }
    const [oldest] = (await cluster.messages('cut')).filter(({ partition }) => partition === 0);

    const run = await performJob(db, jobFor('cut'), window);

    expect(oldest?.offset).toBeGreaterThan(0);
    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 20 - (oldest?.offset ?? 0) });
    expect(await foundBy(db, run.id)).toEqual({ reachesBackTo: formatInstant((oldest?.ts ?? 0) * 1000) });
  });

  it('fails where the topic is not there, and says so', async () => {
    cluster.bridge.faults.gone.add('gone');

    expect(await performJob(db, jobFor('gone'), window)).toMatchObject({
      state: 'FAILED',
      error: expect.stringContaining('the Kafka brokers know no such topic: one of gone'),
    });
  });
});
