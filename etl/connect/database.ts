import type { Knex } from 'knex';
import { InvalidArgumentError } from '../../db/errors.ts';
import { advancePosition, type Json, selectPosition } from '../../db/etl/position.ts';
import type { CommittingBatch } from '../load-origin.ts';
import { joinCells, readCanonicalRows } from '../read/csv.ts';
import type { DelimitedRow } from '../read/delimited-rows.ts';
import type { RecordChunk } from '../read/reader.ts';
import { readSourceRows } from '../read/source.ts';
import { type Connected, type Connector, MOST_REORDERED, type Piece, type RunContext } from './connector.ts';
import { openDatabase, placeOf, type SourceDatabase } from './database-client.ts';
import { type DatabaseColumns, databaseColumns } from './database-columns.ts';
import { type Page, type PagePlan, parameterOf, readPages } from './database-pages.ts';
import type { DatabaseSource } from './database-schema.ts';
import { type ReadMapping, readMapping } from './read-mapping.ts';
import { RowTrail } from './row-trail.ts';
import { timed } from './timed.ts';
import { beforeOverlap, isBefore, type WatermarkKind, watermarkKind } from './watermark.ts';
import { windowCondition } from './window-condition.ts';

/** How far a job has come in a table. */
type WatermarkPosition = { readonly column: string; readonly watermark: string };

/** Reads a table or a query of a database: what is new by a column that rises, or everything. */
export const databaseConnector: Connector<DatabaseSource> = {
  async connect(source, context) {
    const mapping = await readMapping(context);
    if (mapping.format !== null)
      throw new InvalidArgumentError(
        'mapping.format',
        mapping.format,
        'rows of a database have none: leave it out, or name a source definition under "source"',
      );
    const hasZone = (mapping.options.timezone ?? zoneOf(mapping)) !== null;
    const db = await openDatabase({ source, hasZone, signal: context.signal });
    try {
      const found = await db.select(tableOf(db, source)().select('*').limit(1));
      const columns = databaseColumns(source, mapping, found.columns);
      return connected(db, { source, context, mapping, columns });
    } catch (error) {
      await db.close();
      throw error;
    }
  },
};

interface Reading {
  readonly source: DatabaseSource;
  readonly context: RunContext;
  readonly mapping: ReadMapping;
  readonly columns: DatabaseColumns;
}

function connected(db: SourceDatabase, reading: Reading): Connected {
  const { columns, context } = reading;
  return {
    narrows: windowCondition(columns.time, context.window) !== null,
    async *pieces() {
      if (columns.isKnown) yield await pieceOf(db, reading);
    },
    close: () => db.close(),
  };
}

async function pieceOf(db: SourceDatabase, reading: Reading): Promise<Piece> {
  const { source, context, mapping } = reading;
  const { plan, watermark } = await planOf(db, reading);
  const trail = RowTrail.of(context);
  const clock = { waitingMs: 0, totalMs: 0 };
  const pages = timed(readPages(db, plan), (ms) => {
    clock.waitingMs += ms;
  });
  const rows = rowsOf(pages, reading.columns.names, trail);
  const { definition, options } = mapping;
  const records = definition === null ? readCanonicalRows(rows, options) : readSourceRows(rows, definition, undefined);
  return {
    source: `${placeOf(source.url)} ${nameOf(source)}`,
    records: timed<RecordChunk>(records, (ms) => {
      clock.totalMs += ms;
    }),
    transformMs: () => Math.max(0, clock.totalMs - clock.waitingMs),
    reader: mapping.readerOf(definition === null ? { kind: 'json' } : { kind: 'source', definition }),
    positionOf: (index) => trail.textOf(index),
    ...remembering(context, nameOf(source), trail, watermark),
  };
}

/** Where the watermark stands, and what its values are. */
interface Watermark {
  readonly column: string;
  readonly kind: WatermarkKind;
  readonly position: WatermarkPosition | null;
}

