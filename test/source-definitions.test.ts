import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { prepareSource } from '../etl/prepare-source.ts';
import { type SampleInput, sampleInputs } from '../etl/sample-inputs.ts';
import { listSourceDefinitions, loadSourceDefinition, type SourceDefinition } from '../etl/source-definition.ts';
import { useDatabase } from './support/database.ts';
import { pageRows } from './support/shared-data.ts';
import { loadSource, plainRows } from './support/source-load.ts';

const MINUTES = 60_000;

describe('the bundled definitions', () => {
  it('are these, each with its origin and licence', async () => {
    expect(await listSourceDefinitions()).toEqual([
      'beijing-air',
      'building-rooms',
      'factory-zones',
      'iot-temp',
      'nab',
      'occupancy',
      'room-climate',
      'seoul-air-daily',
      'seoul-air-hourly',
      'ulb-library',
      'wsn-labelled',
    ]);
    for (const { source, licence, description } of await Promise.all((await listSourceDefinitions()).map(loadSourceDefinition))) {
      expect([description, source, licence]).not.toContain('');
    }
  });

  it('are found by name, own ones by path', async () => {
    const path = fileURLToPath(new URL('../etl/sources/nab.yaml', import.meta.url));

    expect(await loadSourceDefinition('nab')).toEqual(await loadSourceDefinition(path));
    await expect(loadSourceDefinition('nob')).rejects.toThrow(
      'source is "nob", but bundled are beijing-air, building-rooms, factory-zones, iot-temp, nab, occupancy, room-climate, seoul-air-daily, seoul-air-hourly, ulb-library, wsn-labelled; ',
    );
    await expect(loadSourceDefinition('./nob.yaml')).rejects.toThrow('source is "./nob.yaml", but the file cannot be read: ');
  });

  it('say the same of what several of them name', async () => {
    const seen = new Map<string, unknown>();
    for (const { catalogue } of await allDefinitions()) {
      for (const key of ['locations', 'sensors', 'metrics'] as const) {
        for (const item of catalogue?.[key] ?? []) {
          expect(item).toEqual(seen.get(`${key} ${item.id}`) ?? item);
          seen.set(`${key} ${item.id}`, item);
        }
      }
    }
  });

  it('judge only what is their own: every threshold has a scope', async () => {
    for (const { catalogue } of await allDefinitions()) {
      for (const { scope } of catalogue?.thresholds ?? []) expect(Object.values(scope).some((field) => field !== null)).toBe(true);
    }
  });

  it('know the four Korean stages of perceived temperature, without a gap between them', async () => {
    const { catalogue } = await loadSourceDefinition('beijing-air');
    const stages = (catalogue?.thresholds ?? []).filter(({ metric }) => metric === 'perceived_temperature');

    expect(stages.map(({ level, min }) => [level, min])).toEqual([
      ['WARNING', 31],
      ['WARNING', 33],
      ['CRITICAL', 35],
      ['CRITICAL', 38],
    ]);
    // Nothing lies between the greatest number below a stage and the stage.
    for (const [i, { max }] of stages.slice(0, -1).entries()) {
      const next = stages[i + 1]?.min ?? 0;
      expect(max).toBeLessThan(next);
      expect(((max ?? 0) + next) / 2 === max || ((max ?? 0) + next) / 2 === next).toBe(true);
    }
  });

  async function allDefinitions(): Promise<SourceDefinition[]> {
    const bundled = await Promise.all((await listSourceDefinitions()).map(loadSourceDefinition));
    return [...bundled, ...(await sampleInputs()).map(({ definition }) => definition)];
  }
});

describe('the page about data sets', () => {
  it('has a row for every bundled definition, whose counts add up', async () => {
    const rows = await pageRows();

    expect(rows.map(({ source }) => source).sort()).toEqual(await listSourceDefinitions());
    for (const { counts } of rows) expect(counts.loaded + counts.corrected + counts.unchanged + counts.rejectedCount).toBe(counts.received);
  });
});

describe('a new store', () => {
  const db = useDatabase();

  it('knows every metric of the bundled definitions, or they bring it', async () => {
    for (const name of await listSourceDefinitions()) await prepareSource(db.store, await loadSourceDefinition(name));

    const { metrics } = await db.store.catalogue.current(db.store.readPool);
    expect([...metrics.keys()]).toContain('temperature');
  });
});

describe('the bundled sample', () => {
  const db = useDatabase();

  it('is whole: eight stations for a year, a machine, four motes', async () => {
    const inputs = await sampleInputs();

    expect(inputs.map(({ definition, files }) => [definition.name, files.length])).toEqual([
      ['beijing-air', 8],
      ['machine-temperature', 1],
      ['wsn-labelled', 1],
    ]);
  });

  it(
    'loads without a reject, and its sensors are all placed',
    async () => {
      for (const input of await sampleInputs()) {
        const { summary, rejected } = await loadSource(db, input.definition, input.files);
        const measured = await nonEmptyCells(input);

        expect(rejected).toEqual({});
        expect(summary).toMatchObject({ received: measured, rejectedCount: 0 });
      }
      const { rows } = await db.pool.query<{ placed: number; series: number }>(
        `select count(distinct sensor_id) filter (where location_id is not null) as placed, count(*) filter (where location_id is null) as series from series`,
      );
      expect(rows).toEqual([{ placed: 8 + 1 + 4, series: 0 }]);
    },
    2 * MINUTES,
  );

  /** Counted without the reader: cells of the columns that the definition reads which hold a value. */
  async function nonEmptyCells({ definition, files }: SampleInput): Promise<number> {
    let count = 0;
    for (const file of files) {
      const [header = [], ...rows] = plainRows(await readFile(file), basename(file));
      const columns = definition.readings.flatMap(({ metrics }) => metrics.map(({ column }) => header.indexOf(column)));
      for (const row of rows) for (const column of columns) if (row[column] !== 'NA') count++;
    }
    return count;
  }
});
