import type { Instant } from '../db/time/instant.ts';

/** One reading of the `ingest` mutation as the loading path takes it: times and values are judged there, one by one. */
export interface IngestRecord {
  readonly index: number;
  readonly sensor: string;
  /** null where the text is not a time with an offset. */
  readonly time: Instant | null;
  readonly timeText: string;
  readonly metrics: readonly string[];
  readonly values: readonly number[];
  readonly texts: readonly string[];
}

/** What the loading path answers. */
export interface IngestAnswer {
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly breaches: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly code: 'UNKNOWN_SENSOR' | 'UNKNOWN_METRIC' | 'INVALID_TIME' | 'TIME_OUT_OF_RANGE' | 'INVALID_VALUE' | 'VALUE_OUT_OF_RANGE' | 'MALFORMED_RECORD';
    readonly message: string;
  }[];
}

/** The loading path, given by the server: resolvers do not know it. */
export type Ingest = (records: readonly IngestRecord[], options: { readonly register: boolean }) => Promise<IngestAnswer>;
