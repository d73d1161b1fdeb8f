import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { describeEachEngine } from './support/database.ts';
import { readPage } from './support/markdown.ts';
import { build } from './support/plant.ts';
import { type Answer, useGateway } from './support/served-gateway.ts';

const PAGE = 'query Page($n: Int) { locations(first: $n) { nodes { id } } }';
/** A page, its connection, its nodes, and so many. */
const LIMIT = 3 + 40;
const REFUSAL = {
  message:
    'the request costs 44, 42 of it by locations.nodes, but the limit is 43: give a smaller first, last or maxPoints there or above, or ask for it in several requests',
  extensions: {
    code: 'COST_EXCEEDED',
    field: 'locations.nodes',
    fieldCost: 42,
    cost: 44,
    limit: LIMIT,
    rule: 'the limit is 43: give a smaller first, last or maxPoints there or above, or ask for it in several requests',
  },
};

const DAY = `query Day($from: TimeBound!) {
  aggregates(metrics: ["temperature"], by: SENSOR, from: $from, to: "2024-01-03", bucket: "1d", maxPoints: 5) { points { avg } }
  metrics { id }
}`;

interface Explained {
  readonly cost: number;
  readonly costLimit: number;
  readonly statements: readonly { readonly name: string; readonly rows: number | null; readonly durationMs: number }[];
  readonly plan: readonly Readonly<Record<string, unknown>>[];
}

