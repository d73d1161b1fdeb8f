import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import { openStore } from '../db/open-store.ts';
import { describeEachEngine } from './support/database.ts';
import { addThreshold } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';
import {
  type BreachFrame,
  Collector,
  cutListeners,
  EVERYTHING,
  eventually,
  FIELDS,
  lastNumber,
  numberIn,
  type RunningSubscriptions,
  range,
  recordInSilence,
  told,
  usePlant,
  useSubscriptions,
} from './support/subscriptions.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** With and without something that has to be loaded, with and without a filter. */
const QUESTIONS = ['', ', where: { sensors: ["S1", "S3"] }'].flatMap((filter) =>
  ['number', 'number alert { id level }'].map((fields) => ({
    query: `subscription ($after: String) { breaches(after: $after${filter}) { cursor live evaluatedThrough breach { ${fields} } } }`,
    wanted: filter === '' ? ['S1', 'S2', 'S3'] : ['S1', 'S3'],
  })),
);

describeEachEngine('a subscription of breaches that is resumed', (db) => {
  const start = useSubscriptions(db);
  usePlant(db);

  it('tells what was missed, then what comes, each breach once and in order, whoever commits, is cut off or comes back meanwhile', async () => {
    const feed = await start({ heartbeatMs: 200 });
    const thresholdId = await addThreshold(db, { min: 60 });
    const [alertId = ''] = await recordAlerts(db, [{ sensor: 'S1', thresholdId, openedAt: '2024-05-01T00:00:00Z' }]);
    const first = await lastNumber(db);
    const clients = Array.from({ length: 40 }, (_, index) => ({ ...QUESTIONS[index % QUESTIONS.length], told: [] as BreachFrame[] }));
    let isWriting = true;
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let round = 0; round < 60; round += 1) {
        await recordBreaches(
          db,
          Array.from({ length: ((writer + round) % 5) + 1 }, () => ({ sensor: `S${(round % 3) + 1}`, alertId })),
        );
        if (writer === 1 && round % 20 === 10) await cutListeners(db);
      }
    });
    const readers = clients.map(async ({ query = '', told: all }, index) => {
      let after = writeBreachCursor(db.store.id, first);
      for (let stay = 0; isWriting; stay += 1) {
        const client = feed.open(query, { variables: { after } });
        await setTimeout(((index * 37 + stay * 61) % 200) + 20);
        client.close();
        expect(client.ended).toBeNull();
        all.push(...client.frames);
        after = client.sent.at(-1)?.cursor ?? after;
      }
      const last = feed.open(query, { variables: { after } });
      await eventually(() => expect(numberIn(last.cursor === '' ? after : last.cursor)).toBe(first + 4 * 60 * 3));
      all.push(...last.frames);
    });
    await Promise.all(writers);
    isWriting = false;
    await Promise.all(readers);

    const { rows } = await db.pool.query<{ number: number; sensor: string }>(
      'select number, sensor_id as sensor from breach join series on series.id = series_id where number > $1 order by number',
      [first],
    );
    expect(rows).toHaveLength(4 * 60 * 3);
    for (const { wanted = [], told: all } of clients) {
      const numbers = all.flatMap(({ breach }) => (breach === null ? [] : [breach.number]));
      expect(numbers).toEqual(rows.filter(({ sensor }) => wanted.includes(sensor)).map(({ number }) => number));
      const cursors = all.map(({ cursor }) => numberIn(cursor));
      expect(cursors).toEqual(cursors.toSorted((a, b) => a - b));
    }
  });

  it('resumes behind a heartbeat as behind a breach, with another filter too', async () => {
    const feed = await start({ heartbeatMs: 100 });
    const client = feed.open(`subscription { breaches(where: { sensors: ["S1"] }) ${FIELDS} }`);
    await told(client, 0, 1);
    const last = await lastNumber(db);
    await recordBreaches(db, [{ sensor: 'S2' }, { sensor: 'S2' }]);
    await eventually(() => expect(numberIn(client.cursor)).toBe(last + 2));
    client.close();
    expect(client.numbers).toEqual([]);
    await recordBreaches(db, [{ sensor: 'S2' }, { sensor: 'S1' }]);

    const resumed = feed.open(EVERYTHING, { lastEventId: client.cursor });

    await told(resumed, 2);
    expect(resumed.numbers).toEqual([last + 3, last + 4]);
  });

  it('executes what was missed once for all who resume', async () => {
    const feed = await start();
    const after = writeBreachCursor(db.store.id, await lastNumber(db));
    await recordBreaches(
      db,
      Array.from({ length: 250 }, () => ({ sensor: 'S1' })),
    );
    const watch = feed.open(EVERYTHING);
    await told(watch, 0, 1);
    const before = feed.executions;

    const clients = Array.from({ length: 100 }, () => feed.open(EVERYTHING, { variables: { after } }));
    for (const client of clients) await told(client, 250);

    // A page more where the first began before the cursor.
    expect(feed.executions - before).toBeLessThan(450);
  });

  it('ends with CURSOR_EXPIRED and the oldest cursor there is where it cannot go on without a gap', async () => {
    const feed = await start();
    await recordBreaches(db, [{ sensor: 'S1' }, { sensor: 'S1' }]);
    const last = await lastNumber(db);
    const refused = [
      feed.open(EVERYTHING, { variables: { after: writeBreachCursor('another-store', 1) } }),
      feed.open(EVERYTHING, { variables: { after: writeBreachCursor(db.store.id, last + 5) } }),
      feed.open(EVERYTHING, { variables: { after: 'nonsense' } }),
    ];
    for (const client of refused) await eventually(() => expect(client.ended).not.toBeNull());
    expect(refused.map(({ errors }) => errors[0].extensions.code)).toEqual(['CURSOR_EXPIRED', 'CURSOR_EXPIRED', 'BAD_USER_INPUT']);

    const oldest: string = refused[0]?.errors[0].extensions.oldest;
    const resumed = feed.open(EVERYTHING, { variables: { after: oldest } });
    await eventually(() => expect(resumed.frames.at(-1)?.live).toBe(true));
    expect(resumed.numbers).toEqual(range(numberIn(oldest) + 1, last));
  });

  it('goes on where the connection that listens is cut, and where no notification comes', async () => {
    const feed = await start();
    const client = feed.open(EVERYTHING);
    await told(client, 0, 1);
    const last = await lastNumber(db);
    let cut = 0;
    for (let round = 0; round < 3; round += 1) {
      cut += await cutListeners(db);
      await recordBreaches(db, [{ sensor: 'S1' }]);
    }
    await told(client, 3);
    expect(cut).toBeGreaterThan(0);
    await recordInSilence(db);
    await told(client, 4);

    expect(client.numbers).toEqual(range(last + 1, last + 4));
    await eventually(() => expect(feed.whyBehind()).toBeNull());
  });

  it('lets a client move to another instance and back, also to one that has yet to read what the other has told', async () => {
    const store = await openStore({ url: db.url, timezone: 'UTC', log: SILENT });
    const instances = [await start(), await start({ store })];
    let client = open(instances[0]);
    await told(client, 0, 1);
    const first = await lastNumber(db);
    const all: number[] = [];
    for (let move = 1; move <= 12; move += 1) {
      const before = client.numbers.length;
      await recordBreaches(db, [{ sensor: 'S1' }, { sensor: 'S2' }]);
      await eventually(() => expect(client.numbers.length).toBeGreaterThan(before));
      client.close();
      all.push(...client.numbers);
      client = open(instances[move % 2], client.cursor);
    }
    await eventually(() => expect(client.frames.at(-1)?.live).toBe(true));
    all.push(...client.numbers);

    expect(all).toEqual(range(first + 1, first + 24));
    for (const instance of instances) await instance.stop();
    await store.close();
  });

  it('ends a client that does not take what it is sent, which loses nothing by resuming', async () => {
    const feed = await start({ maxBacklog: 1_000 });
    const slow = feed.open(EVERYTHING);
    const other = feed.open(EVERYTHING);
    await told(slow, 0, 1);
    await told(other, 0, 1);
    const last = await lastNumber(db);
    await recordBreaches(db, [{ sensor: 'S1' }]);
    await told(slow, 1);
    slow.backlog = 1_001;
    await recordBreaches(db, [{ sensor: 'S1' }, { sensor: 'S1' }]);
    await eventually(() => expect(slow.ended).toEqual({ kind: 'tooSlow' }));
    await told(other, 3);

    const resumed = feed.open(EVERYTHING, { variables: { after: slow.cursor } });
    await told(resumed, 2);
    expect([...slow.numbers, ...resumed.numbers]).toEqual(range(last + 1, last + 3));
  });

  it('does not close a client for heartbeats while it takes something large, such as a picture on the same socket', async () => {
    const feed = await start({ maxBacklog: 1_000, heartbeatMs: 100 });
    const client = new Collector();
    client.backlog = 10_000_000;
    client.subscription = feed.subscribe({ query: EVERYTHING }, client);
    await told(client, 0, 1);
    await setTimeout(500);
    expect([client.ended, client.sent.length]).toEqual([null, 1]);

    client.backlog = 0;
    await told(client, 0, 3);
  });

  it('tells what was missed no faster than it is taken', async () => {
    const feed = await start({ maxBacklog: 1_000 });
    const after = writeBreachCursor(db.store.id, await lastNumber(db));
    const watch = feed.open(EVERYTHING);
    await told(watch, 0, 1);
    await recordBreaches(
      db,
      Array.from({ length: 300 }, () => ({ sensor: 'S1' })),
    );
    await told(watch, 300);
    const client = feed.open(EVERYTHING, { variables: { after } });
    client.backlog = 900;
    await setTimeout(300);
    expect(client.numbers).toEqual([]);
    client.backlog = 0;
    await told(client, 300);
    expect(client.ended).toBeNull();
  });
});

function open(instance: RunningSubscriptions | undefined, after: string | null = null): Collector {
  if (instance === undefined) throw new Error('there is no such instance');
  return instance.open(EVERYTHING, { variables: { after } });
}
