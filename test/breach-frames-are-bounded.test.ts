import { beforeAll, expect, it } from 'vitest';
import { writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import { useDatabase } from './support/database.ts';
import { addThreshold } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';
import { EVERYTHING, eventually, lastNumber, type RunningSubscriptions, range, told, usePlant, useSubscriptions } from './support/subscriptions.ts';

const db = useDatabase();
const start = useSubscriptions(db);
usePlant(db);

const BREACHES = 130;

let thresholdId = '';
beforeAll(async () => {
  thresholdId = await addThreshold(db, { min: 60 });
});

/** The number of the last breach before an alert that has so many of them. */
async function recordLongAlert(feed: RunningSubscriptions): Promise<number> {
  const watch = feed.open(EVERYTHING);
  await told(watch, 0, 1);
  const [alertId = ''] = await recordAlerts(db, [{ sensor: 'S1', thresholdId, openedAt: '2024-05-01T00:00:00Z', resolvedAt: '2024-05-02T00:00:00Z' }]);
  const before = await lastNumber(db);
  await recordBreaches(
    db,
    Array.from({ length: BREACHES }, () => ({ sensor: 'S1', thresholdId, alertId })),
  );
  // From here on it is the past.
  await told(watch, BREACHES);
  watch.close();
  return before;
}

const DEEP =
  'subscription ($after: String) { breaches(after: $after) { live breach { number alert { breaches { alert { breaches { alert { breaches { id message kind time recordedAt late value status previous } } } } } } } } }';

const limitErrors = (sent: readonly { readonly json: string }[]) =>
  sent.map(({ json }) => JSON.parse(json).errors?.[0]?.extensions).filter((extensions) => extensions !== undefined);

it('refuses, frame by frame, what a short document asks for in lists of lists, of the past and of the present, and goes on', async () => {
  const feed = await start();
  const first = await recordLongAlert(feed);
  global.gc?.();
  const before = process.memoryUsage().heapUsed;

  const clients = Array.from({ length: 5 }, () => feed.open(DEEP, { variables: { after: writeBreachCursor(db.store.id, first) } }));
  for (const client of clients) await eventually(() => expect(client.sent.length).toBeGreaterThan(BREACHES));

  // A thousand megabytes before.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000);
  for (const { sent, ended } of clients) {
    expect(ended).toBeNull();
    expect(limitErrors(sent)).toHaveLength(BREACHES);
    expect(limitErrors(sent)[0]).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'nodes', limit: 2_000 });
  }
  await recordLongAlert(feed);
  for (const { sent } of clients) await eventually(() => expect(limitErrors(sent)).toHaveLength(2 * BREACHES));
});

it('tells of many breaches together what it would tell of each by itself, in order, whatever they ask for together', async () => {
  const feed = await start();
  const first = await recordLongAlert(feed);
  const fields = '{ cursor live evaluatedThrough breach { number alert { breaches { number message alert { id } } } } }';
  const client = feed.open(`subscription ($after: String) { breaches(after: $after) ${fields} }`, {
    variables: { after: writeBreachCursor(db.store.id, first) },
  });
  await told(client, BREACHES);

  const present = await recordLongAlert(feed);
  await told(client, 2 * BREACHES);

  expect(client.numbers).toEqual([...range(first + 1, first + BREACHES), ...range(present + 1, present + BREACHES)]);
  for (const { breach } of client.frames) expect(breach?.alert.breaches ?? { length: 100 }).toHaveLength(100);
});

it('ends a page of the past where its frames are long, and goes on behind it for everybody', async () => {
  const feed = await start();
  const first = await recordLongAlert(feed);
  const names = Array.from({ length: 10 }, (_, index) => `m${index}: message`).join(' ');
  const fields = `{ cursor live evaluatedThrough breach { number alert { breaches { ${names} } } } }`;
  const query = `subscription ($after: String) { breaches(after: $after) ${fields} }`;
  const from = (number: number) => feed.open(query, { variables: { after: writeBreachCursor(db.store.id, number) } });

  const clients = [from(first), from(first), from(first + 7), from(first + 55)];
  for (const [index, behind] of [0, 0, 7, 55].entries()) {
    // With the heartbeat at the end of the past.
    await eventually(() => expect(clients[index]?.sent.length).toBeGreaterThan(BREACHES - behind));
    expect(clients[index]?.numbers).toEqual(range(first + 1 + behind, first + BREACHES));
  }
  expect(clients[0]?.sent[0]?.json.length).toBeGreaterThan(50_000);
});
