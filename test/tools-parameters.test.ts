import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { useToolPlant } from './support/tool-plant.ts';
import { sendAs, type ToolAnswer } from './support/tool-request.ts';

const db = useDatabase();
useToolPlant(db);
const gateway = useGateway(db);

const QUERY = '{ sensors { totalCount } }';
const ANSWER = { data: { sensors: { totalCount: 2 } } };

const post = (body: string, headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' }) =>
  sendAs(gateway.origin, { method: 'POST', path: '/graphql', headers, body });
const get = (parameters: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  sendAs(gateway.origin, { method: 'GET', path: `/graphql?${new URLSearchParams(parameters).toString()}`, headers });

const codeOf = ({ status, json }: ToolAnswer) => [status, json.errors?.[0].extensions.code];

describe('a parameter that is not there', () => {
  const nothing: [string, object][] = [
    ['operationName ""', { operationName: '' }],
    ['operationName null', { operationName: null }],
    ['variables ""', { variables: '' }],
    ['variables null', { variables: null }],
    ['variables "null"', { variables: 'null' }],
    ['variables []', { variables: [] }],
    ['extensions {}', { extensions: {} }],
    ['extensions ""', { extensions: '' }],
    ['extensions null', { extensions: null }],
    ['extensions []', { extensions: [] }],
    ['all of them', { operationName: '', variables: '', extensions: {} }],
    ['a name that GraphQL over HTTP does not have', { id: 'A', refId: 'A', persisted: false }],
  ];

  it.each(nothing)('may be %s in a body', async (_name, parameters) => {
    expect((await post(JSON.stringify({ query: QUERY, ...parameters }))).json).toEqual(ANSWER);
  });

  it.each(nothing)('may be %s in the search of a GET', async (_name, parameters) => {
    const texts = Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
    const { operationName, ...others } = Object.fromEntries(texts);
    // There null has no other way to be written.
    expect((await get({ query: QUERY, ...others, ...(operationName === '' ? { operationName } : {}) })).json).toEqual(ANSWER);
  });
});

describe('variables', () => {
  const query = 'query ($id: ID!) { sensor(id: $id) { id } }';

  it('may be the text of their JSON in a body too', async () => {
    for (const variables of [{ id: 'S1' }, '{"id":"S1"}', ' {"id": "S1"} ']) {
      expect((await post(JSON.stringify({ query, variables }))).json).toEqual({ data: { sensor: { id: 'S1' } } });
    }
  });

  it('that no document declares change nothing, whatever they are', async () => {
    const variables = { id: 'S1', interval_ms: 60_000, refId: 'A', deep: { list: [null, 1.5] }, from: 1_714_521_600_000 };

    expect((await post(JSON.stringify({ query, variables }))).json).toEqual({ data: { sensor: { id: 'S1' } } });
    expect((await get({ query, variables: JSON.stringify(variables) })).json).toEqual({ data: { sensor: { id: 'S1' } } });
  });

  it.each(['id=S1', '[1]', '"S1"', '1', '{"id":'])('are refused where they are the text %j', async (variables) => {
    for (const answer of [await post(JSON.stringify({ query, variables })), await get({ query, variables })]) {
      expect(codeOf(answer)).toEqual([400, 'BAD_REQUEST']);
      expect(answer.json.errors[0].message).toContain('variables is a map');
    }
  });

  it('are refused where they are there twice', async () => {
    const answer = await sendAs(gateway.origin, { method: 'GET', path: `/graphql?query=${encodeURIComponent(QUERY)}&variables={}&variables={}`, headers: {} });

    expect(codeOf(answer)).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('a body', () => {
  it.each([
    'application/json',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json;charset=utf8',
    'Application/JSON; Charset=Utf-8',
    'application/json; odata=verbose',
    'application/graphql+json',
  ])('may come as %j', async (type) => {
    expect((await post(JSON.stringify({ query: QUERY }), { 'content-type': type })).json).toEqual(ANSWER);
  });

  it.each(['application/json; charset=iso-8859-1', 'application/graphql', 'text/json', 'application/x-www-form-urlencoded'])(
    'that comes as %j is refused with what it should be',
    async (type) => {
      const answer = await post(JSON.stringify({ query: QUERY }), { 'content-type': type });

      expect(codeOf(answer)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      expect(answer.json.errors[0].message).toContain('application/json');
    },
  );

  it('may begin with a byte order mark', async () => {
    expect((await post(`\ufeff${JSON.stringify({ query: QUERY })}`)).json).toEqual(ANSWER);
  });
});

describe('an Accept', () => {
  it.each([
    'application/json; charset=utf8',
    'application/json;odata=verbose',
    'application/json;odata.metadata=minimal;q=1.0,application/xml;q=0.1',
    'text/csv, application/json; profile="a, b"; q=0.5',
  ])('may name parameters of the type: %s', async (accept) => {
    const { type, json } = await post(JSON.stringify({ query: QUERY }), { 'content-type': 'application/json', accept });

    expect([type, json]).toEqual(['application/json; charset=utf-8', ANSWER]);
  });

  it.each(['text/plain', 'application/json;q=0', 'application/json; charset=utf-8; q=0, text/html;q=0'])(
    'that takes no JSON is refused: %s',
    async (accept) => {
      expect(codeOf(await post(JSON.stringify({ query: QUERY }), { 'content-type': 'application/json', accept }))).toEqual([406, 'NOT_ACCEPTABLE']);
    },
  );
});

describe('a GET', () => {
  it('may say what its body is, though it has none', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded']) {
      expect((await get({ query: QUERY }, { 'content-type': type })).json).toEqual(ANSWER);
    }
  });

  it('does not change anything, however it is written', async () => {
    const mutation = 'mutation { saveMetrics(metrics: [{ id: "sneaky", unit: "1" }]) { id } }';

    expect(codeOf(await get({ query: mutation, operationName: '', variables: '' }))).toEqual([405, 'BAD_REQUEST']);
    expect(codeOf(await get({ query: `query Q { __typename } ${mutation.replace('mutation', 'mutation M')}`, operationName: 'M' }))).toEqual([
      405,
      'BAD_REQUEST',
    ]);
    expect((await post(JSON.stringify({ query: '{ metrics { id } }' }))).text).not.toContain('sneaky');
  });
});
