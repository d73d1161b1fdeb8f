import type { Queryable } from './pool.ts';

/** Input that could not be loaded: why, and the input itself, so that it can be sent again. */
export interface RejectedReadingInput {
  readonly code: string;
  readonly message: string;
  readonly record: string;
  /** The header of the file that the record is a line of, where it is needed to read it. */
  readonly header?: string;
}

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

/** What all rejects of one batch have in common. */
export interface RejectContext {
  readonly reader: RejectReader;
  /** null: no run. */
  readonly runId: number | null;
}

/** A rejected reading as it is kept: once for each reason, with how often it came. */
export interface RejectedReadingRow extends RejectedReadingInput {
  readonly id: number;
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** null: refused before it was kept how records are read. */
  readonly reader: RejectReader | null;
}

/** A statement, and a page, end with the row that brings their text to so many bytes: a record may have a megabyte, and pg writes a statement as one string. */
export const MAX_REJECTED_BYTES = 16 * 1024 * 1024;

/**
 * Keeps rejected readings whole. One that was refused before for the same reason is counted on. In the order of code and record, over all statements,
 * so that two loads with the same rejects wait for each other and never in a circle.
 */
export async function upsertRejectedReadings(db: Queryable, rejected: readonly RejectedReadingInput[], _context: RejectContext): Promise<void> {
  const rows = rejected.map(({ code, message, record }) => ({ code, message: storable(message), record: storable(record) }));
  rows.sort((a, b) => compareTexts(a.code, b.code) || compareTexts(a.record, b.record));
  for (let from = 0; from < rows.length; ) {
    let to = from;
    for (let bytes = 0; to < rows.length && bytes < MAX_REJECTED_BYTES; to += 1) bytes += bytesOf(rows[to]);
    await upsertSome(db, rows.slice(from, to));
    from = to;
  }
}

async function upsertSome(db: Queryable, rows: readonly RejectedReadingInput[]): Promise<void> {
  await db.query({
    name: 'upsert_rejected_readings',
    text: `
      insert into rejected_reading (code, message, record, count)
      select code, (array_agg(message order by position desc))[1], record, count(*)
        from unnest($1::text[], $2::text[], $3::text[]) with ordinality as refused (code, message, record, position)
       group by code, record
       order by min(position)
          on conflict (fingerprint) do update
            set count = rejected_reading.count + excluded.count, message = excluded.message, last_seen = now()`,
    values: [rows.map(({ code }) => code), rows.map(({ message }) => message), rows.map(({ record }) => record)],
  });
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function bytesOf(row: RejectedReadingInput | undefined): number {
  return row === undefined ? 0 : Buffer.byteLength(row.message) + Buffer.byteLength(row.record);
}

/** A text of PostgreSQL holds any character but U+0000, which is kept as its picture ␀. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
