import type pg from 'pg';
import { InvalidArgumentError, NotFoundError } from '../db/errors.ts';
import { type RecordReader, type RejectedReadingRow, storable } from '../db/rejected-reading.ts';
import { deleteRejected, selectRejectedByIds, selectUnknownRejected } from '../db/rejected-replay.ts';
import { readRejectionCode } from '../db/rejection-code.ts';
import type { Store } from '../db/store.ts';
import { findSourceDefinition } from './find-source-definition.ts';
import { loadOneBatch } from './ingest.ts';
import type { BatchOutcome } from './load-batch.ts';
import type { CommittingBatch, LoadOrigin } from './load-origin.ts';
import { prepareSource } from './prepare-source.ts';
import { bindReread } from './read/reread.ts';
import type { IngestSummary, RawRecord, RefusedRecord, Rejection } from './record.ts';
import type { SourceDefinition } from './source-definition.ts';

/** How rejected readings are tried again. */
export interface ReplayOptions {
  /** Where source definitions of one's own are. */
  readonly sourcesFolder: string;
  readonly batchSize: number;
}

const REJECTIONS_SHOWN = 1000;

/**
 * Reads rejected records again, each as its source is read now, and loads them. What loads is no longer rejected, in the same transaction; what is refused again for the same reason is counted on,
 * for another one it is kept with that. The `index` of a rejection is the position in `ids`. Throws NotFoundError where an id is not kept; then nothing is loaded.
 */
export async function replayRejected(store: Store, ids: readonly number[], options: ReplayOptions): Promise<IngestSummary> {
  const [unknown] = await selectUnknownRejected(store.writePool, ids);
  if (unknown !== undefined) throw new NotFoundError(fieldOf(ids, unknown), String(unknown), 'rejected reading', []);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  let summary: IngestSummary = { received: 0, loaded: 0, corrected: 0, unchanged: 0, derived: 0, rejected: [], rejectedCount: 0, breaches: 0 };
  for (let afterId = 0; ; ) {
    const rows = await selectRejectedByIds(store.writePool, ids, afterId);
    const last = rows.at(-1);
    if (last === undefined) return summary;
    afterId = last.id;
    for (const group of groupsOf(rows, ids)) {
      for (let from = 0; from < group.rows.length; from += options.batchSize) {
        summary = added(summary, await replaySome(store, { ...group, rows: group.rows.slice(from, from + options.batchSize) }, indexOf, options));
      }
    }
  }
}

function fieldOf(ids: readonly number[], id: number): string {
  return `ids[${ids.indexOf(id)}]`;
}

/** Rejected readings that are read alike. */
interface Group {
  readonly reader: RecordReader;
  readonly rows: readonly RejectedReadingRow[];
}

/** By all of the reader but header and part: these are of a record, the rest is of a batch. */
function groupsOf(rows: readonly RejectedReadingRow[], ids: readonly number[]): readonly Group[] {
  const groups = new Map<string, { reader: RecordReader; rows: RejectedReadingRow[] }>();
  for (const row of rows) {
    const { reader } = row;
    if (reader === null)
      throw new InvalidArgumentError(
        fieldOf(ids, row.id),
        String(row.id),
        'it was refused before it was kept how records are read: load it again from its source',
      );
    const { header: _header, part: _part, ...common } = reader;
    const key = JSON.stringify(Object.entries(common).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { reader, rows: [row] });
    else known.rows.push(row);
  }
  return [...groups.values()];
}

async function replaySome(
  store: Store,
  { reader, rows }: Group,
  indexOf: ReadonlyMap<number, number>,
  { sourcesFolder }: ReplayOptions,
): Promise<BatchOutcome> {
  const definition = reader.definition === undefined ? null : await findSourceDefinition(reader.definition, sourcesFolder);
  if (definition !== null) await prepareSource(store, definition);
  const { records, settled } = await readAgain(store, rows, definition, indexOf);
  const { header: _header, part: _part, ...common } = reader;
  const origin: LoadOrigin = {
    source: 'rejected readings, replayed',
    run: null,
    reader: common,
    positionOf: (index) => `rejected reading ${[...indexOf].find(([, position]) => position === index)?.[0] ?? index}`,
    alongside: (client: pg.PoolClient, batch: CommittingBatch) => deleteRejected(client, idsNoLongerRejected(rows, batch)),
    passedOver: settled,
  };
  return loadOneBatch(store, records, { register: reader.register, origin });
}

/** The records that there are to load, and of how many rejected readings nothing is. */
async function readAgain(
  store: Store,
  rows: readonly RejectedReadingRow[],
  definition: SourceDefinition | null,
  indexOf: ReadonlyMap<number, number>,
): Promise<{ readonly records: readonly (RawRecord | RefusedRecord)[]; readonly settled: number }> {
  const knownMetrics = new Set((await store.catalogue.current(store.writePool)).metrics.keys());
  const records: (RawRecord | RefusedRecord)[] = [];
  let settled = 0;
  for (const { id, code, message, record, reader } of rows) {
    if (reader === null) continue;
    const found = await bindReread(reader, definition, knownMetrics)({ code: readRejectionCode(code), message, record }, indexOf.get(id) ?? 0);
    if (found.every((one) => 'values' in one && one.values.every((value) => value === undefined))) settled += 1;
    records.push(...found);
  }
  return { records, settled };
}

/** All but those that are refused again for the same reason. */
function idsNoLongerRejected(rows: readonly RejectedReadingRow[], { rejections }: CommittingBatch): readonly number[] {
  const nameOf = (code: string, record: string, header: string | undefined) => JSON.stringify([code, record, header ?? null]);
  const again = new Set(rejections.map(({ code, record, header }) => nameOf(code, storable(record), header === undefined ? undefined : storable(header))));
  return rows.filter(({ code, record, reader }) => !again.has(nameOf(code, record, reader?.header))).map(({ id }) => id);
}

function added(before: IngestSummary, outcome: BatchOutcome): IngestSummary {
  const rejected = outcome.rejections.map(({ index, code, message }): Rejection => ({ index, code, message }));
  return {
    received: before.received + outcome.received,
    loaded: before.loaded + outcome.loaded,
    corrected: before.corrected + outcome.corrected,
    unchanged: before.unchanged + outcome.unchanged,
    derived: before.derived + outcome.derived,
    rejected: [...before.rejected, ...rejected].sort((a, b) => a.index - b.index).slice(0, REJECTIONS_SHOWN),
    rejectedCount: before.rejectedCount + outcome.rejections.length,
    breaches: before.breaches + outcome.breaches,
  };
}
