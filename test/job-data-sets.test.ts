import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findFiles } from '../etl/connect/find-files.ts';
import type { Job } from '../etl/jobs/job.ts';
import { openJobLibrary } from '../etl/jobs/job-library.ts';
import { loadSourceDefinition } from '../etl/source-definition.ts';
import { availableEngines, type TestDatabase, useDatabase } from './support/database.ts';
import { runOnce } from './support/fetching-runs.ts';
import { hasShared, pageRows } from './support/shared-data.ts';

/** A small one; all of them with DATA_SETS=all, which takes some minutes on each engine. */
const SMALL = ['occupancy'];

const isLong = process.env.DATA_SETS === 'all';
const { jobs, problems } = await openJobLibrary(fileURLToPath(new URL('../docs/jobs', import.meta.url)), {
  DATA: fileURLToPath(new URL('../../shared/data', import.meta.url)),
}).current();

it('declares a job for every source that data-sets.md has, and each of them can be read', async () => {
  expect([...problems]).toEqual([]);
  expect([...jobs.keys()].sort()).toEqual((await pageRows()).map(({ source }) => source).sort());
});

for (const engine of isLong ? availableEngines() : (['postgres'] as const)) {
  for (const [id, job] of hasShared ? jobs : []) {
    if (!isLong && !SMALL.includes(id)) continue;
    describe(`${id} as a job (${engine})`, () => {
      const db = useDatabase(engine);

      it('loads every reading once, and a second run changes nothing', { timeout: 1_200_000 }, async () => {
        const page = (await pageRows()).find(({ source }) => source === id);
        if (page === undefined) throw new Error(`docs/data-sets.md has no row for ${id}`);
        const { rejectedCount: rejected, ...counts } = page.counts;
        const startedAt = performance.now();
        const first = await runOnce(db, job);
        const firstMs = performance.now() - startedAt;
        const stored = await storedIn(db);

        const second = await runOnce(db, job);
        const afterSecond = await storedIn(db);
        // Another job knows no file, and so reads every one of them again.
        const other = await runOnce(db, { ...job, id: `${id}-again` });
        const afterOther = await storedIn(db);

        expect(first).toMatchObject({ error: null, state: 'SUCCEEDED', rejected, received: counts.received, loaded: counts.loaded });
        expect(await rowsOf(job)).toBe(page.rows);
        expect(stored.readings).toBe(counts.loaded);
        expect(second).toMatchObject({ error: null, state: 'SUCCEEDED', received: 0, batches: 0 });
        expect(afterSecond).toEqual(stored);
        expect(other).toMatchObject({ error: null, state: 'SUCCEEDED', received: counts.received, loaded: 0, rejected, breaches: 0 });
        expect({ ...afterOther, batches: 0, corrections: 0 }).toEqual({ ...stored, batches: 0, corrections: 0 });
        if (isLong) {
          const { corrections, ...rest } = stored;
          process.stdout.write(
            `${id} ${engine}: ${JSON.stringify({ ...rest, corrections, received: first.received, seconds: Math.round(firstMs / 100) / 10, readAgain: { corrected: other.corrected, unchanged: other.unchanged } })}\n`,
          );
        }
      });
    });
  }
}

async function storedIn({ pool }: TestDatabase) {
  const { rows } = await pool.query<Record<'readings' | 'derived' | 'sum' | 'corrections' | 'breaches' | 'batches' | 'rejects', number>>(`
    select (select count(*) from reading where not derived) as readings,
           (select count(*) from reading where derived) as derived,
           (select sum(value::numeric)::text from reading) as sum,
           (select count(*) from correction) as corrections,
           (select count(*) from breach) as breaches,
           (select count(*) from batch where loaded + corrected + unchanged > 0) as batches,
           (select count(*) from rejected_reading) as rejects`);
  const [row] = rows;
  if (row === undefined) throw new Error('no counts');
  return row;
}

/** Lines of the files that are no header. */
async function rowsOf({ source, mapping }: Job): Promise<number> {
  if (source.kind !== 'files' || mapping.source === null) throw new Error('a data set is files by a source definition');
  const definition = await loadSourceDefinition(mapping.source);
  const headers = definition.format === 'csv' && definition.header === null ? 1 : 0;
  let rows = 0;
  for (const { path } of await findFiles(source)) {
    const bytes = await readFile(path);
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
    rows += text.split('\n').filter((line) => line.trim() !== '').length - headers;
  }
  return rows;
}
