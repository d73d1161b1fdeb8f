import { z } from 'zod';
import { exactMicros, parseDuration } from '../../db/time/duration.ts';
import { duration, text, wholeNumber } from './schema-parts.ts';

/** The databases that are spoken to, by the scheme of their URL. */
const CLIENTS = {
  'postgres:': 'pg',
  'postgresql:': 'pg',
  'mysql:': 'mysql2',
  'mariadb:': 'mysql2',
  'mssql:': 'mssql',
  'sqlserver:': 'mssql',
  'oracle:': 'oracledb',
} as const;

/** What a database is spoken to with, as the query builder calls it. */
export type DatabaseClient = (typeof CLIENTS)[keyof typeof CLIENTS];

/** The client for a URL; null: no database that is spoken to. */
export function clientOf(url: string): DatabaseClient | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  return hostname !== '' && isScheme(protocol) ? CLIENTS[protocol] : null;
}

function isScheme(protocol: string): protocol is keyof typeof CLIENTS {
  return Object.hasOwn(CLIENTS, protocol);
}

/** How far before the watermark a run begins: a length of time in microseconds, or so many of a number that counts up. */
export type Overlap = { readonly unit: 'time'; readonly micros: number } | { readonly unit: 'count'; readonly count: number };

const OVERLAP = 'expected a duration such as 0s or 10m where the column is a time, or a whole number where it counts up';

const overlap = z.union([z.string(), z.number()], OVERLAP).transform((written, context): Overlap => {
  if (typeof written === 'number' && Number.isSafeInteger(written) && written >= 0) return { unit: 'count', count: written };
  const micros = typeof written === 'string' ? microsOf(written) : null;
  if (micros !== null) return { unit: 'time', micros };
  context.addIssue({ code: 'custom', message: OVERLAP });
  return z.NEVER;
});

const incremental = z.strictObject({
  /** Rises with every row that is added or changed. */
  column: text,
  /** null: 10 minutes of a time, 1,000 of a number, nothing of a text. */
  overlap: overlap.nullable().default(null),
});

const RULE_OF_URL =
  'expected postgres://, mysql://, mariadb://, mssql:// or oracle:// with a host and a database, such as postgres://reader@plant:5432/historian';

/** The part of a job that says where its input is, of the kind `database`. */
export const databaseSource = z
  .strictObject({
    kind: z.literal('database'),
    url: z.string(RULE_OF_URL).refine((url) => clientOf(url) !== null, RULE_OF_URL),
    /** In place of those in the URL, where every special character would have to be written as %xx. */
    user: text.nullable().default(null),
    password: text.nullable().default(null),
    /** A table or a view, with its schema or without. */
    table: text.nullable().default(null),
    /** A select, read as if it were a table. */
    query: text.nullable().default(null),
    /** Which column stands for which of time, sensor, metric, value, or for which metric; null: they have these names. */
    columns: z.record(text, text).nullable().default(null),
    /** null: every run reads everything. */
    incremental: incremental.nullable().default(null),
    /** Columns that tell rows apart, together with the incremental one; null: those of time, sensor and metric. */
    key: z.array(text).min(1, 'expected at least one column').nullable().default(null),
    /** Rows that are asked for at a time. */
    pageRows: wholeNumber(2, 100_000).default(10_000),
    /** Of one page. */
    statementTimeout: duration.default(5 * 60_000_000),
  })
  .superRefine(({ table, query, columns }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if ((table === null) === (query === null)) refuse(table === null ? 'table' : 'query', 'expected either "table" or "query"');
    if (columns === null) return;
    for (const name of ['time', 'sensor']) if (columns[name] === undefined) refuse('columns', `expected the column of ${name} among them`);
    if ((columns.metric === undefined) !== (columns.value === undefined))
      refuse('columns', 'expected "metric" and "value" together, or a column for each metric by its id');
  });

/** A source of the kind `database`, with defaults filled in. */
export type DatabaseSource = z.output<typeof databaseSource>;

function microsOf(written: string): number | null {
  try {
    const parsed = parseDuration(written, 'overlap');
    return parsed.months === 0 ? exactMicros(parsed) : null;
  } catch {
    return null;
  }
}
