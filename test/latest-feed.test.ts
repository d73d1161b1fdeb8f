import { expect, it, vi } from 'vitest';
import type { Queryable } from '../db/pool.ts';
import type { Store } from '../db/store.ts';
import { describeEachEngine } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { type Collector, usePlant, useSubscriptions } from './support/subscriptions.ts';

const OFTEN = 'every: "PT0.1S"';
const FIELDS = '{ sensor { id } metric { id } value }';

describeEachEngine('the feed of newest readings', (db) => {
  const start = useSubscriptions(db);
  usePlant(db);
  let minute = 0;

  it('tells the whole picture first, then in one frame for each look what has changed', async () => {
    const client = (await start()).open(`subscription { latest(${OFTEN}) { sensor { id } location { id } metric { id } time value status derived } }`);
    await framesOf(client, 1);
    const whole = await ask(db.store, '{ latest { sensor { id } location { id } metric { id } time value status derived } }');
    expect(readingsIn(client, 0)).toEqual(whole.latest);
    // Perceived temperatures too.
    expect(whole.latest).toHaveLength(9);

    await measure(['S2', 'temperature', 31], ['S1', 'temperature', 30], ['S2', 'humidity', 55]);
    await framesOf(client, 2);
    await measure(['S3', 'humidity', 44]);
    await framesOf(client, 3);

    expect([1, 2].map((frame) => valuesIn(client, frame))).toEqual([['S1 temperature 30', 'S2 humidity 55', 'S2 temperature 31'], ['S3 humidity 44']]);
    expect(client.sent[1]?.cursor).toBeNull();
  });

  it('tells of nothing that was there before: not of what is loaded again, nor of what is older', async () => {
    const client = (await start()).open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(client, 1);
    const time = '2024-05-01T00:00:00Z';

    await build(db, { readings: [['S1', 'temperature', '2024-04-30T00:00:00Z', 99]] });
    await build(db, { readings: [['S1', 'humidity', time, 40]] });
    await measure(['S2', 'temperature', 32]);
    await framesOf(client, 2);

    expect(valuesIn(client, 1)).toEqual(['S2 temperature 32']);
  });

  it('tells a correction of the newest reading', async () => {
    const time = nextTime();
    await build(db, { readings: [['S1', 'temperature', time, 50]] });
    const client = (await start()).open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(client, 1);

    await build(db, { readings: [['S1', 'temperature', time, 51]] });
    await framesOf(client, 2);

    expect(valuesIn(client, 1)).toEqual(['S1 temperature 51']);
  });

  it('tells only what is asked for', async () => {
    const feed = await start();
    const north = feed.open(`subscription { latest(where: { factories: ["North"] }, ${OFTEN}) ${FIELDS} }`);
    const humidity = feed.open(`subscription { latest(metrics: ["humidity"], sensors: ["S2", "S3", "nobody"], ${OFTEN}) ${FIELDS} }`);
    await Promise.all([framesOf(north, 1), framesOf(humidity, 1)]);
    expect(sensorsIn(north, 0)).toEqual(['S1', 'S1', 'S1']);
    expect(sensorsIn(humidity, 0)).toEqual(['S2', 'S3']);

    await measure(['S1', 'temperature', 60], ['S2', 'humidity', 61], ['S2', 'temperature', 62]);
    await Promise.all([framesOf(north, 2), framesOf(humidity, 2)]);

    expect(valuesIn(north, 1)).toEqual(['S1 temperature 60']);
    expect(valuesIn(humidity, 1)).toEqual(['S2 humidity 61']);
  });

  it('makes a frame once for all who ask the same and were told as much, and looks once for all', async () => {
    const { store, looks } = watched(db.store);
    const feed = await start({ store });
    const same = Array.from({ length: 50 }, () => feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`));
    const other = feed.open(`subscription { latest(metrics: ["temperature"], ${OFTEN}) ${FIELDS} }`);
    await Promise.all([...same, other].map((client) => framesOf(client, 1)));
    expect(feed.executions).toBe(2);
    // What was under way when the last of them came, and one for them.
    expect(looks()).toBeLessThan(10);

    await measure(['S1', 'temperature', 70]);
    await Promise.all([...same, other].map((client) => framesOf(client, 2)));

    expect(feed.executions).toBe(4);
    expect(new Set(same.map((client) => client.sent[1]))).toHaveLength(1);
  });

  it('does not look while nobody follows, and tells the whole picture to who comes then', async () => {
    const { store, looks } = watched(db.store);
    const feed = await start({ store });
    expect(looks()).toBe(0);
    const first = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(first, 1);
    first.close();
    await pause(50);
    const before = looks();
    await measure(['S1', 'temperature', 71]);
    await pause(400);
    expect(looks()).toBe(before);

    const second = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(second, 1);
    expect(valuesIn(second, 0)).toContain('S1 temperature 71');
    expect(first.sent).toHaveLength(1);
  });

  it('keeps nothing for a client that takes slowly, and tells it in one frame what it missed', async () => {
    const feed = await start();
    const slow = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    const quick = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await Promise.all([framesOf(slow, 1), framesOf(quick, 1)]);

    slow.backlog = 100_000;
    for (const [frame, value] of [81, 82, 83].entries()) {
      await measure(['S1', 'temperature', value], ...(frame === 0 ? [['S3', 'temperature', 80] as const] : []));
      await framesOf(quick, 2 + frame);
    }
    expect(slow.sent).toHaveLength(1);
    slow.backlog = 0;
    await framesOf(slow, 2);
    await measure(['S2', 'temperature', 84]);
    await Promise.all([framesOf(slow, 3), framesOf(quick, 5)]);

    expect([1, 2].map((frame) => valuesIn(slow, frame))).toEqual([['S1 temperature 83', 'S3 temperature 80'], ['S2 temperature 84']]);
    expect(slow.sent[2]).toBe(quick.sent[4]);
    expect(slow.ended).toBeNull();
  });

  it('sends a first picture only to a client that has taken what it was sent before', async () => {
    const feed = await start();
    const slow = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    const nothing = feed.open(`subscription { latest(sensors: ["nobody"], ${OFTEN}) ${FIELDS} }`);
    slow.backlog = 100_000;
    nothing.backlog = 100_000;
    const quick = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(quick, 1);
    await measure(['S1', 'temperature', 85]);
    await framesOf(quick, 2);
    expect([slow.sent, nothing.sent]).toEqual([[], []]);

    slow.backlog = 0;
    nothing.backlog = 0;
    await Promise.all([framesOf(slow, 1), framesOf(nothing, 1)]);

    expect(valuesIn(slow, 0)).toHaveLength(valuesIn(quick, 0).length);
    expect(valuesIn(slow, 0)).toContain('S1 temperature 85');
    expect(valuesIn(nothing, 0)).toEqual([]);
  });

  it('tells each subscriber no more often than it asks, and then what is newest', async () => {
    const feed = await start();
    const seldom = feed.open(`subscription { latest(every: "1h") ${FIELDS} }`);
    const often = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await Promise.all([framesOf(seldom, 1), framesOf(often, 1)]);

    await measure(['S1', 'temperature', 91]);
    await framesOf(often, 2);
    await measure(['S1', 'temperature', 92]);
    await framesOf(often, 3);

    expect(seldom.sent).toHaveLength(1);
  });

  it('misses nothing of a transaction that commits after a look that others were seen by', async () => {
    const client = (await start()).open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(client, 1);
    const late = await db.pool.connect();
    await late.query('begin');
    await late.query(
      `update series_latest set value = 1234, written_by = pg_current_xact_id()
        where series_id = (select id from series where sensor_id = 'S1' and metric_id = 'temperature')`,
    );
    await measure(['S2', 'temperature', 93]);
    await framesOf(client, 2);
    await measure(['S2', 'temperature', 94]);
    await framesOf(client, 3);

    await late.query('commit');
    late.release();
    await framesOf(client, 4);

    expect([1, 2, 3].map((frame) => valuesIn(client, frame))).toEqual([['S2 temperature 93'], ['S2 temperature 94'], ['S1 temperature 1234']]);
  });

  it('tells of sensors that come, and of those that are moved to a place that is asked for', async () => {
    await ask(db.store, 'mutation { saveSensors(sensors: [{ id: "new" }, { id: "moving" }]) { id } }');
    await measure(['moving', 'temperature', 10]);
    const feed = await start();
    const north = feed.open(`subscription { latest(where: { factories: ["North"] }, sensors: ["new", "moving"], ${OFTEN}) ${FIELDS} }`);
    const all = feed.open(`subscription { latest(sensors: ["new", "moving"], ${OFTEN}) ${FIELDS} }`);
    await Promise.all([framesOf(north, 1), framesOf(all, 1)]);
    expect([valuesIn(north, 0), valuesIn(all, 0)]).toEqual([[], ['moving temperature 10']]);

    await measure(['new', 'temperature', 11]);
    await framesOf(all, 2);
    await ask(db.store, 'mutation { saveSensors(sensors: [{ id: "new", location: "A031" }, { id: "moving", location: "A031" }]) { id } }');
    await measure(['new', 'humidity', 12]);
    const toldTo = (client: Collector) => client.sent.flatMap((_, frame) => valuesIn(client, frame));
    await vi.waitFor(() => {
      for (const client of [north, all]) expect(toldTo(client)).toContain('new humidity 12');
    }, 5_000);

    expect(valuesIn(all, 1)).toEqual(['new temperature 11']);
    // What they had measured before they were placed belongs to their first place.
    expect([...toldTo(north)].sort()).toEqual(['moving temperature 10', 'new humidity 12', 'new temperature 11']);
  });

  it.each([
    ['every: "PT0.05S"', { code: 'BAD_USER_INPUT', field: 'every', value: 'PT0.05S' }],
    ['every: "2h"', { code: 'BAD_USER_INPUT', field: 'every' }],
    ['every: "P1M"', { code: 'BAD_USER_INPUT', field: 'every' }],
    ['every: "soon"', { code: 'BAD_USER_INPUT', field: 'every' }],
    ['metrics: ["temprature"]', { code: 'NOT_FOUND', field: 'metrics' }],
    ['where: { status: [WARNING] }', { code: 'BAD_USER_INPUT', field: 'where.status' }],
    ['where: { within: { south: 10, north: 0, west: 0, east: 0 } }', { code: 'BAD_USER_INPUT', field: 'where.within.south' }],
  ])('refuses %s', async (argument, extensions) => {
    const client = (await start()).open(`subscription { latest(${argument}) { value } }`);

    await vi.waitFor(() => expect(client.errors).toMatchObject([{ extensions }]));
    expect(client.sent).toEqual([]);
  });

  it('refuses a picture of more readings than an answer may have', async () => {
    const feed = await start({ limits: { maxPoints: 1000, maxReadings: 1000, maxNodes: 5 } });
    const client = feed.open('subscription { latest { value } }');

    await vi.waitFor(() => expect(client.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 5 } }]));
  });

  it('goes on when the database comes back', async () => {
    let isDown = false;
    const store = tapped(db.store, () => {
      if (isDown) throw Object.assign(new Error('terminated'), { code: 'ECONNRESET' });
    });
    const feed = await start({ store });
    const client = feed.open(`subscription { latest(${OFTEN}) ${FIELDS} }`);
    await framesOf(client, 1);

    isDown = true;
    await measure(['S1', 'temperature', 95]);
    await vi.waitFor(() => expect(feed.lines.filter(({ msg }) => String(msg).startsWith('newest readings cannot be read'))).toHaveLength(1), 5_000);
    isDown = false;
    await framesOf(client, 2);

    expect(valuesIn(client, 1)).toEqual(['S1 temperature 95']);
  });

  function nextTime(): string {
    minute += 1;
    return new Date(Date.UTC(2024, 10, 2, 0, minute)).toISOString();
  }

  /** Loads readings that are newer than all before, in a month in which nothing is derived from them. */
  async function measure(...readings: readonly (readonly [string, string, number])[]): Promise<void> {
    const time = nextTime();
    await build(db, { readings: readings.map(([sensor, metric, value]) => [sensor, metric, time, value] as const) });
  }
});

/** A store whose questions can be counted, or fail. */
function tapped(store: Store, before: (statement: Parameters<Queryable['query']>[0]) => void): Store {
  const { readPool } = store;
  return {
    ...store,
    readPool: {
      connect: () => readPool.connect(),
      end: () => readPool.end(),
      async query(statement) {
        before(statement);
        return readPool.query(statement);
      },
    },
  };
}

/** A store that counts the looks. */
function watched(store: Store): { readonly store: Store; readonly looks: () => number } {
  let looks = 0;
  const counting = tapped(store, ({ name }) => {
    if (name === 'select_changed_latest') looks += 1;
  });
  return { store: counting, looks: () => looks };
}

async function framesOf(client: Collector, count: number): Promise<void> {
  await vi.waitFor(() => expect(client.sent.length).toBeGreaterThanOrEqual(count), 5_000);
  expect(client.sent).toHaveLength(count);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: which fields there are, the document of the test says.
function readingsIn(client: Collector, frame: number): readonly any[] {
  return JSON.parse(client.sent[frame]?.json ?? '').data.latest;
}

function valuesIn(client: Collector, frame: number): readonly string[] {
  return readingsIn(client, frame).map(({ sensor, metric, value }) => `${sensor.id} ${metric.id} ${value}`);
}

function sensorsIn(client: Collector, frame: number): readonly string[] {
  return readingsIn(client, frame).map(({ sensor }) => sensor.id);
}
