import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { useToolPlant } from './support/tool-plant.ts';
import { sendAs } from './support/tool-request.ts';

const db = useDatabase();
const plant = useToolPlant(db);
const gateway = useGateway(db);

const HOUR = 3_600_000;

/** Where Infinity puts the cursor of the page before. */
const PLACE = '\u0024{__pagination.after}';

/*
 * The requests of Grafana's data sources, as their sources write them:
 * - Infinity 3.11.1: github.com/grafana/grafana-infinity-datasource at 683f883, pkg/infinity/client.go (GetQueryBody), headers.go, remote.go (GetPaginatedResults);
 *   the values of cursors by gjson: github.com/grafana/infinity-libs at afd1051, lib/go/jsonframer/rootselector.go
 * - Wild GraphQL 1.6.1: github.com/wildmountainfarms/wild-graphql-datasource at c96ff35, pkg/util/graphql/graphql.go, pkg/plugin/queryvariables/variables.go
 * - GraphQL Data Source 1.3.0: github.com/fifemon/graphql-datasource at 232be88, src/DataSource.ts, by way of Grafana's own proxy
 */

describe('Infinity', () => {
  const post = (body: object) =>
    sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: {
        'user-agent': 'Go-http-client/1.1',
        accept: 'application/json;q=0.9,text/plain',
        'accept-encoding': 'gzip',
        'content-type': 'application/json',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
      body: JSON.stringify(body),
    });

  it('gets points for variables that Grafana has put in as texts', async () => {
    const { status, type, json } = await post({
      query: `query ($from: TimeBound!, $to: TimeBound!, $bucket: Duration) {
        aggregates(metrics: ["temperature"], by: SENSOR, from: $from, to: $to, bucket: $bucket) { group { sensor { id } } points { start avg } }
      }`,
      variables: { bucket: '1h', from: String(plant.from), to: String(plant.to) },
    });

    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json.data.aggregates.map(({ group }: { group: { sensor: { id: string } } }) => group.sensor.id)).toEqual(['S1', 'S2']);
    const [first] = json.data.aggregates;
    expect(first.points).toHaveLength(24);
    expect(first.points[5]).toEqual({
      start: new Date(plant.from + 5 * HOUR).toISOString().replace('.000Z', 'Z'),
      avg: plant.mean('S1', plant.from + 5 * HOUR, plant.from + 6 * HOUR),
    });
  });

  it('sends null where there are no variables, and an empty list where its editor has one', async () => {
    for (const variables of [null, []])
      expect((await post({ query: '{ sensors { totalCount } }', variables })).json).toEqual({ data: { sensors: { totalCount: 2 } } });
  });

  it('pages by cursor from its placeholder to a cursor that is null', async () => {
    const variables = `{ "after": "${PLACE}" }`;
    const values: number[] = [];
    const cursors: string[] = [];
    // The loop of GetPaginatedResults.
    for (let page = 0, cursor = ''; page <= 20 && (page === 0 || cursor !== ''); page += 1) {
      const { json } = await post({
        query: `query ($after: String) { readings(sensors: ["S2"], from: "2024-05-01T00:00:00Z", to: "2024-05-01T05:00:00Z", first: 10, after: $after) { nodes { value } pageInfo { endCursor } } }`,
        variables: JSON.parse(cursor === '' ? variables : variables.replaceAll(PLACE, cursor)),
      });
      expect(json.errors).toBeUndefined();
      values.push(...json.data.readings.nodes.map(({ value }: { value: number }) => value));
      cursors.push(String(json.data.readings.pageInfo.endCursor));
      cursor = json.data.readings.pageInfo.endCursor ?? '';
    }

    expect(values).toHaveLength(30);
    expect(values.reduce((sum, value) => sum + value, 0) / 30).toBeCloseTo(plant.mean('S2', plant.from, plant.from + 5 * HOUR) ?? 0, 10);
    expect(cursors.at(-1)).toBe('null');
  });

  it('takes a text that only looks like a placeholder for what it is', async () => {
    const { json } = await post({ query: 'query ($id: ID!) { sensor(id: $id) { id } }', variables: { id: `x${PLACE}` } });

    expect(json).toEqual({ data: { sensor: null } });
  });

  it('reads a CSV whose type it asks for with a charset', async () => {
    const { status, type, text } = await sendAs(gateway.origin, {
      method: 'GET',
      path: `/export/aggregates.csv?${new URLSearchParams({ by: 'SENSOR', bucket: '1d', from: String(plant.from), metrics: 'temperature', to: String(plant.to) }).toString()}`,
      headers: { 'user-agent': 'Go-http-client/1.1', accept: 'text/csv; charset=utf-8', 'accept-encoding': 'gzip' },
    });

    expect([status, type?.split(';')[0]]).toEqual([200, 'text/csv']);
    const [header, ...rows] = text.trimEnd().split('\r\n');
    const avg = header?.split(',').indexOf('avg') ?? -1;
    // The area of the plant has a comma and quotes in it: `"North, ""hall"" 1"` is one cell.
    expect(rows.map((row) => Number(row.replace('"North, ""hall"" 1"', 'North').split(',')[avg]))).toEqual([
      plant.mean('S1', plant.from, plant.to),
      plant.mean('S2', plant.from, plant.to),
    ]);
  });

  it('is told what is wrong where its body is plain text, its default for a raw body', async () => {
    const { status, json } = await sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: { accept: 'application/json;q=0.9,text/plain', 'accept-encoding': 'gzip', 'content-type': 'text/plain' },
      body: '{"query":"{ __typename }"}',
    });

    expect([status, json.errors[0].extensions.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(json.errors[0].message).toContain('application/json');
  });
});

