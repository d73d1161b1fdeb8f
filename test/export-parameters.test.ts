import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { getExport, query } from './support/exports.ts';
import { build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'thermograph-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const DOCUMENTS = {
  sensors: 'query ($ids: [ID!], $first: Int) { sensors(ids: $ids, first: $first) { nodes { id name } } }',
  window: `query ($from: TimeBound!, $to: TimeBound, $order: TimeOrder! = ASCENDING, $first: Int, $where: LocationFilter, $withSensor: Boolean! = false) {
    readings(from: $from, to: $to, order: $order, first: $first, where: $where) { nodes { time value sensor @include(if: $withSensor) { id } } }
  }`,
  month: `query ($month: TimeBound!, $to: TimeBound) { readings(from: $month, to: $to) { nodes { time } } }`,
};
for (const [name, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, `${name}.graphql`), text);

const db = useDatabase();
const gateway = useGateway(db, { THERMOGRAPH_DOCUMENTS: folder });
const get = (path: string) => getExport(gateway.origin, path);

beforeAll(() =>
  build(db, {
    locations: [{ id: 'L1' }, { id: 'L2', factory: 'G' }],
    sensors: [
      { id: 'S1', name: 'one', location: 'L1' },
      { id: 'S2', location: 'L2' },
    ],
    readings: [
      ['S1', 'temperature', '2024-03-01T00:00:00Z', 20.5],
      ['S2', 'temperature', '2024-03-01T00:00:00Z', -3],
      ['S1', 'temperature', '2024-03-02T00:00:00Z', 21],
    ],
  }),
);

describe('parameters', () => {
  it.each([
    [{ from: '2024-03-01', to: '2024-03-02' }, 3],
    [{ from: '1709251200', to: '1709337600' }, 2],
    [{ from: '1709251200000', to: '1709337600000' }, 2],
    [{ from: '2024-03-01T00:00:00+00:00', to: '2024-03-02' }, 3],
    [{ from: '2024-03-01', to: '', first: '1' }, 1],
    [{ from: '2024-03-01', to: '2024-03-02', where: '{"factories":["G"]}' }, 1],
    [{ from: '2024-03-01', to: '2024-03-02', order: 'DESCENDING', withSensor: 'true' }, 3],
  ])('are read by their types: %j', async (parameters, count) => {
    const { status, rows } = await get(`window.csv${query(parameters)}`);

    expect(status).toBe(200);
    expect(rows()).toHaveLength(1 + count);
  });

  it.each([
    [{ ids: 'S1' }, ['S1']],
    [{ ids: ['S1', 'S2'] }, ['S1', 'S2']],
    [{ ids: '["S1","S2"]' }, ['S1', 'S2']],
    [{ ids: '' }, []],
  ])('are lists by repetition or as a JSON array: %j', async (parameters, ids) => {
    expect(
      (await get(`sensors.csv${query(parameters)}`))
        .rows()
        .slice(1)
        .map(([id]) => id),
    ).toEqual(ids);
  });

  it.each([
    ['an unknown one', 'sensors.csv?id=S1', /id is "S1", but the parameters of this export are ids, first, bom; did you mean "ids"\?/],
    ['a missing one', 'window.csv?to=2024', /from \(TimeBound!\) is missing; the parameters of window are from, to, order, first, where, withSensor, bom/],
    ['an empty one that is required', 'window.csv?from=', /from \(TimeBound!\) is missing/],
    ['no number', 'sensors.csv?first=ten', /first is "ten", but it must be a number/],
    ['a fraction for an Int', 'sensors.csv?first=1.5', /Variable "\$first" got invalid value 1.5/],
    ['no boolean', 'window.csv?from=2024&withSensor=1', /withSensor is "1", but it must be true or false/],
    ['no value of the enum', 'window.csv?from=2024&order=ASCENDINGS', /Did you mean the enum value "ASCENDING"/],
    ['no JSON', 'window.csv?from=2024&where=L1', /where is "L1", but its type is LocationFilter, which is given as JSON/],
    [
      'an unknown field of an input object',
      `window.csv?from=2024&where=${encodeURIComponent('{"factory":["G"]}')}`,
      /Field "factory" is not defined by type "LocationFilter". Did you mean "factories"/,
    ],
    ['one twice', 'window.csv?from=2024&from=2025', /from is \["2024","2025"\], but it is given once/],
    ['no time', 'window.csv?from=yesterday', /^from is "yesterday", but a time bound is/],
    ['no time for an argument of another name', 'month.csv?month=2016-13', /^parameter month: from is "2016-13", but/],
    ['an offset whose plus is a space', 'window.csv?from=2024-03-01T00:00:00+08:00', /a plus sign is written %2B in an address$/],
    ['a short one, after minutes', 'month.csv?month=2024&to=2024-03-01T00:00+0800', /^to is .*a plus sign is written %2B in an address$/],
    ['no time, with a space elsewhere', 'window.csv?from=2024-13-01+08:00', /^(?!.*%2B)/],
    ['a page that is too long', 'window.csv?from=2024&first=1001', /a page has from 1 to 1000 nodes/],
    ['a mark before JSON', 'sensors.json?bom=true', /only CSV/],
    ['a mark that is no boolean', 'sensors.csv?bom=1', /bom is "1", but it must be true or false/],
  ])('are refused with 400: %s', async (_what, path, message) => {
    const answer = await get(path);

    expect(answer.status).toBe(400);
    expect(answer.json().errors[0].message).toMatch(message);
    expect(answer.json().errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['content-disposition']).toBeUndefined();
  });
});

it.each([
  ['bucket=1d', ['2024-03-01', '2024-03-02']],
  ['bucket=1d&fill=', ['2024-03-01', '2024-03-02']],
  ['bucket=1d&fill=NULL', ['2024-03-01', '2024-03-02', '2024-03-03', '2024-03-04']],
  ['maxPoints=2&fill=PREVIOUS', ['2024-03-01', '2024-03-03']],
])('of the document aggregates say how long and how many its buckets are: %s', async (parameters, days) => {
  const { status, json } = await get(`aggregates.json?metrics=temperature&by=ALL&from=2024-03-01&to=2024-03-04&${parameters}`);

  expect(status).toBe(200);
  expect(json().map(({ start }: { readonly start: string }) => start.slice(0, 10))).toEqual(days);
});

it('names the parameter, the value and the rule wherever one is refused', async () => {
  const errorOf = async (path: string) => (await get(path)).json().errors[0].extensions;
  const rule = 'the parameters of window are from, to, order, first, where, withSensor, bom';

  expect(await errorOf('window.csv')).toEqual({ code: 'BAD_USER_INPUT', field: 'from', value: null, rule });
  expect(await errorOf('month.csv?month=2016-13')).toMatchObject({ parameter: 'month', field: 'from', value: '2016-13' });
  expect(await errorOf('window.csv?from=2024-03-01T00:00:00+08:00')).toMatchObject({ rule: expect.stringMatching(/%2B/) });
});
