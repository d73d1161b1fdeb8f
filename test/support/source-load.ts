import { gunzipSync } from 'node:zlib';
import { ingest } from '../../etl/ingest.ts';
import { openFile } from '../../etl/open-input.ts';
import { prepareSource } from '../../etl/prepare-source.ts';
import type { IngestSummary } from '../../etl/record.ts';
import type { SourceDefinition } from '../../etl/source-definition.ts';
import type { TestDatabase } from './database.ts';

/** What came of an input, with the rejected readings by metric and reason. */
export interface SourceOutcome {
  readonly summary: Omit<IngestSummary, 'rejected' | 'breaches'>;
  readonly stored: number;
  readonly rejected: Readonly<Record<string, number>>;
}

/** Loads files by a source definition, with its catalogue, as the command does. */
export async function loadSource(db: TestDatabase, definition: SourceDefinition, files: readonly string[]): Promise<SourceOutcome> {
  const total = { received: 0, loaded: 0, corrected: 0, unchanged: 0, derived: 0, rejectedCount: 0 };
  await prepareSource(db.store, definition);
  const { metrics } = await db.store.catalogue.current(db.store.writePool);
  for (const file of files) {
    const { records } = await openFile(file, { format: { kind: 'source', definition }, knownMetrics: new Set(metrics.keys()) });
    const summary = await ingest(db.store, records, { register: false });
    for (const key of ['received', 'loaded', 'corrected', 'unchanged', 'derived', 'rejectedCount'] as const) total[key] += summary[key];
  }
  const { rows: stored } = await db.pool.query<{ count: number }>('select count(*) as count from reading where not derived');
  const { rows: rejected } = await db.pool.query<{ reason: string; count: number }>(
    `select concat(record::json ->> 'metric', ' ', code) as reason, sum(count)::bigint as count from rejected_reading group by 1 order by 1`,
  );
  return { summary: total, stored: stored[0]?.count ?? 0, rejected: Object.fromEntries(rejected.map(({ reason, count }) => [reason, count])) };
}

/** Rows of a file without commas or line ends in its cells, taken apart in the plainest way. */
export function plainRows(bytes: Buffer, name: string): string[][] {
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.replaceAll('"', '').split(','));
}