describeEachEngine('what a request costs', (db) => {
  const gateway = useGateway(db, { MAX_COST: String(LIMIT) });
  const generous = useGateway(db);

  beforeAll(() =>
    build(db, {
      locations: [{ id: 'a' }, { id: 'b' }],
      sensors: [
        { id: 's1', location: 'a' },
        { id: 's2', location: 'b' },
      ],
      readings: [
        ['s1', 'temperature', '2024-01-01T12:00:00Z', 1],
        ['s1', 'temperature', '2024-01-02T12:00:00Z', 3],
        ['s2', 'temperature', '2024-01-02T12:00:00Z', 5],
      ],
    }),
  );

  it.each([
    ['application/json', 200],
    ['application/graphql-response+json', 400],
  ])('is admitted up to the limit and refused above it, as %s', async (accept, status) => {
    const admitted = await gateway.ask(PAGE, { n: 40 }, { accept });
    // Once as it is new, once as the document is known, and as it would be executed.
    const refused = [await gateway.ask(PAGE, { n: 41 }, { accept }), await gateway.ask(PAGE, { n: 41 }, { accept })];

    expect([admitted.status, admitted.body.data.locations.nodes.length]).toEqual([200, 2]);
    for (const answer of refused) expect([answer.status, answer.body]).toEqual([status, { errors: [REFUSAL] }]);
  });

  it('is the same by GET', async () => {
    const search = (n: number) => new URLSearchParams({ query: PAGE, variables: JSON.stringify({ n }) });
    const [admitted, refused] = await Promise.all([40, 41].map(async (n) => (await fetch(`${gateway.url}?${search(n).toString()}`)).json()));

    expect(admitted).toEqual({ data: { locations: { nodes: [{ id: 'a' }, { id: 'b' }] } } });
    expect(refused).toEqual({ errors: [REFUSAL] });
  });

  it('is the same over a socket, for questions and for subscriptions', async () => {
    const client = createClient({ url: gateway.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const ask = async (query: string, variables = {}) => (await client.iterate({ query, variables }).next()).value;

    expect(await ask(PAGE, { n: 40 })).toEqual({ data: { locations: { nodes: [{ id: 'a' }, { id: 'b' }] } } });
    await expect(ask(PAGE, { n: 41 })).rejects.toEqual([REFUSAL]);
    await expect(ask('subscription { latest { value } }')).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'COST_EXCEEDED', field: 'latest', cost: 1001, limit: LIMIT }) }),
    ]);
    await client.dispose();
  });

  it('is the same as an event stream, for questions and for subscriptions', async () => {
    const client = createStreamClient({ url: gateway.url, retryAttempts: 0 });
    const ask = async (query: string, variables = {}) => (await client.iterate({ query, variables }).next()).value;

    expect(await ask(PAGE, { n: 41 })).toEqual({ errors: [REFUSAL] });
    expect(await ask('subscription { latest { value } }')).toMatchObject({ errors: [{ extensions: { code: 'COST_EXCEEDED', cost: 1001 } }] });
    client.dispose();
  });

  it('is the same for exports', async () => {
    const response = await fetch(`${gateway.origin}/export/latest.csv`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'COST_EXCEEDED', limit: LIMIT } }] });
    expect((await fetch(`${generous.origin}/export/latest.csv`)).status).toBe(200);
  });

  it('is admitted by default for as many points of one series as MAX_POINTS allows, flat or not', async () => {
    const asked = 'metrics: ["temperature"], sensors: ["s1"], from: "2024-01-01", to: "2024-01-03", maxPoints: 100000';
    const answer = await askWith(generous.url, `{ aggregates(${asked}) { bucket points { avg } } }`, {}, { explain: true });
    const flat = await generous.ask(`{ aggregateRows(${asked}) { avg } downsample(sensors: ["s1"], from: "2024", maxPoints: 100000) { readings } }`);
    const lines = await askWith(generous.url, '{ downsample(sensors: ["s1"], from: "2024", maxPoints: 100000) { points { value } } }', {}, { explain: true });

    expect(answer.body).toMatchObject({
      data: { aggregates: [{ bucket: 'PT5S', points: [{ avg: 1 }, { avg: 3 }] }] },
      extensions: { explain: { cost: 10 + 50 * (1 + 1 + 100_000) } },
    });
    expect(flat.body).toEqual({ data: { aggregateRows: [{ avg: 1 }, { avg: 3 }], downsample: [{ readings: 2 }] } });
    expect(lines.body).toMatchObject({
      data: { downsample: [{ points: [{ value: 1 }, { value: 3 }] }] },
      extensions: { explain: { cost: 10 + 50 * (1 + 1 + 100_000) } },
    });
  });

  it('is refused by default for the example of the documentation, in its words', async () => {
    const page = readPage('docs/cost.md').text.split('## A request that is refused')[1] ?? '';
    const [document = '', answer = ''] = [...page.matchAll(/```(?:graphql|json)\n(.*?)```/gs)].map(([, text = '']) => text);

    expect((await generous.ask(document)).body).toEqual(JSON.parse(answer));
  });

  it('of a refused request sends no statement', async () => {
    await gateway.ask(PAGE.replace('Page', 'Dear'), { n: 41 });

    expect(await gateway.line(({ operation }) => operation === 'Dear')).toMatchObject({ statements: 0 });
  });

  it('is not told to who does not ask', async () => {
    expect(Object.keys((await generous.ask(DAY, { from: '2024-01-01' })).body)).toEqual(['data']);
    for (const explain of [false, null]) expect(Object.keys((await askWith(generous.url, DAY, { from: '2024-01-01' }, { explain })).body)).toEqual(['data']);
  });

  it.each(['true', 1, 'yes', {}, [true]])('is not told to who says neither yes nor no (%j), but that it is neither', async (explain) => {
    const search = new URLSearchParams({ query: '{ metrics { id } }', extensions: JSON.stringify({ explain }) });
    const posted = await askWith(generous.url, DAY, { from: '2024-01-01' }, { explain });
    const got = await fetch(`${generous.url}?${search.toString()}`, { headers: { accept: 'application/graphql-response+json' } });
    const error = {
      message: `extensions.explain is ${JSON.stringify(explain)}, but it is true or false`,
      extensions: { code: 'BAD_USER_INPUT', field: 'extensions.explain', value: explain, rule: 'it is true or false' },
    };

    expect([posted.body, got.status, await got.json()]).toEqual([{ errors: [error] }, 400, { errors: [error] }]);
  });

  it('is told with its statements and plan to who asks, by POST and by GET', async () => {
    const variables = { from: '2024-01-01' };
    await generous.ask(DAY, variables);
    const search = new URLSearchParams({ query: DAY, variables: JSON.stringify(variables), extensions: '{"explain":true}' });
    const posted = await askWith(generous.url, DAY, variables, { explain: true });
    const got: Answer['body'] = await (await fetch(`${generous.url}?${search.toString()}`)).json();

    for (const { data, extensions } of [posted.body, got]) {
      const { cost, costLimit, statements, plan }: Explained = extensions.explain;
      expect(data.aggregates.map(({ points }: { points: unknown }) => points)).toEqual([[{ avg: 1 }, { avg: 3 }], [{ avg: 5 }]]);
      // The question, 50 series of which each has points, at most five; and the metrics.
      expect([cost, costLimit]).toEqual([10 + 50 * (1 + 1 + 5) + (1 + 20), 6_000_000]);
      // The days are stale, so that the rollups alone are asked in vain before. Of each series there is a row.
      expect(statements.map(({ name, rows }) => [name.split(' ').slice(0, 2).join(' '), rows])).toEqual([
        [expect.stringMatching(/^aggregates (direct|current)$/), expect.any(Number)],
        ['aggregates exact', 2],
      ]);
      for (const { durationMs } of statements) expect(durationMs).toBeGreaterThan(0);
      expect(plan).toEqual([
        {
          metrics: ['temperature'],
          groups: 2,
          series: 2,
          bucket: 'P1D',
          timezone: 'UTC',
          buckets: 2,
          pieces: [{ source: 'rollup_1d', from: '2024-01-01T00:00:00Z', to: '2024-01-03T00:00:00Z' }],
          staleDays: 3,
        },
      ]);
    }
  });

  it('is told over a socket and as an event stream too', async () => {
    const question = { query: '{ metrics { id } }', extensions: { explain: true } };
    const socket = createClient({ url: generous.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const streams = createStreamClient({ url: generous.url, retryAttempts: 0 });
    const answers = [(await socket.iterate(question).next()).value, (await streams.iterate(question).next()).value];

    for (const answer of answers) expect(answer).toMatchObject({ data: { metrics: expect.any(Array) }, extensions: { explain: { cost: 21, plan: [] } } });
    await socket.dispose();
    streams.dispose();
  });

  it('tells as many statements as the log counts', async () => {
    const { body } = await askWith(generous.url, DAY.replace('Day', 'Counted'), { from: '2024-01-02' }, { explain: true });
    const { statements }: Explained = body.extensions.explain;
    const line = await generous.line(({ operation }) => operation === 'Counted');

    expect(statements.length).toBe(line.statements);
  });

  it('is told beside errors, and for mutations with the statements of the load', async () => {
    const failed = await askWith(
      generous.url,
      '{ metrics { id } location(id: "a") { aggregates(metric: "none", from: "2024") { points { avg } } } }',
      {},
      { explain: true },
    );
    const loaded = await askWith(generous.url, 'mutation { ingest(readings: []) { received } }', {}, { explain: true });
    const saved = await askWith(generous.url, 'mutation { saveMetrics(metrics: [{ id: "noise", unit: "dB" }]) { id } }', {}, { explain: true });

    expect(failed.body).toMatchObject({ data: { location: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }], extensions: { explain: { plan: [] } } });
    expect(loaded.body).toMatchObject({ data: { ingest: { received: 0 } }, extensions: { explain: { cost: 11 } } });
    expect(saved.body.extensions.explain.cost).toBe(1 + 1);
    expect(saved.body.extensions.explain.statements.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['begin', 'commit']));
  });
});

it('is asked for by the address of GraphiQL', async () => {
  const { explained, isToBeExplained } = await import('../web/graphiql/explained.ts');

  expect(['', '?query={a}', '?explain=false', '?explain=true', '?query={a}&explain=true'].map(isToBeExplained)).toEqual([false, false, false, true, true]);
  expect(explained({ query: '{ a }', variables: { b: 1 } })).toEqual({ query: '{ a }', variables: { b: 1 }, extensions: { explain: true } });
});

/** Sends a document with extensions. */
async function askWith(url: string, query: string, variables: object, extensions: object): Promise<Pick<Answer, 'status' | 'body'>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables, extensions }),
  });
  return { status: response.status, body: await response.json() };
}
