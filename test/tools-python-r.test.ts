import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { useToolPlant } from './support/tool-plant.ts';
import { sendAs } from './support/tool-request.ts';

const db = useDatabase();
const plant = useToolPlant(db);
const gateway = useGateway(db);

/** Requests as a server that writes down what comes has seen them: pandas 1.5 by urllib of Python 3.11, requests 2.28, R 4.2 by libcurl 7.88, httr2 0.2.2. */
const PANDAS = { 'accept-encoding': 'identity', 'user-agent': 'Python-urllib/3.11', connection: 'close' };
const REQUESTS = { 'user-agent': 'python-requests/2.28.1', 'accept-encoding': 'gzip, deflate', accept: '*/*', connection: 'keep-alive' };
const R_BASE = { 'user-agent': 'libcurl/7.88.1', accept: '*/*' };
const R_JSONLITE = { 'user-agent': 'libcurl/7.88.1', accept: 'application/json, text/*, */*' };

const AGGREGATES = `/export/aggregates.csv?metrics=temperature&by=SENSOR&from=2024-05-01&to=2024-05-01&bucket=1d`;

describe.each([
  ['pandas.read_csv', PANDAS],
  ['read.csv of R', R_BASE],
])('%s', (_name, headers) => {
  it('gets a CSV by its address, not packed', async () => {
    const { status, encoding, text } = await sendAs(gateway.origin, { method: 'GET', path: AGGREGATES, headers });

    expect([status, encoding]).toEqual([200, undefined]);
    expect(text).toContain(`,${plant.mean('S2', plant.from, plant.to)},`);
  });
});

describe.each([
  ['pandas.read_json', PANDAS],
  ['jsonlite::fromJSON', R_JSONLITE],
])('%s', (_name, headers) => {
  it('gets a list of rows by its address', async () => {
    const { status, json } = await sendAs(gateway.origin, { method: 'GET', path: AGGREGATES.replace('.csv', '.json'), headers });

    expect(status).toBe(200);
    expect(json).toMatchObject(['S1', 'S2'].map((sensor) => ({ sensor, avg: plant.mean(sensor, plant.from, plant.to) })));
  });

  it('gets the answer to a query in its address', async () => {
    const { json } = await sendAs(gateway.origin, { method: 'GET', path: `/graphql?query=${encodeURIComponent('{ sensors { totalCount } }')}`, headers });

    expect(json).toEqual({ data: { sensors: { totalCount: 2 } } });
  });
});

describe('requests', () => {
  it('posts as json= writes it, with epochs that have a fraction as time.time() has them', async () => {
    const { status, json } = await sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: { ...REQUESTS, 'content-type': 'application/json' },
      body: `{"query": "query ($from: TimeBound!, $to: TimeBound!) { aggregateRows(metrics: [\\"temperature\\"], by: SENSOR, from: $from, to: $to, bucket: \\"1d\\") { avg } }", "variables": {"from": ${plant.from / 1_000}.25, "to": ${plant.to / 1_000}.0}}`,
    });

    expect(status).toBe(200);
    // A quarter of a second after the first reading of the day.
    expect(json.data.aggregateRows).toEqual(['S1', 'S2'].map((sensor) => ({ avg: plant.mean(sensor, plant.from + 1, plant.to) })));
  });
});

describe('httr2', () => {
  it('posts as jsonlite writes it, with an empty list for no variables and numbers as R prints them', async () => {
    const post = (body: string) =>
      sendAs(gateway.origin, {
        method: 'POST',
        path: '/graphql',
        headers: {
          'user-agent': 'httr2/0.2.2 r-curl/5.0.0 libcurl/7.88.1',
          accept: '*/*',
          'accept-encoding': 'deflate, gzip',
          'content-type': 'application/json',
        },
        body,
      });

    expect((await post('{"query":"{ sensors { totalCount } }","variables":[]}')).json).toEqual({ data: { sensors: { totalCount: 2 } } });
    expect((await post('{"query":"{ sensors { totalCount } }","variables":{}}')).json).toEqual({ data: { sensors: { totalCount: 2 } } });
    const { json } = await post(
      '{"query":"query ($from: TimeBound!) { aggregateRows(metrics: \\"temperature\\", by: ALL, from: $from, to: 1.7146080e12, bucket: \\"1d\\") { count } }","variables":{"from":1.7145216e12}}',
    );
    expect(json).toEqual({ data: { aggregateRows: [{ count: 288 }] } });
  });
});
