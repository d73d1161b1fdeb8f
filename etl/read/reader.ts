import { ThermographError } from '../../db/errors.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';

/** Records in input order. Handed over in chunks because awaiting each record apart costs more than reading it. All records of one row of a file are in one chunk. */
export type RecordChunk = readonly (RawRecord | RefusedRecord)[];

/** What the reader of every form needs to know beside the bytes. */
export interface ReadOptions {
  /** The zone of times that are written without an offset. Where none is declared such times are no times. */
  readonly timezone?: string;
  /** Ids of the metrics in the catalogue: a column of a wide file that is none of these is refused once, at the header. */
  readonly knownMetrics: ReadonlySet<string>;
}

/** The input as a whole cannot be read, or cannot be read further: wrong header, damaged gzip, broken JSON array, no such file. */
export class UnreadableInputError extends ThermographError {
  override readonly name = 'UnreadableInputError';
  readonly code = 'UNREADABLE_INPUT';
}

/** No record is longer: what is longer is a broken file, and reading it whole would let the sender decide how much memory we need. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** How much of a record that is too long is kept in its refusal. */
export const KEPT_OF_LONG_RECORD = 1000;

/** The refusal of a record that cannot be taken apart. */
export function malformed(index: number, message: string, raw: string): RefusedRecord {
  return { index, code: 'MALFORMED_RECORD', message, raw };
}
