import { z } from 'zod';
import { durationOrNothing, text } from './schema-parts.ts';

const PATHS = 'expected a path or a list of paths; * ** ? [ab] {a,b} in them match names';

const patterns = (rule: string) =>
  z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(text, { error: rule }).min(1, rule).max(1000, rule));

/** The part of a job that says where its input is, of the kind `files`. */
export const filesSource = z.strictObject({
  kind: z.literal('files'),
  /** Paths or globs, one or several; relative ones from where the gateway was started. */
  paths: patterns(PATHS),
  /** Globs of files that are left alone, beside those that are being written: hidden ones, and those that end in .tmp, .part, .partial, .filepart, .crdownload or ~. */
  ignore: z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(text)).default([]),
  /** Whether a run is started as soon as a file is there, without waiting for the schedule. */
  watch: z.boolean('expected true or false').default(false),
  /** A file is whole when it has not changed for so long; 0s: at once, for writers that rename when they are done. */
  settle: durationOrNothing.default(2_000_000),
});

/** A source of the kind `files`, with defaults filled in. */
export type FilesSource = z.output<typeof filesSource>;
