import { ThermographError } from '../db/errors.ts';

/** A load that ended before its input did: the cause says why, `committedRecords` how many leading records are safe. Sending the whole input again is safe too. */
export class IngestInterruptedError extends ThermographError {
  override readonly name = 'IngestInterruptedError';
  readonly code = 'INGEST_INTERRUPTED';
  /** So many leading records of the input are committed. */
  readonly committedRecords: number;

  constructor(committedRecords: number, cause: unknown) {
    super(
      committedRecords === 0
        ? 'nothing of the input is committed'
        : `the first ${committedRecords} records are committed; sending the whole input again loads the rest and changes nothing else`,
      { cause },
    );
    this.committedRecords = committedRecords;
  }

  override get details(): Readonly<Record<string, unknown>> {
    return { committedRecords: this.committedRecords };
  }
}
