import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { eventually, FIELDS, told, usePlant, useSubscriptions } from './support/subscriptions.ts';

const db = useDatabase();
const start = useSubscriptions(db);
usePlant(db);

it('refuses with the codes of HTTP what cannot be subscribed to', async () => {
  const feed = await start();
  const refusals: readonly (readonly [string, string, string, object?])[] = [
    ['a document that is none', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { breaches { nothing } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['two root fields', `subscription { one: breaches ${FIELDS} two: breaches ${FIELDS} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['a root field that is left out', `subscription { breaches @skip(if: true) ${FIELDS} }`, 'BAD_USER_INPUT'],
    [
      'a root field that a variable decides over',
      `subscription ($a: Boolean!) { breaches @skip(if: $a) ${FIELDS} }`,
      'GRAPHQL_VALIDATION_FAILED',
      { variables: { a: false } },
    ],
    ['an operation that is not there', `subscription One { breaches ${FIELDS} }`, 'OPERATION_RESOLUTION_FAILURE', { operationName: 'Two' }],
    ['a query', '{ metrics { id } }', 'BAD_REQUEST'],
    ['a variable of another type', `subscription ($a: String!) { breaches(after: $a) ${FIELDS} }`, 'BAD_USER_INPUT', { variables: { a: 5 } }],
    ['a level that there is not', `subscription { breaches(where: { levels: [LOUD] }) ${FIELDS} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['a metric that nobody knows', `subscription { breaches(where: { metrics: ["temprature"] }) ${FIELDS} }`, 'NOT_FOUND'],
    ['a filter by status', `subscription { breaches(where: { where: { status: [WARNING] } }) ${FIELDS} }`, 'BAD_USER_INPUT'],
    ['a box that is none', `subscription { breaches(where: { where: { within: { south: 9, north: 1, west: 0, east: 0 } } }) ${FIELDS} }`, 'BAD_USER_INPUT'],
    ['too many aliases', `subscription { breaches { ${Array.from({ length: 101 }, (_, n) => `c${n}: cursor`).join(' ')} } }`, 'TOO_MANY_ALIASES'],
    ['a cursor that is none', `subscription { breaches(after: "x") ${FIELDS} }`, 'BAD_USER_INPUT'],
  ];
  for (const [what, query, code, rest] of refusals) {
    const client = feed.open(query, rest);
    await eventually(() => expect(client.ended?.kind, what).toBe('errors'));
    expect(client.errors[0].extensions.code, what).toBe(code);
    expect(client.errors[0].message, what).toMatch(/\w/);
    expect(client.sent, what).toEqual([]);
  }
});

it('names the header that a browser resumes by, and the setting that a limit is', async () => {
  const feed = await start({ maxSubscribers: 1 });
  const resumed = feed.open(`subscription { breaches ${FIELDS} }`, { lastEventId: 'rubbish' });
  await eventually(() => expect(resumed.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'Last-Event-ID', value: 'rubbish' } }]));
  feed.open(`subscription { breaches ${FIELDS} }`);

  expect(feed.open(`subscription { breaches ${FIELDS} }`).errors[0].message).toContain('MAX_SUBSCRIBERS');
});

it('takes a metric that was saved a moment ago', async () => {
  const feed = await start();
  await db.pool.query(`insert into metric (id, name, unit, built_in) values ('noise', 'Noise', 'dB', false)`);
  await db.pool.query('update catalogue set version = version + 1');

  await told(feed.open(`subscription { breaches(where: { metrics: ["noise"] }) ${FIELDS} }`), 0, 1);
});

it('takes as many as a setting allows, and others as soon as one has gone', async () => {
  const feed = await start({ maxSubscribers: 2 });
  const query = `subscription { breaches ${FIELDS} }`;
  const first = feed.open(query);
  feed.open(`subscription { breaches(where: { sensors: ["S1"] }) ${FIELDS} }`);
  expect(feed.open(query).errors).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', limit: 2 } }]);

  first.close();

  await told(feed.open(query), 0, 1);
});

it('keeps no more of what is asked than fits, however few ask it', async () => {
  const feed = await start();
  const ask = (index: number) =>
    feed.open(`subscription ($sensors: [ID!]) { breaches(where: { sensors: $sensors }) ${FIELDS} }`, {
      variables: { sensors: [`${index}`, 'x'.repeat(4_000_000)] },
    });
  const clients = [1, 2, 3, 4, 5].map(ask);

  expect(clients[4]?.errors).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
  clients[0]?.close();

  await told(ask(6), 0, 1);
});

it('does not let what a subscription asks for each breach go beyond the limits of a request', async () => {
  const feed = await start({ limits: { maxPoints: 100_000, maxReadings: 100_000, maxNodes: 2 } });
  const client = feed.open('subscription { breaches { cursor breach { number sensor { metrics { id } } location { sensors { metrics { id } } } } } }');
  await told(client, 0, 1);
  await db.pool.query(`
    with counter as (update outbox set last_number = last_number + 1 returning last_number)
    insert into breach (series_id, number, kind, time, late, status, alert_id, levels)
    select (select min(id) from series where sensor_id = 'S1'), last_number, 'OPENED', now(), false, 'WARNING', 0, '{WARNING}' from counter`);

  await eventually(() => expect(client.sent.at(-1)?.json).toContain('"errors"'));
  const refused = client.sent.at(-1);
  expect(JSON.parse(refused?.json ?? '')).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  expect(refused?.cursor).not.toBe(client.sent[0]?.cursor);
  expect(client.ended).toBeNull();
});

it('ends what runs when it stops, gives its connection back, and takes no more', async () => {
  const feed = await start();
  const client = feed.open(`subscription { breaches ${FIELDS} }`);
  await told(client, 0, 1);

  await feed.stop();

  expect(client.ended).toEqual({ kind: 'complete' });
  expect(feed.open(`subscription { breaches ${FIELDS} }`).errors).toMatchObject([{ extensions: { code: 'SHUTTING_DOWN' } }]);
  expect(db.store.listenPool).toMatchObject({ totalCount: 0 });
});
