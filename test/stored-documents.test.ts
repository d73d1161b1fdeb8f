import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useDoctor } from './support/doctor.ts';
import { getExport } from './support/exports.ts';
import { build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'thermograph-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'sensors.graphql'), '# Every sensor.\n# By id.\nquery Sensors { sensors { nodes { id } } }');
writeFileSync(join(folder, 'broken.graphql'), '{ sensors { nodes { colour } } }');
writeFileSync(join(folder, 'two words.graphql'), '{ sensors { nodes { id } } }');
writeFileSync(join(folder, 'latin.graphql'), Buffer.from([0x23, 0xff, 0x0a]));
writeFileSync(join(folder, 'metrics.txt'), 'no document');
writeFileSync(join(folder, 'locations.graphql'), '{ locations { nodes { id timezone } } }');

const db = useDatabase();
const gateway = useGateway(db, { THERMOGRAPH_DOCUMENTS: folder });
const { examine } = useDoctor();

const SAVE = `mutation ($name: String!, $text: String!) {
  saveDocument(name: $name, text: $text) { name text origin description savedAt problem columns variables { name type default required } }
}`;

it('lists documents of the folder, saved ones and those of the gateway by name, each with what it wants and gives', async () => {
  const { body } = await gateway.ask('{ documents { name origin description problem columns variables { name type default required } } }');

  const byName = Object.fromEntries(body.data.documents.map((document: { name: string }) => [document.name, document]));
  expect(Object.keys(byName)).toEqual(['aggregates', 'alerts', 'broken', 'latest', 'latin', 'locations', 'readings', 'sensors', 'two words']);
  expect(byName.sensors).toEqual({
    name: 'sensors',
    origin: 'DEPLOYMENT',
    description: 'Every sensor.\nBy id.',
    problem: null,
    columns: ['id'],
    variables: [],
  });
  expect(byName.readings.columns).toEqual(['time', 'location.id', 'sensor.id', 'metric.id', 'metric.unit', 'value', 'derived']);
  expect(byName.readings.variables.slice(0, 2)).toEqual([
    { name: 'from', type: 'TimeBound!', default: null, required: true },
    { name: 'to', type: 'TimeBound', default: null, required: false },
  ]);
  expect(byName.readings.variables.at(-1)).toEqual({ name: 'order', type: 'TimeOrder!', default: 'ASCENDING', required: false });
});

it('names a bad file in the log, in the list, in its answer and in doctor, and answers all others', async () => {
  const problem = 'Cannot query field "colour" on type "Sensor". (line 1, column 21)';
  await gateway.line(({ msg, document }) => msg === 'document cannot be used' && document === 'broken');
  const { body } = await gateway.ask('{ broken: document(name: "broken") { problem columns } latin: document(name: "latin") { problem } }');
  const answer = await getExport(gateway.origin, 'broken.csv');
  const diagnosis = await examine({ DATABASE_URL: db.url, THERMOGRAPH_DOCUMENTS: folder });

  expect(gateway.lines.filter(({ msg }) => msg === 'document cannot be used').map(({ document, problem: told }) => [document, told])).toEqual([
    ['broken', problem],
    ['latin', 'it is not UTF-8 text'],
    ['two words', expect.stringContaining('rename the file')],
  ]);
  expect(body.data).toEqual({ broken: { problem, columns: [] }, latin: { problem: 'it is not UTF-8 text' } });
  expect(answer.status).toBe(500);
  expect(answer.json()).toEqual({ errors: [{ message: `the document broken cannot be used: ${problem}`, extensions: { code: 'UNUSABLE_DOCUMENT' } }] });
  expect(diagnosis.documents).toMatchObject({ status: 'warn', found: expect.stringContaining(`${join(folder, 'broken.graphql')}: ${problem}`) });
  expect((await getExport(gateway.origin, 'sensors.csv')).status).toBe(200);
});

it('exports a document as soon as it was saved, as it was saved last, and no longer once it was deleted', async () => {
  await build(db, { locations: [{ id: 'L1' }] });
  const first = await gateway.ask(SAVE, { name: 'places', text: 'query ($ids: [ID!]) { locations(where: { ids: $ids }) { nodes { id } } }' });
  const exported = await getExport(gateway.origin, 'places.csv?ids=L1');
  await gateway.ask(SAVE, { name: 'places', text: '{ locations { nodes { id factory } } }' });
  const changed = await getExport(gateway.origin, 'places.csv');
  const deleted = await gateway.ask('mutation { deleteDocument(name: "places") { name origin columns savedAt } }');
  const gone = await getExport(gateway.origin, 'places.csv');
  const twice = await gateway.ask('mutation { deleteDocument(name: "places") { name } }');

  expect(first.body.data.saveDocument).toMatchObject({
    origin: 'SAVED',
    problem: null,
    columns: ['id'],
    variables: [{ name: 'ids', type: '[ID!]', required: false }],
  });
  expect(exported.text).toBe('id\r\nL1\r\n');
  expect(changed.text).toBe('id,factory\r\nL1,F\r\n');
  expect(deleted.body.data.deleteDocument).toMatchObject({ name: 'places', origin: 'SAVED', columns: ['id', 'factory'] });
  expect(Date.parse(deleted.body.data.deleteDocument.savedAt)).not.toBeNaN();
  expect(gone.status).toBe(404);
  expect(twice.body.errors[0].extensions).toMatchObject({ code: 'NOT_FOUND', field: 'name', value: 'places' });
});

it('refuses to save more than all gateways can hold, and saves again where there is room', async () => {
  await db.pool.query(
    "insert into stored_document (name, text) select 'filler' || n, rpad('{ latest { value } } #', 99000, 'x') from generate_series(1, 40) as n",
  );
  const refused = await gateway.ask(SAVE, { name: 'last', text: `{ latest { value } } # ${'x'.repeat(50_000)}` });
  const small = await gateway.ask(SAVE, { name: 'last', text: '{ latest { value } }' });
  await db.pool.query("delete from stored_document where name like 'filler%' or name = 'last'");

  expect(refused.body.errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'name', value: 'last' });
  expect(refused.body.errors[0].message).toMatch(/at most 4,000,000 characters/);
  expect(small.body.data.saveDocument.name).toBe('last');
});

