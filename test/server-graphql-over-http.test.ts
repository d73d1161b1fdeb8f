import { serverAudits } from 'graphql-http';
import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** Runs while the file is collected, when there is no gateway yet: its address is asked for by each audit. */
const audits = serverAudits({ url: () => gateway.url });

it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('passes audit %s of GraphQL over HTTP: %s', async (_id, _name, audit) => {
  expect(await audit.fn()).toMatchObject({ status: 'ok' });
});

it('is put to audits of all three degrees, among them those that Apollo Server misses', () => {
  for (const degree of ['MUST', 'SHOULD', 'MAY']) expect(audits.filter(({ name }) => name.startsWith(degree)).length).toBeGreaterThan(10);
  expect(audits.map(({ id }) => id)).toEqual(expect.arrayContaining(['572B', 'FDE2', '7B9B']));
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; a=application/json', ''])(
  'refuses a POST as %j, which a foreign page can send without asking first',
  async (type) => {
    const body = new TextEncoder().encode('{"query":"mutation { saveMetrics(metrics: []) { id } }"}');
    const response = await fetch(gateway.url, { method: 'POST', headers: type === '' ? {} : { 'content-type': type }, body });

    expect([response.status, await response.json()]).toMatchObject([415, { errors: [{ extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }] }]);
  },
);

it('answers a query by GET and refuses a mutation', async () => {
  const get = (query: string) => fetch(`${gateway.url}?query=${encodeURIComponent(query)}`);

  const query = await get('{ __typename }');
  const mutation = await get('mutation { __typename }');

  expect([query.status, await query.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST']);
});

it('says that a subscription needs a stream, by POST and by GET, also where a variable decides over its root field', async () => {
  const query = 'subscription S($on: Boolean!) { breaches @include(if: $on) { cursor } }';
  const refused = { errors: [{ message: expect.stringContaining('text/event-stream'), extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM' } }] };

  expect(await (await post(JSON.stringify({ query, variables: { on: true } }))).json()).toEqual(refused);
  expect(await (await fetch(`${gateway.url}?query=${encodeURIComponent('subscription { breaches { cursor } }')}`)).json()).toEqual(refused);
});

it('answers HEAD with the head of GET', async () => {
  const response = await fetch(`${gateway.url}?query={__typename}`, { method: 'HEAD' });

  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'application/json; charset=utf-8', '']);
});

it('refuses what is no request with the status that says why', async () => {
  const cases: [string, Promise<Response>, number, string][] = [
    ['no JSON', post('{"query"'), 400, 'BAD_REQUEST'],
    [
      'no UTF-8',
      fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: new Uint8Array([0x22, 0xff, 0x22]) }),
      400,
      'BAD_REQUEST',
    ],
    ['a batch', post('[{"query":"{ __typename }"}]'), 400, 'BAD_REQUEST'],
    ['a form', post('query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text that a foreign form can send', post('{"query":"{ __typename }"}', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['another charset', post('{}', { 'content-type': 'application/json; charset=latin1' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['gzip', post('{}', { 'content-encoding': 'gzip' }), 415, 'UNSUPPORTED_ENCODING'],
    ['an image wanted', post('{"query":"{ __typename }"}', { accept: 'image/png' }), 406, 'NOT_ACCEPTABLE'],
    ['a body over the limit', post(JSON.stringify({ query: '{ __typename }', variables: { a: 'a'.repeat(1_100_000) } })), 413, 'REQUEST_TOO_LARGE'],
    ['another method', fetch(gateway.url, { method: 'PUT', body: '{}' }), 405, 'METHOD_NOT_ALLOWED'],
    ['another path', fetch(`${gateway.origin}/graphqll`), 404, 'NOT_FOUND'],
  ];

  for (const [name, answer, status, code] of cases) {
    const response = await answer;
    expect([name, response.status, await response.json()]).toMatchObject([name, status, { errors: [{ message: expect.any(String), extensions: { code } }] }]);
  }
});

it('refuses a body over the limit while it is still being sent, and the client gets to see the refusal', async () => {
  let sent = 0;
  const body = new ReadableStream({
    async pull(controller) {
      if (sent >= 8_000_000) return controller.close();
      sent += 100_000;
      controller.enqueue(new Uint8Array(100_000).fill(0x20));
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });

  const response = await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' });

  expect([response.status, await response.json()]).toMatchObject([413, { errors: [{ extensions: { code: 'REQUEST_TOO_LARGE' } }] }]);
});

it('says what is possible at a path', async () => {
  const options = await fetch(gateway.url, { method: 'OPTIONS' });
  const wrong = await fetch(`${gateway.origin}/healthz`, { method: 'DELETE' });

  expect([options.status, options.headers.get('allow'), options.headers.get('access-control-allow-origin')]).toEqual([204, 'GET, HEAD, POST, OPTIONS', null]);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
});
