import { expect, it, vi } from 'vitest';
import { writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';
import { addThreshold } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';
import {
  cutListeners,
  EVERYTHING,
  eventually,
  lastNumber,
  numberIn,
  range,
  recordInSilence,
  told,
  usePlant,
  useSubscriptions,
} from './support/subscriptions.ts';
import { runOn, urlOf } from './support/test-server.ts';

const db = useDatabase();
const start = useSubscriptions(db);
usePlant(db);

it('asks the database once for what thousands have missed, and not at all for what is in memory', async () => {
  const from = await lastNumber(db);
  await recordBreaches(db, many(150));
  const feed = await start();
  const middle = await lastNumber(db);
  const watch = feed.open(EVERYTHING);
  await told(watch, 0, 1);
  await recordBreaches(db, many(150));
  await told(watch, 150);
  const query = vi.spyOn(db.store.readPool, 'query');

  const recent = Array.from({ length: 50 }, () => feed.open(EVERYTHING, { variables: { after: writeBreachCursor(db.store.id, middle + 60) } }));
  for (const client of recent) await told(client, 90);
  expect(query).toHaveBeenCalledTimes(0);

  const late = Array.from({ length: 50 }, (_, index) => feed.open(EVERYTHING, { variables: { after: writeBreachCursor(db.store.id, from + (index % 7)) } }));
  for (const [index, client] of late.entries()) await told(client, 300 - (index % 7));
  expect(query.mock.calls.length).toBeLessThanOrEqual(3);
  query.mockRestore();
});

it('sends who asks for what is no longer kept to the oldest cursor there is', async () => {
  await recordBreaches(db, many(20));
  const feed = await start();
  const last = await lastNumber(db);
  await db.pool.query('delete from breach where number <= $1', [last - 5]);
  await db.pool.query('update outbox set expired_through = $1', [last - 5]);
  const open = (number: number) => feed.open(EVERYTHING, { variables: { after: writeBreachCursor(db.store.id, number) } });

  const early = open(last - 10);
  await eventually(() => expect(early.errors).not.toBeNull());
  const { oldest, code } = early.errors[0].extensions;
  const resumed = feed.open(EVERYTHING, { variables: { after: oldest } });
  await told(resumed, 5);

  expect([code, oldest]).toEqual(['CURSOR_EXPIRED', writeBreachCursor(db.store.id, last - 5)]);
  expect(resumed.numbers).toEqual(range(last - 4, last));
});

it('says nothing of instants at which the database could not be asked, and tells what came then', async () => {
  const feed = await start({ heartbeatMs: 100 });
  const client = feed.open(EVERYTHING);
  await told(client, 0, 1);
  const last = await lastNumber(db);
  await allowConnections(db, false);
  await cutListeners(db);
  await eventually(() => expect(feed.lines.map(({ msg }) => msg)).toContain('breaches could not be read, trying again'));
  await told(client, 0, client.sent.length + 2);
  const before = { frames: client.sent.length, through: client.frames.at(-1)?.evaluatedThrough };
  await recordBreaches(db, [{ sensor: 'S1' }]);
  await told(client, 0, before.frames + 5);
  expect(new Set(client.frames.slice(before.frames).map(({ evaluatedThrough }) => evaluatedThrough))).toEqual(new Set([before.through]));
  expect(client.numbers).toEqual([]);

  await allowConnections(db, true);

  await told(client, 1);
  expect(client.numbers).toEqual([last + 1]);
  await eventually(() => expect(feed.lines.map(({ msg }) => msg)).toContain('breaches are followed again'));
});

it('keeps a frame back until what it has to say can be loaded, and everything behind it', async () => {
  const thresholdId = await addThreshold(db, { min: 60 });
  const [alertId = ''] = await recordAlerts(db, [{ sensor: 'S1', thresholdId, openedAt: '2024-05-01T00:00:00Z' }]);
  const feed = await start({ heartbeatMs: 100 });
  const client = feed.open('subscription { breaches { cursor evaluatedThrough live breach { number alert { id } } } }');
  const other = feed.open(EVERYTHING);
  await told(client, 0, 1);
  const last = await lastNumber(db);
  await allowConnections(db, false);
  await cutAllButListeners(db);
  for (const expected of [1, 2]) {
    await recordInSilence(db, alertId);
    await told(other, expected);
  }
  await told(client, 0, client.sent.length + 3);
  expect(client.numbers).toEqual([]);
  expect(numberIn(client.cursor)).toBe(last);

  await allowConnections(db, true);

  await told(client, 2);
  expect(client.frames.flatMap(({ breach }) => (breach === null ? [] : [breach]))).toEqual([
    { number: last + 1, alert: { id: alertId } },
    { number: last + 2, alert: { id: alertId } },
  ]);
});

it('ends what follows an outbox that went back, and follows the one that is there', async () => {
  await recordBreaches(db, many(3));
  const feed = await start();
  const client = feed.open(EVERYTHING);
  await told(client, 0, 1);
  await db.pool.query('delete from breach where number > 1');
  await db.pool.query('update outbox set last_number = 1, expired_through = 0');

  await eventually(() =>
    expect(client.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED', value: client.cursor, oldest: writeBreachCursor(db.store.id, 0) } }]),
  );
  const next = feed.open(EVERYTHING);
  await told(next, 0, 1);
  await recordBreaches(db, many(1));
  await told(next, 1);
  expect(next.numbers).toEqual([2]);
  expect(feed.whyBehind()).toBeNull();
});

it('is not ready in the place of another store', async () => {
  const feed = await start();
  const client = feed.open(EVERYTHING);
  await told(client, 0, 1);

  await db.pool.query(`update store set id = gen_random_uuid()`);

  await eventually(() => expect(client.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]));
  expect(feed.whyBehind()).toContain('start it anew');
  await db.pool.query('update store set id = $1', [db.store.id]);
});

function many(count: number): { readonly sensor: string }[] {
  return Array.from({ length: count }, () => ({ sensor: 'S1' }));
}

/** So that nothing new can be asked, but what comes is read. */
async function cutAllButListeners({ pool }: TestDatabase): Promise<void> {
  await pool.query(`
    select pg_terminate_backend(pid, 5000)
      from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query not ilike all ('{listen %,%(select id from store)%}')`);
}

function allowConnections({ url }: TestDatabase, isAllowed: boolean): Promise<void> {
  return runOn(urlOf(url, 'postgres'), `alter database ${new URL(url).pathname.slice(1)} with allow_connections ${isAllowed}`);
}
