import { z } from 'zod';

/** The part of a job that says where its input is, of the kind `database`. */
export const databaseSource = z.strictObject({ kind: z.literal('database') });

/** A source of the kind `database`, with defaults filled in. */
export type DatabaseSource = z.output<typeof databaseSource>;
