import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSourceDefinition } from '../etl/find-source-definition.ts';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';
import { makeTestDirectory } from './support/directory.ts';
import { type Answer, serve } from './support/served-gateway.ts';

const OVENS = `
format: csv
delimiter: ';'
decimalComma: true
time: { columns: [Zeit], format: dd.MM.yyyy HH:mm, timezone: Europe/Berlin }
readings: [{ sensor: '{Anlage}', metrics: [{ column: Temp, metric: temperature }] }]
catalogue:
  locations: [{ id: hall, factory: F, timezone: Europe/Berlin }]
  sensors: [{ id: Ofen 3, location: hall }]
`;
const CSV = 'Zeit;Anlage;Temp\n01.07.2025 08:00;Ofen 3;184,5\n';

const db = useDatabase();
let folder = '';
let sources = '';
let origin = '';
let stop = () => Promise.resolve();
beforeAll(async () => {
  folder = await makeTestDirectory();
  sources = join(folder, 'sources');
  const gateway = await serve(db.store, [], { THERMOGRAPH_SOURCES: sources });
  origin = new URL(gateway.url).origin;
  stop = () => gateway.stop();
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(sources, { recursive: true });
  writeFileSync(join(sources, name), text);
}

async function post(query: string, body = CSV): Promise<Pick<Answer, 'status' | 'body'>> {
  const response = await fetch(`${origin}/ingest${query}`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
  return { status: response.status, body: await response.json() };
}

const refusal = async (query: string): Promise<string> => {
  const { status, body } = await post(query);
  expect([status, body.errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  return body.errors[0].message;
};

describe("a definition of one's own", () => {
  it('is used by its name at once, without a restart, with its places', async () => {
    expect(await refusal('?source=ovens')).toMatch(
      /^source is "ovens", but bundled are beijing-air, .*; there is none of your own in the folder that THERMOGRAPH_SOURCES names/,
    );
    write('ovens.yaml', OVENS);

    expect(await post('?source=ovens')).toMatchObject({ status: 200, body: { loaded: 1, rejectedCount: 0 } });
    expect(await refusal('?source=oven')).toMatch(/your own are ovens in the folder .*; did you mean "ovens"\?$/);
  });

  it('is used by its name on the command line too', async () => {
    const file = join(folder, 'july.csv');
    writeFileSync(file, CSV.replace('08:00', '08:10'));
    const command = new RunningCommand(['ingest', '--sources', sources, '--source', 'ovens', file], { DATABASE_URL: db.url });

    expect(await command.exitCode()).toBe(0);
    expect(await command.line('loaded')).toMatchObject({ loaded: 1 });
  });

  it('is told the name of the file that it tells the sensor by', async () => {
    write(
      'rooms.yaml',
      "format: csv\ntime: { columns: [t] }\nreadings: [{ file: '^room-(?<room>\\d+)', sensor: '{room}', metrics: [{ column: v, metric: temperature }] }]",
    );
    const input = 't,v\n1700000000,20\n';

    expect((await post('?source=rooms&register=true', input)).body.errors[0].message).toContain('so load the file by its path, or say its name (?file=…)');
    expect(await post('?source=rooms&register=true&file=room-415.csv', input)).toMatchObject({ status: 200, body: { loaded: 1 } });
    expect(await refusal('?file=room-415.csv')).toContain('name one too (?source=…)');
    const { rows } = await db.pool.query("select count(*) as count from sensor where id = '415'");
    expect(rows).toEqual([{ count: 1 }]);
  });

  it.each(['../ovens', './ovens.yaml', '/etc/passwd', '..', '.', '', '..\\ovens', '%2e%2e/ovens', '.hidden', 'ovens.yaml', 'ovens\0'])(
    'is not found as %j',
    async (name) => {
      write('.hidden.yaml', OVENS);
      writeFileSync(join(folder, 'ovens.yaml'), OVENS);

      expect(await refusal(`?source=${encodeURIComponent(name)}`)).toContain(`source is ${JSON.stringify(name)}, but `);
    },
  );

  it('is refused where a bundled one, or another one, has its name', async () => {
    write('nab.yaml', OVENS);
    write('twice.yaml', OVENS);
    write('twice.yml', OVENS);

    expect(await refusal('?source=nab')).toContain('it could mean the bundled one or nab.yaml: rename yours');
    expect(await refusal('?source=twice')).toContain('it could mean twice.yaml or twice.yml: rename yours');
    expect((await findSourceDefinition('beijing-air', sources)).name).toBe('beijing-air');
  });

  it('with a metric that nobody knows is refused as a whole, and saves nothing', async () => {
    write('typo.yaml', OVENS.replace('metric: temperature', 'metric: temprature').replaceAll('hall', 'typo-hall'));

    expect(await refusal('?source=typo')).toBe(
      'typo.yaml: readings[0].metrics[0].metric is "temprature", but neither the store nor the definition\'s own catalogue has it: did you mean "temperature"? A new metric is made with saveMetrics, or stands under catalogue: metrics',
    );
    const { rows } = await db.pool.query("select count(*) as count from location where id = 'typo-hall'");
    expect(rows).toEqual([{ count: 0 }]);
  });
});
