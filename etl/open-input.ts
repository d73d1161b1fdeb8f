import type { ReadOptions, RecordChunk } from './read/reader.ts';
import type { SourceDefinition } from './source-definition.ts';

/** The form of an input: one of the canonical ones, or any other as a source definition describes it. */
export type InputFormat =
  | { readonly kind: 'csv' }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'json' }
  | { readonly kind: 'source'; readonly definition: SourceDefinition; readonly fileName?: string };

/** A file, or standard input, that is being read. */
export interface OpenedInput {
  /** The path as given; `-` for standard input. */
  readonly name: string;
  /** Bytes of the file as it is stored (compressed, if it is); null for standard input. */
  readonly size: number | null;
  /** Bytes of the file taken so far, for a progress bar. */
  readonly bytesRead: () => number;
  /** Can be iterated once. */
  readonly records: AsyncIterable<RecordChunk>;
}

/** `format` absent: by the ending of the file name, else by its first character. With `source`, `fileName` is the path's unless given. */
export interface OpenFileOptions extends ReadOptions {
  readonly format?: InputFormat;
}

/** Opens a file, or standard input for `-`. Gzip is recognised by its first bytes. */
export async function openFile(path: string, options: OpenFileOptions): Promise<OpenedInput> {
  throw new Error(`not yet: ${path} ${String(options)}`);
}

/** Records of an input in input order. Gzip is recognised by its first bytes. Throws UnreadableInputError, possibly after some records. */
export async function* readRecords(bytes: AsyncIterable<Uint8Array>, format: InputFormat, options: ReadOptions): AsyncGenerator<RecordChunk> {
  yield await Promise.reject(new Error(`not yet: ${String(bytes)} ${format.kind} ${String(options)}`));
}
