import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { useToolPlant } from './support/tool-plant.ts';
import { sendAs } from './support/tool-request.ts';

const db = useDatabase();
const plant = useToolPlant(db);
const gateway = useGateway(db);

/*
 * Superset asks for what is no database by Shillelagh, Metabase by a driver for DuckDB:
 * - Shillelagh's generic JSON API: github.com/betodealmeida/shillelagh at 0dc0869, src/shillelagh/adapters/api/generic_json.py; the headers are those of requests
 * - its adapter for GraphQL: github.com/cancan101/graphql-db-api at f2d10ae, graphqldb/adapter.py and dialect.py
 * - DuckDB: github.com/duckdb/duckdb-httpfs at 2a6481d, src/httpfs.cpp (LoadFileInfo, GetRangeRequest, FullDownload)
 */
const REQUESTS = { 'user-agent': 'python-requests/2.32.5', 'accept-encoding': 'gzip, deflate', accept: '*/*', connection: 'keep-alive' };

describe("Shillelagh's generic JSON API", () => {
  const path = `/export/aggregates.json?metrics=temperature&by=SENSOR&from=2024-05-01&to=2024-05-01&bucket=12h`;

  it('recognises an address by the type in its head, then gets the rows', async () => {
    const head = await sendAs(gateway.origin, { method: 'HEAD', path, headers: REQUESTS });
    const rows = await sendAs(gateway.origin, { method: 'GET', path, headers: REQUESTS });

    expect([head.status, head.type?.includes('application/json'), head.text]).toEqual([200, true, '']);
    expect(rows.status).toBe(200);
    expect(rows.json).toMatchObject(
      ['S1', 'S2'].flatMap((sensor) =>
        [plant.from, plant.from + 43_200_000].map((start) => ({ sensor, avg: plant.mean(sensor, start, start + 43_200_000), count: 72 })),
      ),
    );
  });

  it('gets the answer to a query by its address too', async () => {
    const query = `/graphql?query=${encodeURIComponent('{ sensors { nodes { id } } }')}`;
    const head = await sendAs(gateway.origin, { method: 'HEAD', path: query, headers: REQUESTS });
    const { json } = await sendAs(gateway.origin, { method: 'GET', path: query, headers: REQUESTS });

    expect(head.type).toContain('application/json');
    expect(json.data.sensors.nodes).toEqual([{ id: 'S1' }, { id: 'S2' }]);
  });
});

describe("Shillelagh's adapter for GraphQL", () => {
  const ask = async (query: string) => {
    const { status, json } = await sendAs(gateway.origin, {
      method: 'POST',
      path: '/graphql',
      headers: { ...REQUESTS, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect([status, json.errors]).toEqual([200, undefined]);
    return json.data;
  };

  it('lists the fields of the query as tables', async () => {
    const { __schema } = await ask('{\n  __schema {\n    queryType {\n      fields {\n        name\n      }\n    }\n  }\n}');

    expect(__schema.queryType.fields.map(({ name }: { name: string }) => name)).toContain('readings');
  });

  it('reads the types of all fields', async () => {
    const { __schema } = await ask(
      '{ __schema { queryType { fields { name type { name kind ofType { name kind ofType { kind name ofType { name } } } } } } types { name kind fields { name type { name kind ofType { name } } } } } }',
    );

    expect(__schema.types.length).toBeGreaterThan(20);
  });

  it('pages by arguments in its document, where numbers have no 32 bits', async () => {
    // The loop of get_data_connection, for `readings?iarg_from=…&iarg_to=…&iarg_first=100`.
    const values: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { readings } = await ask(`query {
    readings(from: ${plant.from} to: ${plant.to} first: 100${after === null ? '' : ` after: "${after}"`}){
        edges{
        node{
            time value derived
        }
        }
        pageInfo {endCursor hasNextPage}
    }
    }`);
      values.push(...readings.edges.map(({ node }: { node: { value: number } }) => node.value));
      more = readings.pageInfo.hasNextPage;
      after = readings.pageInfo.endCursor;
    }

    expect(values).toHaveLength(288);
  });
});

describe('DuckDB', () => {
  const path = `/export/latest.csv?metrics=temperature`;
  const headers = { 'user-agent': 'duckdb/v1.5.6(linux_amd64) java', accept: '*/*' };

  it('gets the whole where it asks for a range, which its fallback understands', async () => {
    const head = await sendAs(gateway.origin, { method: 'HEAD', path, headers });
    const range = await sendAs(gateway.origin, { method: 'GET', path, headers: { ...headers, range: 'bytes=0-1048575' } });
    const whole = await sendAs(gateway.origin, { method: 'GET', path, headers });

    expect([head.status, range.status, whole.status]).toEqual([200, 200, 200]);
    expect(range.text).toBe(whole.text);
    expect(whole.text.trimEnd().split('\r\n')).toHaveLength(3);
  });
});
