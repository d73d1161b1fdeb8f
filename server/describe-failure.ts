import pg from 'pg';
import { ThermographError } from '../db/errors.ts';
import { IngestInterruptedError } from '../etl/ingest-interrupted-error.ts';
import { asDatabaseError } from './database-error.ts';
import { UsageError } from './settings.ts';

/** A failure in the words of the command line, where there is no log to look into: what went wrong and why. The stack is shown only of what is a bug. */
export function describeFailure(error: unknown): string {
  if (error instanceof IngestInterruptedError) return `${describeFailure(error.cause)}; ${error.message}`;
  if (error instanceof ThermographError || error instanceof UsageError) return error.message;
  if (error instanceof pg.DatabaseError) return `the database refused: ${error.message}`;
  if (asDatabaseError(error) !== null) return `the database cannot be reached: ${reasonOf(error)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Of several addresses that were tried in vain, the error of all has no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