async function planOf(db: SourceDatabase, { source, context, columns }: Reading): Promise<{ readonly plan: PagePlan; readonly watermark: Watermark | null }> {
  const common = { from: tableOf(db, source), data: columns.read, pageRows: source.pageRows };
  if (context.mode === 'WINDOW') {
    const narrowed = windowCondition(columns.time, context.window);
    const keyset = keysetOf(narrowed === null ? null : (columns.time?.name ?? null), columns.key);
    return { plan: { ...common, keyset, skipsNull: narrowed !== null, where: narrowed ?? everything }, watermark: null };
  }
  const { incremental } = source;
  if (incremental === null) return { plan: { ...common, keyset: keysetOf(null, columns.key), skipsNull: false, where: everything }, watermark: null };
  const kind = watermarkKind(incremental.column, columns.kindOf(incremental.column));
  const position = positionIn(await selectPosition(context.store.writePool, context.job.id, nameOf(source)), incremental.column);
  const from = position === null ? null : parameterOf(beforeOverlap(position.watermark, kind, incremental.overlap), kind, db);
  const where = (question: Knex.QueryBuilder): void => {
    if (from === null) question.whereNotNull(incremental.column);
    else question.where(incremental.column, '>=', from);
  };
  return {
    plan: { ...common, keyset: keysetOf(incremental.column, columns.key), skipsNull: true, where },
    watermark: { column: incremental.column, kind, position },
  };
}

function keysetOf(first: string | null, key: readonly string[]): readonly string[] {
  return first === null ? key : [first, ...key.filter((column) => column !== first)];
}

function everything(): void {
  // Nothing is left out.
}

/** A position by another column says nothing: the job begins anew, and finds unchanged what it has loaded. */
function positionIn(stored: Json | undefined, column: string): WatermarkPosition | null {
  if (typeof stored !== 'object' || stored === null || !('watermark' in stored)) return null;
  return stored.column === column && typeof stored.watermark === 'string' ? { column, watermark: stored.watermark } : null;
}

function tableOf({ knex }: SourceDatabase, { table, query }: DatabaseSource): () => Knex.QueryBuilder {
  if (table !== null) return () => knex.queryBuilder().from(table);
  const text = (query ?? '').replace(/;\s*$/, '').replaceAll('?', '\\?');
  return () => knex.queryBuilder().with('thermograph_query', knex.raw(text)).from('thermograph_query');
}

function nameOf({ table }: DatabaseSource): string {
  return table ?? 'query';
}

function zoneOf({ definition }: ReadMapping): string | null {
  return definition?.time.kind === 'written' ? definition.time.timezone : null;
}

/** The rows of the pages behind a header; where each of them stands is noted. */
async function* rowsOf(pages: AsyncIterable<Page>, names: readonly string[], trail: RowTrail): AsyncGenerator<readonly DelimitedRow[]> {
  yield [names];
  for await (const { rows, keys } of pages) {
    trail.add(keys);
    yield rows.map((row): DelimitedRow => {
      const cells = row.map((cell) => cell ?? '');
      return cells.some((cell) => cell.includes('\0')) ? { message: 'the record holds a NUL', raw: joinCells(cells, ',') } : cells;
    });
  }
}

/**
 * Remembers the watermark in the transaction of each batch: that of its last row, unless the run is still among rows of the overlap. What is at the watermark is
 * read again by the next run, as more rows may come there.
 */
function remembering(context: RunContext, name: string, trail: RowTrail, watermark: Watermark | null): Required<Pick<Piece, 'alongside' | 'done'>> {
  const { mode, claim, job } = context;
  // A batch may be tried several times; only when another comes is it known to be committed.
  let committed = watermark?.position ?? null;
  let latest = { records: -1, position: committed };
  const advance = async (client: Parameters<NonNullable<Piece['done']>>[0], text: string | null): Promise<void> => {
    const expected = committed;
    if (watermark === null || mode !== 'NEW' || claim === null || text === null) return;
    if (expected !== null && !isBefore(expected.watermark, text, watermark.kind)) return;
    const position = { column: watermark.column, watermark: text };
    latest = { ...latest, position };
    await advancePosition(client, { jobId: job.id, source: name, expected, position });
  };
  return {
    alongside: async (client, { firstIndex, lastIndex, records }: CommittingBatch) => {
      if (records !== latest.records) committed = latest.position;
      latest = { records, position: committed };
      trail.forget(mode === 'NEW' ? firstIndex : firstIndex - MOST_REORDERED);
      await advance(client, trail.firstOf(lastIndex));
    },
    // The last rows may have been such as give no record.
    done: async (client) => {
      committed = latest.position;
      await advance(client, trail.last);
    },
  };
}