it('finds nothing to delete by a name that cannot be stored', async () => {
  const { body } = await gateway.ask('mutation ($name: String!) { deleteDocument(name: $name) { name } }', { name: 'a\u0000' });

  expect(body.errors[0].extensions).toMatchObject({ code: 'NOT_FOUND', field: 'name' });
});

it('lets a saved document stand in place of one of the gateway, which is there again when it is deleted', async () => {
  const columns = async () => (await gateway.ask('{ document(name: "latest") { origin columns } }')).body.data.document;
  const before = await columns();
  await gateway.ask(SAVE, { name: 'latest', text: '{ latest { value } }' });
  const saved = await columns();
  await gateway.ask('mutation { deleteDocument(name: "latest") { name } }');

  expect(before.origin).toBe('BUNDLED');
  expect(saved).toEqual({ origin: 'SAVED', columns: ['value'] });
  expect(await columns()).toEqual(before);
});

it.each([
  ['a name with a slash', 'a/b', '{ latest { value } }', 'name', /letters, digits/],
  ['the name of a file of the deployment', 'sensors', '{ latest { value } }', 'name', /a file of the deployment/],
  ['what is no GraphQL', 'mine', '{ latest', 'text', /Syntax Error.*\(line 1, column 9\)/],
  ['a field that the schema does not have', 'mine', '{ latest { valu } }', 'text', /Did you mean "value"/],
  ['a mutation', 'mine', 'mutation { deleteThreshold(id: "1") { id } }', 'text', /only queries/],
  ['a subscription', 'mine', 'subscription { latest { value } }', 'text', /only queries/],
  ['two operations', 'mine', 'query A { latest { value } } query B { latest { value } }', 'text', /2 operations/],
  ['the schema itself', 'mine', '{ __schema { types { name } } }', 'text', /the schema itself/],
  ['a variable that is a parameter of every export', 'mine', 'query ($bom: [ID!]) { latest(sensors: $bom) { value } }', 'text', /name it otherwise/],
  [
    'a connection within the rows',
    'mine',
    '{ sensors { nodes { id readings(metric: "co", from: "2016") { nodes { value } } } } }',
    'text',
    /readings is a connection within the rows/,
  ],
  ['a character that cannot be stored', 'mine', '# \u0000\n{ latest { value } }', 'text', /U\+0000/],
  ['more than a document may have', 'mine', `{ latest { value } } # ${'x'.repeat(100_000)}`, 'text', /bytes long/],
])('refuses to save %s', async (_what, name, text, field, rule) => {
  const { body } = await gateway.ask(SAVE, { name, text });

  expect(body.errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  expect(body.errors[0].message).toMatch(rule);
});

it('says of both mutations that nobody is asked who he is', async () => {
  const { body } = await gateway.ask('{ __type(name: "Mutation") { fields { name description } } }');

  const described = body.data.__type.fields.filter(({ name }: { name: string }) => name.endsWith('Document'));
  expect(described.map(({ name }: { name: string }) => name)).toEqual(['saveDocument', 'deleteDocument']);
  for (const { description } of described) expect(description).toContain('no authentication yet');
});