describe('Wild GraphQL', () => {
  const post = (body: object) =>
    sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip', 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });

  /** In every request, whatever the document declares. */
  const automatic = () => ({ from: plant.from, interval_ms: 60_000, maxDataPoints: 1_024, refId: 'A', to: plant.to });

  it('saves and tests with a question about the schema, without variables', async () => {
    const { status, json } = await post({ query: '{\n\t\t  __schema{\n\t\t    queryType{name}\n\t\t  }\n\t\t}' });

    expect([status, json]).toEqual([200, { data: { __schema: { queryType: { name: 'Query' } } } }]);
  });

  it('reads the schema for its editor', async () => {
    const { json } = await post({ query: getIntrospectionQuery(), operationName: 'IntrospectionQuery', variables: { from: plant.from, to: plant.to } });

    expect(json.errors).toBeUndefined();
  });

  it('sends variables that no document declares', async () => {
    const { json } = await post({ query: '{ sensors { totalCount } }', variables: automatic() });

    expect(json).toEqual({ data: { sensors: { totalCount: 2 } } });
  });

  it('sends epochs and the number of points as numbers', async () => {
    const { json } = await post({
      query: `query Chart($from: TimeBound!, $to: TimeBound!, $maxDataPoints: Int) {
        aggregates(metrics: ["temperature"], by: SENSOR, from: $from, to: $to, maxPoints: $maxDataPoints) { bucket points { start avg } }
      }`,
      operationName: 'Chart',
      variables: { ...automatic(), maxDataPoints: 24 },
    });

    expect(json.errors).toBeUndefined();
    expect(json.data.aggregates[1].bucket).toBe('PT1H');
    expect(json.data.aggregates[1].points.map(({ avg }: { avg: number }) => avg)).toEqual(
      Array.from({ length: 24 }, (_, hour) => plant.mean('S2', plant.from + hour * HOUR, plant.from + (hour + 1) * HOUR)),
    );
  });

  it('gets a refusal of its document with 200, which is the only status whose errors it shows', async () => {
    const { status, json } = await post({ query: '{ nothing }', variables: automatic() });

    expect([status, json.errors[0].extensions.code]).toEqual([200, 'GRAPHQL_VALIDATION_FAILED']);
  });
});

describe('GraphQL Data Source', () => {
  const post = (query: string) =>
    sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: {
        'user-agent': 'Grafana/12.0.0',
        accept: 'application/json, text/plain, */*',
        'accept-encoding': 'gzip',
        'content-type': 'application/json',
        'x-datasource-uid': 'P1',
        'x-grafana-org-id': '1',
        'x-forwarded-for': '127.0.0.1',
      },
      body: JSON.stringify({ query }),
    });

  it('tests with a question about the schema', async () => {
    expect((await post('{\n      __schema{\n        queryType{name}\n      }\n    }')).json).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });

  it.each([
    ['bare', (epoch: number) => `${epoch}`],
    ['as a text', (epoch: number) => `"${epoch}"`],
    ['as a Float', (epoch: number) => `${epoch}.0`],
    ['as a Float with an exponent', (epoch: number) => `${(epoch / 1e12).toString()}e12`],
    ['in seconds', (epoch: number) => `${epoch / 1_000}`],
    ['in seconds with a fraction', (epoch: number) => `${epoch / 1_000}.000`],
  ])('has $timeFrom and $timeTo in its document, %s', async (_claim, write) => {
    const { json } = await post(
      `query { data: aggregateRows(metrics: ["temperature"], by: SENSOR, from: ${write(plant.from)}, to: ${write(plant.to)}, bucket: "1d") { Time: start sensor avg } }`,
    );

    expect(json).toEqual({
      data: { data: ['S1', 'S2'].map((sensor) => ({ Time: '2024-05-01T00:00:00Z', sensor, avg: plant.mean(sensor, plant.from, plant.to) })) },
    });
  });
});
