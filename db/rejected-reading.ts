import type { Queryable } from './pool.ts';

/** Input that could not be loaded: why, and the input itself, so that it can be sent again. */
export interface RejectedReadingInput {
  readonly code: string;
  readonly message: string;
  readonly record: string;
  /** What the record is: a reading as JSON, a record as it was written, or a header. */
  readonly part: RejectedPart;
  /** The header of the file that the record is a line of, where it is needed to read it. */
  readonly header?: string;
}

export type RejectedPart = 'reading' | 'record' | 'header';

/** How a rejected record has to be read when it is tried again. A refused reading is kept as JSON whatever it was written in; its time is text as its source writes it. */
export interface RejectReader {
  /** Of a record that could not be taken apart; `source`: as the named source definition describes. */
  readonly format: 'csv' | 'ndjson' | 'json' | 'source';
  /** The name of the source definition. */
  readonly definition?: string;
  /** What the file was called, where the definition tells by it what is in a file. */
  readonly fileName?: string;
  /** Of times without an offset. */
  readonly timezone?: string;
  /** Whether sensors that nobody knows are registered. */
  readonly register: boolean;
}

/** The same, of one rejected reading. */
export interface RecordReader extends RejectReader {
  readonly part: RejectedPart;
  readonly header?: string;
}

/** What all rejects of one batch have in common. */
export interface RejectContext {
  readonly reader: RejectReader;
  /** null: no run. */
  readonly runId: number | null;
}

/** A rejected reading as it is kept: once for each reason, with how often it came. */
export interface RejectedReadingRow {
  readonly id: number;
  readonly code: string;
  readonly message: string;
  readonly record: string;
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** null: refused before it was kept how records are read. */
  readonly reader: RecordReader | null;
}

/** A statement, and a page, end with the row that brings their text to so many bytes: a record may have a megabyte, and pg writes a statement as one string. */
export const MAX_REJECTED_BYTES = 16 * 1024 * 1024;

/** A rejected reading as it is written. */
interface StoredReject {
  readonly code: string;
  readonly message: string;
  readonly record: string;
  /** The RecordReader as JSON. */
  readonly reader: string;
}

/**
 * Keeps rejected readings whole. One that was refused before for the same reason, and has to be read in the same way, is counted on. In the order of code, record and reader,
 * over all statements, so that two loads with the same rejects wait for each other and never in a circle.
 */
export async function upsertRejectedReadings(db: Queryable, rejected: readonly RejectedReadingInput[], { reader, runId }: RejectContext): Promise<void> {
  const readerOf = createReaderTexts(reader);
  const rows = rejected.map((row): StoredReject => ({ code: row.code, message: storable(row.message), record: storable(row.record), reader: readerOf(row) }));
  rows.sort((a, b) => compareTexts(a.code, b.code) || compareTexts(a.record, b.record) || compareTexts(a.reader, b.reader));
  for (let from = 0; from < rows.length; ) {
    let to = from;
    for (let bytes = 0; to < rows.length && bytes < MAX_REJECTED_BYTES; to += 1) bytes += bytesOf(rows[to]);
    await upsertSome(db, rows.slice(from, to), runId);
    from = to;
  }
}

/** One text for each header, however many records stand below it. */
function createReaderTexts(reader: RejectReader): (row: RejectedReadingInput) => string {
  const texts = new Map<string, string>();
  return ({ part, header }) => {
    const key = `${part} ${header ?? ''}`;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const own: RecordReader = { ...reader, part, ...(header === undefined ? {} : { header: storable(header) }) };
    const text = JSON.stringify(own);
    texts.set(key, text);
    return text;
  };
}

async function upsertSome(db: Queryable, rows: readonly StoredReject[], runId: number | null): Promise<void> {
  const readers = [...new Set(rows.map(({ reader }) => reader))];
  const rankOf = new Map(readers.map((reader, rank) => [reader, rank + 1]));
  await db.query({
    name: 'upsert_rejected_readings',
    text: `
      with refused as materialized (
        select code, (array_agg(message order by position desc))[1] as message, record, ($4::jsonb[])[reader] as reader, count(*) as count, min(position) as position
          from unnest($1::text[], $2::text[], $3::text[], $5::int[]) with ordinality as refused (code, message, record, reader, position)
         group by code, record, reader),
      kept as (
        insert into rejected_reading (code, message, record, reader, count)
        select code, message, record, reader, count from refused order by position
            on conflict (fingerprint) do update
              set count = rejected_reading.count + excluded.count, message = excluded.message, last_seen = now()
        returning id, code, record, reader)
      insert into etl_run_rejected (run_id, rejected_id, count)
      select $6::bigint, kept.id, refused.count from kept join refused using (code, record, reader) where $6::bigint is not null
          on conflict (run_id, rejected_id) do update set count = etl_run_rejected.count + excluded.count`,
    values: [
      rows.map(({ code }) => code),
      rows.map(({ message }) => message),
      rows.map(({ record }) => record),
      readers,
      rows.map(({ reader }) => rankOf.get(reader) ?? 0),
      runId,
    ],
  });
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function bytesOf(row: StoredReject | undefined): number {
  return row === undefined ? 0 : Buffer.byteLength(row.message) + Buffer.byteLength(row.record);
}

/** A text of PostgreSQL holds any character but U+0000, which is kept as its picture ␀. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
