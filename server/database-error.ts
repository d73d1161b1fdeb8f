import pg from 'pg';
import { StoreError } from '../db/errors.ts';

/** Codes of PostgreSQL that say that the server or the way to it is the trouble: going down, starting up, full, or gone. 08P01 is not one: there we broke its protocol. */
const UNAVAILABLE = /^(08(?!P01)...|57P0[1-5]|53[0-4]..|25006)$/;

/** Codes of sockets and name resolution. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT']);

/** Calls that concern a connection; a file that is not there has the same code as a socket that is not there. */
const ON_SOCKETS = new Set(['connect', 'read', 'write', 'getaddrinfo', 'queryA', 'queryAaaa']);

/** What node-postgres says of a connection that broke or could not be made; it gives these no code. */
const BROKEN_CONNECTION =
  /^(Connection terminated|timeout e(xceeded|xpired)|Client has encountered a connection error|Cannot use a pool after calling end|SASL: |The server does not support SSL)/;

/** Node's codes of certificates that it does not trust. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** A failure of the database that a caller can act on, typed; null where it is something else: a bug. */
export function asDatabaseError(error: unknown): StoreError | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof pg.DatabaseError && error.code === '57014') {
    return new StoreError(
      'QUERY_TIMEOUT',
      'the database took too long over this question and was stopped: ask for a shorter range, a larger bucket or fewer series',
      {
        cause: error,
      },
    );
  }
  if (isUnavailable(error))
    return new StoreError(
      'DATABASE_UNAVAILABLE',
      'the database cannot be reached at present: try again later; thermograph doctor, run beside the gateway, says why',
      { cause: error },
    );
  return null;
}

/** While a database is restored or renamed, nobody may connect to it. The code alone says many other things, and the message may be in any language. */
export function isClosedToConnections({ code, routine }: pg.DatabaseError): boolean {
  return code === '55000' && (routine === 'CheckMyDatabase' || routine === 'InitPostgres');
}

function isUnavailable(error: Error): boolean {
  if (error instanceof pg.DatabaseError) return (error.code !== undefined && UNAVAILABLE.test(error.code)) || isClosedToConnections(error);
  if (error instanceof AggregateError) return error.errors.some((one) => one instanceof Error && isUnavailable(one));
  if ('code' in error && typeof error.code === 'string' && UNTRUSTED.test(error.code)) return true;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string' && NETWORK.has(error.code))
    return typeof error.syscall === 'string' && ON_SOCKETS.has(error.syscall);
  return BROKEN_CONNECTION.test(error.message);
}
