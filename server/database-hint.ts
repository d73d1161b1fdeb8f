import pg from 'pg';
import { isClosedToConnections } from './database-error.ts';

/** What an operator can do about a database that does not let us in, by PostgreSQL's code or the socket's; null where there is nothing in particular to say. */
export function databaseHint(error: unknown): string | null {
  if (error instanceof AggregateError) return databaseHint(error.errors[0]);
  if (!(error instanceof Error)) return null;
  if (error instanceof pg.DatabaseError && isClosedToConnections(error))
    return 'wait until whoever closed the database has finished, or alter database … with allow_connections true';
  if (error instanceof pg.DatabaseError) return HINTS.get(error.code ?? '') ?? null;
  if ('code' in error && typeof error.code === 'string') return HINTS.get(error.code) ?? (UNTRUSTED.test(error.code) ? CERTIFICATE : null);
  return WORDS.find(([words]) => words.test(error.message))?.[1] ?? null;
}

const NO_ANSWER = 'check host and port in DATABASE_URL, and that no firewall is in between';
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;
const CERTIFICATE = 'give the certificate that signed it (sslrootcert=… in DATABASE_URL), or a host name that it is for';
const CREDENTIALS = 'check user and password in DATABASE_URL';

const HINTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'start the server, or correct host and port in DATABASE_URL'],
  ['ENOTFOUND', 'correct the host name in DATABASE_URL'],
  ['EAI_AGAIN', 'correct the host name in DATABASE_URL, or mend name resolution'],
  ['ETIMEDOUT', NO_ANSWER],
  ['EHOSTUNREACH', NO_ANSWER],
  ['ENETUNREACH', NO_ANSWER],
  ['28P01', CREDENTIALS],
  ['28000', `${CREDENTIALS}, and what the server's pg_hba.conf allows`],
  ['3D000', 'create the database (create database …), or correct its name in DATABASE_URL'],
  ['42501', 'grant the role of DATABASE_URL what it lacks, or make it the owner of the database'],
  ['53300', 'end other sessions, or raise max_connections of the server: a gateway uses up to 20'],
  ['57P03', 'wait until the server has started'],
]);

/** What node-postgres says without a code. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^SASL: /, CREDENTIALS],
  [/^The server does not support SSL/, 'take sslmode out of DATABASE_URL, or switch on ssl at the server'],
  [/^(Connection terminated|timeout)/, NO_ANSWER],
];
