import type { Knex } from 'knex';
import { toRfc3339 } from '../../db/pool.ts';
import type { DatabaseClient } from './database-schema.ts';
import type { ColumnKind, TextRows } from './text-rows.ts';

/** Limits of a connection, in milliseconds. */
interface Limits {
  readonly connectMs: number;
  readonly statementMs: number;
}

/** What differs between the databases: how a session is made that reads only, in UTC, and how its values become text. */
interface Dialect {
  connection(url: URL, limits: Limits): Knex.Config['connection'] & object;
  /** Sets a new session up. */
  prepare(connection: unknown, statementMs: number): Promise<void>;
  /** For the driver, with each statement. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly knex?: Partial<Knex.Config>;
  read(answer: unknown, hasZone: boolean): TextRows;
}

type Cells = (string | null)[];

const PG_KINDS: Readonly<Record<number, ColumnKind>> = {
  1184: 'instant',
  1114: 'local',
  1082: 'local',
  20: 'whole',
  21: 'whole',
  23: 'whole',
  1700: 'exact',
  700: 'inexact',
  701: 'inexact',
};

const pg: Dialect = {
  connection: (url, { connectMs }) => {
    const standard = new URL(url);
    return { connectionString: standard.href, connectionTimeoutMillis: connectMs, keepAlive: true, application_name: 'thermograph' };
  },
  prepare: (connection, statementMs) =>
    queries(connection, [
      ['set session characteristics as transaction read only', []],
      [
        `select set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false), set_config('extra_float_digits', '1', false), set_config('statement_timeout', $1, false)`,
        [String(statementMs)],
      ],
    ]),
  options: { rowMode: 'array', types: { getTypeParser: () => (value: string) => value } },
  read: (answer) => {
    if (!isPgAnswer(answer)) throw new TypeError('pg answers with rows and fields');
    const { rows, fields } = answer;
    const columns = fields.map(({ name, dataTypeID }) => ({ name, kind: PG_KINDS[dataTypeID] ?? 'text' }));
    const instants = positionsOf(columns, 'instant');
    for (const row of rows) for (const at of instants) row[at] = withOffset(row[at] ?? null);
    return { columns, rows };
  },
};

/** What is no time of ours, such as infinity, stays as it is and is refused as a time. */
function withOffset(text: string | null): string | null {
  return text?.endsWith('+00') === true ? toRfc3339(text) : text;
}

const MYSQL_KINDS: Readonly<Record<number, ColumnKind>> = {
  7: 'instant',
  12: 'local',
  10: 'local',
  1: 'whole',
  2: 'whole',
  3: 'whole',
  8: 'whole',
  9: 'whole',
  0: 'exact',
  246: 'exact',
  4: 'inexact',
  5: 'inexact',
};

const mysql2: Dialect = {
  connection: (url, { connectMs }) => ({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectTimeout: connectMs,
    charset: 'utf8mb4',
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
  }),
  prepare: async (connection, statementMs) => {
    const version = JSON.stringify(await queryOf(connection, 'select version()', []));
    const limit: Statement = /mariadb/i.test(version)
      ? ['set session max_statement_time = ?', [statementMs / 1000]]
      : ['set session max_execution_time = ?', [statementMs]];
    await queries(connection, [[`set time_zone = '+00:00'`, []], limit, ['set session transaction read only', []]]);
  },
  options: { rowsAsArray: true, typeCast: (field: { string(): string | null }) => field.string() },
  read: (answer) => {
    if (!isMysqlAnswer(answer)) throw new TypeError('mysql2 answers with rows and fields');
    const [rows, fields] = answer;
    const columns = fields.map(({ name, columnType }) => ({ name, kind: MYSQL_KINDS[columnType] ?? 'text' }));
    const instants = positionsOf(columns, 'instant');
    for (const row of rows) for (const at of instants) row[at] = row[at] == null ? null : `${row[at].replace(' ', 'T')}Z`;
    return { columns, rows };
  },
};

/** Written by the documentation of the driver; it has not been run. */
const mssql: Dialect = {
  connection: (url, { connectMs, statementMs }) => ({
    server: url.hostname,
    port: url.port === '' ? 1433 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectionTimeout: connectMs,
    requestTimeout: statementMs,
    options: {
      useUTC: true,
      readOnlyIntent: true,
      encrypt: url.searchParams.get('encrypt') !== 'false',
      trustServerCertificate: url.searchParams.get('trustServerCertificate') === 'true',
    },
  }),
  prepare: async () => undefined,
  read: (answer, hasZone) => ofObjects(answer, (value) => (value instanceof Date ? dateText(value, hasZone) : String(value))),
};

/** Written by the documentation of the driver; it has not been run. */
const oracledb: Dialect = {
  connection: (url) => ({
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    connectString: `${url.hostname}:${url.port === '' ? 1521 : url.port}${decodeURIComponent(url.pathname)}`,
  }),
  prepare: async (connection, statementMs) => {
    if (!isOracleSession(connection)) throw new TypeError('oracledb connects by what executes statements');
    connection.callTimeout = statementMs;
    for (const setting of [
      `time_zone = 'UTC'`,
      `nls_date_format = 'YYYY-MM-DD"T"HH24:MI:SS'`,
      `nls_timestamp_format = 'YYYY-MM-DD"T"HH24:MI:SS.FF6'`,
      `nls_timestamp_tz_format = 'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM'`,
      `nls_numeric_characters = '.,'`,
    ])
      await connection.execute(`alter session set ${setting}`);
  },
  knex: { fetchAsString: ['number', 'date', 'clob'] },
  read: (answer) => ofObjects(answer, String),
};

/** By what the query builder calls the client. */
export const dialects: Readonly<Record<DatabaseClient, Dialect>> = { pg, mysql2, mssql, oracledb };

/** Rows of drivers that tell no types: what a column holds is told by its first value. */
function ofObjects(answer: unknown, textOf: (value: unknown) => string): TextRows {
  const objects: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const names = Object.keys(objects[0] ?? {});
  const rows = objects.map((object) => {
    const cells = new Map<string, unknown>(Object.entries(object ?? {}));
    return names.map((name) => (cells.get(name) == null ? null : textOf(cells.get(name))));
  });
  return { columns: names.map((name, at) => ({ name, kind: kindOf(rows.find((row) => row[at] !== null)?.[at] ?? '') })), rows };
}

function kindOf(text: string): ColumnKind {
  if (/^\d{4}-\d\d-\d\d[T ].*(?:Z|[+-]\d\d:\d\d)$/.test(text)) return 'instant';
  if (/^\d{4}-\d\d-\d\d[T ]/.test(text)) return 'local';
  return /^-?\d+$/.test(text) ? 'whole' : 'text';
}

/** A time of the driver with what it says beyond the millisecond. Where the job declares a zone it is what a clock showed. */
function dateText(date: Date & { readonly nanosecondsDelta?: number }, hasZone: boolean): string {
  const micros = date.getUTCMilliseconds() * 1000 + Math.trunc((date.nanosecondsDelta ?? 0) * 1_000_000);
  const text = `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}`;
  return hasZone ? text : `${text}Z`;
}

function positionsOf(columns: TextRows['columns'], kind: ColumnKind): readonly number[] {
  return columns.flatMap((column, at) => (column.kind === kind ? [at] : []));
}

type Statement = readonly [text: string, values: readonly unknown[]];

async function queries(connection: unknown, statements: readonly Statement[]): Promise<void> {
  for (const [text, values] of statements) await queryOf(connection, text, values);
}

function queryOf(connection: unknown, text: string, values: readonly unknown[]): Promise<unknown> {
  if (!takesQueries(connection)) throw new TypeError('the driver connects by what takes queries');
  return new Promise((resolve, reject) => {
    connection.query(text, values, (error, result) => {
      if (error == null) resolve(result);
      else reject(error);
    });
  });
}

/** As pg and mysql2 both are. */
interface TakesQueries {
  query(text: string, values: readonly unknown[], done: (error: Error | null, result: unknown) => void): void;
}

function takesQueries(connection: unknown): connection is TakesQueries {
  return typeof connection === 'object' && connection !== null && 'query' in connection;
}

interface OracleSession {
  callTimeout: number;
  execute(sql: string): Promise<unknown>;
}

function isOracleSession(connection: unknown): connection is OracleSession {
  return typeof connection === 'object' && connection !== null && 'execute' in connection;
}

interface PgAnswer {
  readonly rows: Cells[];
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

function isPgAnswer(answer: unknown): answer is PgAnswer {
  return typeof answer === 'object' && answer !== null && 'rows' in answer && 'fields' in answer;
}

type MysqlAnswer = readonly [rows: Cells[], fields: readonly { readonly name: string; readonly columnType: number }[]];

function isMysqlAnswer(answer: unknown): answer is MysqlAnswer {
  return Array.isArray(answer) && answer.length === 2 && Array.isArray(answer[0]) && Array.isArray(answer[1]);
}
