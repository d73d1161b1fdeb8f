import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { useToolPlant } from './support/tool-plant.ts';
import { sendAs } from './support/tool-request.ts';

const db = useDatabase();
const plant = useToolPlant(db);
const gateway = useGateway(db);

/*
 * Power BI and Excel ask by Power Query's Web.Contents: GET, and POST where there is Content, with the headers of the M code and these of its own, without Accept
 * (learn.microsoft.com/power-query/handling-authentication shows a request, learn.microsoft.com/powerquery-m/web-contents says the rest). Where Accept is sent, it is
 * OData.Feed's or what the M code says.
 */
const OWN = {
  'user-agent': 'Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)',
  'accept-encoding': 'gzip, deflate',
  connection: 'Keep-Alive',
};

/** As Uri.BuildQueryString writes it: a space is %20, and a list is its parameter again and again. */
const queryString = (parameters: readonly (readonly [string, string])[]) => parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

/** Rows of cells without quotes in them. */
const cellsOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .map((row) => row.replaceAll(/"([^"]|"")*"/g, 'quoted').split(','));

describe('Power BI', () => {
  it.each([
    ['only what the M code gives', {}],
    ['the Accept of the M code', { accept: 'application/json' }],
    [
      'the Accept of OData',
      { accept: 'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atom+xml;q=0.7' },
    ],
  ])('posts what Json.FromValue makes of a record, with %s', async (_claim, headers) => {
    const { status, type, json } = await sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: { ...OWN, 'content-type': 'application/json', ...headers },
      // Json.FromValue escapes what is not ASCII, and has no line breaks.
      body: JSON.stringify({
        query:
          'query ($from: TimeBound!, $to: TimeBound!) {\r\n  aggregateRows(metrics: ["temperature"], by: SENSOR, from: $from, to: $to, bucket: "1d") { sensor start avg }\r\n}',
        variables: { from: plant.from / 1_000, to: plant.to / 1_000 },
      }),
    });

    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json).toEqual({
      data: { aggregateRows: ['S1', 'S2'].map((sensor) => ({ sensor, start: '2024-05-01T00:00:00Z', avg: plant.mean(sensor, plant.from, plant.to) })) },
    });
  });

  it('is told why a body without a type is refused, with a status that it does not take for a lack of rights', async () => {
    const { status, json } = await sendAs(gateway.origin, { method: 'POST', path: '/graphql', headers: OWN, body: '{"query":"{ __typename }"}' });

    expect([status, json.errors[0].extensions.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('gets a CSV by RelativePath and Query, with a list as a parameter that is repeated', async () => {
    const search = queryString([
      ['metrics', 'temperature'],
      ['sensors', 'S1'],
      ['sensors', 'S2'],
      ['by', 'SENSOR'],
      ['from', '2024-05-01T00:00:00Z'],
      ['to', '2024-05-02T00:00:00Z'],
      ['bucket', '6h'],
    ]);
    const { status, type, text } = await sendAs(gateway.origin, { method: 'GET', path: `/export/aggregates.csv?${search}`, headers: OWN });

    expect([status, type]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const [header = [], ...rows] = cellsOf(text);
    expect(rows.map((row) => [row[header.indexOf('sensor')], row[header.indexOf('start')]])).toEqual(
      ['S1', 'S2'].flatMap((sensor) => ['00', '06', '12', '18'].map((hour) => [sensor, `2024-05-01T${hour}:00:00Z`])),
    );
    expect(Number(rows[5]?.[header.indexOf('avg')])).toBe(plant.mean('S2', plant.from + 21_600_000, plant.from + 43_200_000));
  });

  it('gets a long CSV packed', async () => {
    const search = queryString([
      ['from', '2024-05-01'],
      ['to', '2024-05-01'],
    ]);
    const { status, encoding, text } = await sendAs(gateway.origin, { method: 'GET', path: `/export/readings.csv?${search}`, headers: OWN });

    expect([status, encoding]).toEqual([200, 'gzip']);
    expect(cellsOf(text)).toHaveLength(1 + 288);
  });

  it('gets a GraphQL answer by GET too, which its service refreshes with other credentials than anonymous ones', async () => {
    const search = queryString([
      ['query', 'query ($id: ID!) { sensor(id: $id) { id } }'],
      ['variables', '{"id":"S1"}'],
    ]);

    expect((await sendAs(gateway.origin, { method: 'GET', path: `/graphql?${search}`, headers: OWN })).json).toEqual({ data: { sensor: { id: 'S1' } } });
  });

  it('asks for the head by Web.Headers', async () => {
    const { status, type, text } = await sendAs(gateway.origin, { method: 'HEAD', path: '/export/latest.csv', headers: OWN });

    expect([status, type, text]).toEqual([200, 'text/csv; charset=utf-8; header=present', '']);
  });
});

describe('Excel', () => {
  const ask = (path: string) => sendAs(gateway.origin, { method: 'GET', path, headers: OWN });

  it('gets a CSV that begins with a byte order mark where it asks for one, and the same without', async () => {
    const marked = await ask('/export/latest.csv?metrics=temperature&bom=true');
    const plain = await ask('/export/latest.csv?metrics=temperature');

    expect([marked.status, plain.status]).toEqual([200, 200]);
    expect(marked.text).toBe(`\ufeff${plain.text}`);
    expect(cellsOf(plain.text)).toHaveLength(3);
  });

  it('gets JSON that Json.Document makes a list of records', async () => {
    const { status, json } = await ask('/export/latest.json?metrics=temperature&sensors=S2');

    expect(status).toBe(200);
    expect(json).toMatchObject([{ 'sensor.id': 'S2', 'metric.id': 'temperature', time: '2024-05-01T23:50:00Z' }]);
  });

  it('is answered where a browser opens the same address, as "Open in Excel" does', async () => {
    const { status, type } = await sendAs(gateway.origin, {
      method: 'GET',
      path: '/export/latest.csv?bom=true',
      headers: { ...OWN, accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
    });

    expect([status, type?.split(';')[0]]).toEqual([200, 'text/csv']);
  });
});
