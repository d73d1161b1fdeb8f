import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { getExport } from './support/exports.ts';
import { addThreshold, build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

/**
 * What is exported is compared with the answer to the same document in JSON, made into rows here by another way: a row is a map from column to value, and a list of objects
 * multiplies the rows that it is in.
 */
const AGGREGATES = 'metrics: ["temperature", "humidity"], from: "2024-03-01", to: "2024-03-03"';
const DOCUMENTS: Readonly<Record<string, string>> = {
  flat: `{ aggregateRows(${AGGREGATES}, bucket: "1d") { location metric start avg stddev status } }`,
  unwound: `{ aggregates(${AGGREGATES}, bucket: "6h", by: SENSOR) { group { sensor { id } floor } points { start avg count provisional } metric { id unit } bucket } }`,
  columns: `{ aggregates(${AGGREGATES}, bucket: "1d") { group { location { id } } columns { start avg stddev status } } }`,
  empty: '{ sensors { nodes { id latest(metrics: ["wind_speed"]) { value metric { id } } name } } }',
  uneven: '{ sensors { nodes { name latest { metric { id } value } lastSeen } } }',
  second: `{ aggregates(${AGGREGATES}, bucket: "1d") { points { start } plan { pieces { source from } } metric { id } } }`,
  twice: '{ locations { nodes { id sensors { id latest { metric { id } value } } } } }',
  edges: '{ sensors(first: 2) { edges { cursor node { id location { id area } } } pageInfo { endCursor } } }',
  below: '{ location(id: "L1") { id latest { value sensor { id } } } }',
  missing: '{ location(id: "L9") { id latest { value sensor { id } } } }',
  single: '{ store { engine series } other: location(id: "L1") { id } }',
  aliases: '{ first: latest { value } second: latest { time } }',
  fragments: '{ ...All } fragment All on Query { latest { ...One } } fragment One on Reading { value metric { id ... on Metric { name } } __typename }',
  thresholds: '{ thresholds { level min max scope { factory floor } noDataAfter enabled } }',
};

const folder = mkdtempSync(join(tmpdir(), 'thermograph-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, `${name}.graphql`), text);

const db = useDatabase();
const gateway = useGateway(db, { THERMOGRAPH_DOCUMENTS: folder });

beforeAll(async () => {
  await build(db, {
    locations: [{ id: 'L1', factory: 'F, "1"', floor: 2, area: '+area' }, { id: 'L2' }],
    sensors: [
      { id: 'S1', name: '=1+1', location: 'L1' },
      { id: 'S2', location: 'L2' },
      { id: '@S3', name: 'Fühler' },
      { id: 'S4', location: 'L1' },
    ],
    readings: [
      ['S1', 'temperature', '2024-03-01T01:00:00Z', 20.5],
      ['S1', 'temperature', '2024-03-01T02:00:00Z', -1e-7],
      ['S1', 'humidity', '2024-03-02T02:00:00.123456Z', 40],
      ['S2', 'temperature', '2024-03-02T23:00:00Z', 1234.5],
      ['@S3', 'temperature', '2024-03-02T23:00:00Z', 0.1],
    ],
  });
  await addThreshold(db, { min: 20 });
  await addThreshold(db, { level: 'CRITICAL', min: 25, scope: { floor: 2 } });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Row = Readonly<Record<string, Json>>;

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfObjects = (value: Json | undefined): value is readonly { readonly [name: string]: Json }[] =>
  Array.isArray(value) && (value.length === 0 || isObject(value[0]));

/** The first list of objects, depth first; the answer itself where there is none. */
function firstList(value: Json): readonly Json[] | null {
  if (!isObject(value)) return null;
  for (const below of Object.values(value)) {
    const found = isListOfObjects(below) ? below : firstList(below);
    if (found !== null) return found;
  }
  return null;
}

/** The rows of one member. `columns` are those that there are: what is missing because a list is empty or an object null stands as null. */
function rowsOf(member: Json, columns: readonly string[]): readonly Row[] {
  let rows: readonly Row[] = [{}];
  let hasList = false;
  const multiply = (list: readonly Json[], name: string): void => {
    hasList = true;
    const below = columns.filter((column) => column.startsWith(`${name}.`)).map((column) => column.slice(name.length + 1));
    const named = list
      .flatMap((each) => rowsOf(each, below))
      .map((row) => Object.fromEntries(Object.entries(row).map(([column, cell]) => [`${name}.${column}`, cell])));
    if (named.length > 0) rows = rows.flatMap((row) => named.map((more) => ({ ...row, ...more })));
  };
  const visit = (value: Json, name: string): void => {
    if (columns.includes(name)) rows = rows.map((row) => ({ ...row, [name]: value }));
    else if (isListOfObjects(value) && !hasList) multiply(value, name);
    else if (isObject(value)) for (const [below, cell] of Object.entries(value)) visit(cell, name === '' ? below : `${name}.${below}`);
  };
  visit(member, '');
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
}

/** A cell as RFC 4180 and the rule about formulas have it, unquoted. */
function cellOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

it.each(Object.keys(DOCUMENTS))('makes the rows of the answer in JSON: %s', async (name) => {
  const { body } = await gateway.ask(DOCUMENTS[name] ?? '');
  const document = await gateway.ask('query ($name: String!) { document(name: $name) { columns } }', { name });
  const columns: readonly string[] = document.body.data.document.columns;
  const expected = (firstList(body.data) ?? (name === 'missing' ? [] : [body.data])).flatMap((member) => rowsOf(member, columns));

  const [csv, ndjson, json] = await Promise.all(['csv', 'ndjson', 'json'].map((format) => getExport(gateway.origin, `${name}.${format}`)));

  expect(body.errors).toBeUndefined();
  expect(expected.length > 0 || name === 'missing').toBe(true);
  expect(json?.json()).toEqual(expected);
  expect(
    ndjson?.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toEqual(expected);
  const [header, ...rows] = csv?.rows() ?? [];
  expect(header).toEqual(columns);
  // Numbers by their value: their text is the database's.
  const asValue = (cell: string) => (/^-?[\d.]+(e[+-]?\d+)?$/.test(cell) ? Number(cell) : cell);
  expect(rows.map((row) => row.map(asValue))).toEqual(expected.map((row) => columns.map((column) => asValue(cellOf(row[column] ?? null)))));
});

it('names columns by response names with dots, in the order of the selection', async () => {
  const header = async (name: string) => (await getExport(gateway.origin, `${name}.csv`)).rows()[0];

  expect(await header('unwound')).toEqual([
    'group.sensor.id',
    'group.floor',
    'points.start',
    'points.avg',
    'points.count',
    'points.provisional',
    'metric.id',
    'metric.unit',
    'bucket',
  ]);
  expect(await header('columns')).toEqual(['group.location.id', 'columns.start', 'columns.avg', 'columns.stddev', 'columns.status']);
  expect(await header('second')).toEqual(['points.start', 'plan.pieces', 'metric.id']);
  expect(await header('twice')).toEqual(['id', 'sensors.id', 'sensors.latest.metric.id', 'sensors.latest.value']);
  expect(await header('edges')).toEqual(['cursor', 'node.id', 'node.location.id', 'node.location.area']);
});

it('takes no text for a formula, and no number for a text', async () => {
  const { text } = await getExport(gateway.origin, 'uneven.csv');

  expect(text).toContain("'=1+1,temperature,-1e-07,");
  expect((await getExport(gateway.origin, 'edges.csv')).text).toContain("L1,'+area");
});

it('takes no text for a formula that begins with a wide sign, as spreadsheets in Chinese, Japanese and Korean do', async () => {
  const input = ['＝1+1', '＋1', '－1', '＠A1', 'ａ＝1'].map((description, number) => ({ id: `wide${number}`, unit: '1', description }));
  await gateway.ask('mutation ($metrics: [MetricInput!]!) { saveMetrics(metrics: $metrics) { id } }', { metrics: input });
  await gateway.ask('mutation { saveDocument(name: "wide", text: "{ metrics { id description } }") { name } }');
  const rows = (await getExport(gateway.origin, 'wide.csv')).rows().filter(([id]) => id?.startsWith('wide'));

  expect(rows.map(([, description]) => description)).toEqual(["'＝1+1", "'＋1", "'－1", "'＠A1", 'ａ＝1']);
});

it('tells an empty text from nothing, as PostgreSQL does', async () => {
  await gateway.ask(
    'mutation { saveMetrics(metrics: [{ id: "blank", unit: "1", description: "" }, { id: "lines", unit: "1", description: "two\\nlines, \\"quoted\\"" }]) { id } }',
  );
  await gateway.ask('mutation { saveDocument(name: "metrics", text: "{ metrics { id description min } }") { name } }');
  const { text, rows } = await getExport(gateway.origin, 'metrics.csv');

  expect(text).toContain('\r\nblank,"",\r\n');
  expect(rows().find(([id]) => id === 'lines')).toEqual(['lines', 'two\nlines, "quoted"', '']);
});

it('refuses an answer with errors, with all of them, instead of giving cells that look empty', async () => {
  await gateway.ask('mutation { saveDocument(name: "failing", text: "{ sensors { nodes { id latest(metrics: [\\"nonsense\\"]) { value } } } }") { name } }');
  const { status, json, headers } = await getExport(gateway.origin, 'failing.csv');

  expect(status).toBe(400);
  expect(headers['content-type']).toContain('application/json');
  expect(json().errors).toHaveLength(4);
  expect(json().errors[0]).toMatchObject({ message: expect.stringContaining('"nonsense"'), extensions: { code: 'NOT_FOUND' } });
});

it('keeps the limit of points for aggregates', async () => {
  await gateway.ask(
    'mutation { saveDocument(name: "many", text: "{ aggregateRows(metrics: [\\"temperature\\"], from: \\"2024-03-01\\", to: \\"2024-03-03\\", bucket: \\"1s\\") { avg } }") { name } }',
  );
  const { status, json } = await getExport(gateway.origin, 'many.csv');

  expect(status).toBe(400);
  expect(json().errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100_000 });
});
