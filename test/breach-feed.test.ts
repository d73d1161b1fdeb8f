import { expect, it, vi } from 'vitest';
import { writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import { describeEachEngine } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordBreaches } from './support/recorded.ts';
import { EVERYTHING, eventually, FIELDS, lastNumber, numberIn, told, usePlant, useSubscriptions } from './support/subscriptions.ts';

describeEachEngine('the feed of breaches', (db) => {
  const start = useSubscriptions(db);
  usePlant(db);

  it('says first where it is, then tells each breach with its cursor, and ends with the subscription', async () => {
    const feed = await start();
    const client = feed.open(EVERYTHING);
    await told(client, 0, 1);
    expect(client.frames[0]).toMatchObject({ breach: null, live: true });
    const last = await lastNumber(db);

    await recordBreaches(db, [{ sensor: 'S1' }, { sensor: 'S2' }]);
    await told(client, 2);

    expect(client.numbers).toEqual([last + 1, last + 2]);
    expect(client.frames.at(-1)).toMatchObject({ cursor: writeBreachCursor(db.store.id, last + 2), live: true });
    expect(client.sent.at(-1)?.cursor).toBe(client.frames.at(-1)?.cursor);
    const instants = client.frames.map(({ evaluatedThrough }) => Date.parse(evaluatedThrough));
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));

    client.close();
    await recordBreaches(db, [{ sensor: 'S1' }]);
    const other = feed.open(EVERYTHING, { variables: { after: client.cursor } });
    await told(other, 1);
    expect(client.numbers).toHaveLength(2);
  });

  it('tells of a filter what a question with that filter answers, in the past and in the present', async () => {
    const feed = await start();
    const filters = [
      '{ sensors: ["S1", "S3"] }',
      '{ where: { factories: ["South"] } }',
      '{ metrics: ["humidity"] }',
      '{ levels: [CRITICAL] }',
      '{ levels: [WARNING, CRITICAL], metrics: ["temperature"] }',
      '{ where: { ids: ["A031"] }, levels: [WARNING] }',
      '{ sensors: [] }',
      '{ where: { factories: ["Nowhere"] } }',
      '{}',
    ];
    const from = writeBreachCursor(db.store.id, await lastNumber(db));
    const various = ['S1', 'S2', 'S3'].flatMap((sensor) =>
      ['temperature', 'humidity'].flatMap((metric) =>
        ([['WARNING'], ['CRITICAL'], ['WARNING', 'CRITICAL']] as const).map((levels) => ({ sensor, metric, levels })),
      ),
    );
    const present = filters.map((filter) => feed.open(`subscription { breaches(where: ${filter}) ${FIELDS} }`));
    for (const client of present) await told(client, 0, 1);
    await recordBreaches(db, various);
    await recordBreaches(db, various);
    const past = filters.map((filter) => feed.open(`subscription { breaches(where: ${filter}, after: "${from}") ${FIELDS} }`));

    for (const [index, filter] of filters.entries()) {
      const { breaches } = await ask(db.store, `{ breaches(where: ${filter}, after: "${from}") { nodes { number } } }`);
      const expected = breaches.nodes.map(({ number }: { readonly number: number }) => number);
      await eventually(() => expect(present[index]?.numbers, filter).toEqual(expected));
      await eventually(() => expect(past[index]?.frames.at(-1)?.live, filter).toBe(true));
      expect(past[index]?.numbers, filter).toEqual(expected);
    }
  });

  it('goes by the places there are: those that come later belong to a filter too', async () => {
    const feed = await start();
    const client = feed.open(`subscription { breaches(where: { where: { factories: ["New"] } }) { cursor breach { number sensor { id } location { id } } } }`);
    await told(client, 0, 1);
    await build(db, {
      locations: [{ id: 'N1', factory: 'New' }],
      sensors: [{ id: 'SN', location: 'N1' }],
      readings: [['SN', 'temperature', '2024-05-01T00:00:00Z', 20]],
    });

    await recordBreaches(db, [{ sensor: 'S1' }, { sensor: 'SN' }]);

    await told(client, 1);
    expect(client.frames.at(-1)?.breach).toMatchObject({ sensor: { id: 'SN' }, location: { id: 'N1' } });
  });

  it('goes by them also where the past that a client is told goes further than the present that others were told', async () => {
    await recordBreaches(db, [{ sensor: 'S1' }]);
    const from = writeBreachCursor(db.store.id, (await lastNumber(db)) - 1);
    const feed = await start();
    await build(db, {
      locations: [{ id: 'N2', factory: 'Newer' }],
      sensors: [{ id: 'SN2', location: 'N2' }],
      readings: [['SN2', 'temperature', '2024-05-01T00:00:00Z', 20]],
    });
    const { catalogue, readPool } = db.store;
    const known = await catalogue.current(readPool);
    let goOn = (): void => undefined;
    const held = new Promise<typeof known>((resolve) => {
      goOn = () => resolve(known);
    });
    vi.spyOn(catalogue, 'known', 'get').mockReturnValueOnce(null);
    const asked = vi.spyOn(catalogue, 'current').mockReturnValueOnce(held);

    await recordBreaches(db, [{ sensor: 'SN2' }]);
    await eventually(() => expect(asked).toHaveBeenCalled());
    const client = feed.open(`subscription { breaches(where: { where: { factories: ["Newer"] } }, after: "${from}") ${FIELDS} }`);
    await told(client, 0, 1);
    goOn();

    await told(client, 1);
    expect(client.numbers).toEqual([await lastNumber(db)]);
  });

  it('executes and writes a breach once for all who want the same of it, however their documents are laid out, whatever their filters and wherever they began', async () => {
    // Heartbeats are executed too.
    const feed = await start({ heartbeatMs: 3_600_000 });
    const after = writeBreachCursor(db.store.id, await lastNumber(db));
    const clients = Array.from({ length: 100 }, (_, index) => {
      if (index % 4 === 3) return feed.open(`subscription { breaches(where: { sensors: ["S1", "other${index}"] }) { cursor breach { number message } } }`);
      if (index % 3 === 0) return feed.open(`subscription { breaches { cursor breach { number message } } }`);
      if (index % 3 === 1) return feed.open(`subscription { breaches(after: "${after}") { cursor,   breach{number message} } }`);
      return feed.open(`subscription ($from: String) { breaches(after: $from) { cursor breach { number message } } } # and a comment`, {
        variables: { from: after },
      });
    });
    for (const client of clients) await told(client, 0, 1);
    const before = feed.executions;

    await recordBreaches(db, [{ sensor: 'S1' }]);
    for (const client of clients) await told(client, 1);

    expect(feed.executions - before).toBe(1);
    expect(new Set(clients.map(({ sent }) => sent.at(-1))).size).toBe(1);
  });

  it('has one statement load for all groups and breaches of a batch what they ask of alerts', async () => {
    const feed = await start();
    await addThreshold(db, { min: 60, scope: { sensor: 'S1' } });
    const clients = ['number', 'kind', 'value'].map((field) =>
      feed.open(`subscription { breaches { cursor breach { ${field} number alert { level peak openedAt } } } }`),
    );
    for (const client of clients) await told(client, 0, 1);
    const query = vi.spyOn(db.store.readPool, 'query');

    await build(db, {
      readings: [
        ['S1', 'temperature', '2024-05-02T00:00:00Z', 65],
        ['S1', 'temperature', '2024-05-02T01:00:00Z', 20],
      ],
    });
    for (const client of clients) await told(client, 2);

    expect(clients[1]?.frames.at(-1)?.breach).toMatchObject({ kind: 'CLEARED', alert: { level: 'WARNING', peak: 65, openedAt: '2024-05-02T00:00:00Z' } });
    const texts = query.mock.calls.map(([statement]) => statement.text ?? '').filter((text) => /\balert\b/.test(text));
    expect(texts.length).toBeLessThanOrEqual(2);
    query.mockRestore();
  });

  it('sends heartbeats that move the cursor and the instant, written once for all of a group', async () => {
    const feed = await start({ heartbeatMs: 100 });
    const clients = Array.from({ length: 20 }, () => feed.open(`subscription { breaches(where: { sensors: ["S1"] }) ${FIELDS} }`));
    const last = await lastNumber(db);
    await recordBreaches(db, [{ sensor: 'S2' }]);
    for (const client of clients) await eventually(() => expect(numberIn(client.cursor)).toBe(last + 1));
    const before = clients[0]?.frames.at(-1);

    await eventually(() => expect(Date.parse(clients[0]?.frames.at(-1)?.evaluatedThrough ?? '')).toBeGreaterThan(Date.parse(before?.evaluatedThrough ?? '')));

    expect(clients[0]?.frames.at(-1)).toMatchObject({ breach: null, live: true });
    const heard = clients.reduce((sum, { sent }) => sum + sent.length, 0);
    const written = new Set(clients.flatMap(({ sent }) => sent)).size;
    expect(written).toBeLessThan(heard / 5);
  });
});
