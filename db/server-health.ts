import type { Queryable } from './pool.ts';

/** How a database server is, as far as one session may see. */
export interface ServerHealth {
  readonly version: string;
  readonly versionNumber: number;
  readonly encoding: string;
  readonly user: string;
  readonly database: string;
  /** A standby takes no writes. */
  readonly isStandby: boolean;
  /** Whether this role may create relations, and write to those of a store that is there (null where none is). */
  readonly mayCreate: boolean;
  readonly mayWrite: boolean | null;
  readonly bytes: number;
  readonly connections: number;
  readonly maxConnections: number;
  /** Sessions of gateways and of other commands in this database. */
  readonly gatewaySessions: number;
  /** Age of the oldest transaction that is open in this database; null where none is. */
  readonly oldestTransactionS: number | null;
  /** Settings under which what was acknowledged can be lost in a crash. */
  readonly unsafeSettings: readonly string[];
  /** Milliseconds since 1970 by the server's clock. */
  readonly clockMs: number;
}

/** Asks for all of it at once, and changes nothing. */
export async function selectServerHealth(db: Queryable): Promise<ServerHealth> {
  const { rows } = await db.query<ServerHealth>({
    text: `
      select current_setting('server_version') as version,
             current_setting('server_version_num')::int as "versionNumber",
             current_setting('server_encoding') as encoding,
             current_user::text as "user",
             current_database()::text as database,
             pg_is_in_recovery() as "isStandby",
             coalesce(has_schema_privilege(current_schema(), 'create'), false) as "mayCreate",
             has_table_privilege(to_regclass('reading'), 'insert') as "mayWrite",
             pg_database_size(current_database()) as bytes,
             activity.connections,
             current_setting('max_connections')::int as "maxConnections",
             activity."gatewaySessions",
             activity."oldestTransactionS",
             array(select name::text from pg_settings
                    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name) as "unsafeSettings",
             (extract(epoch from clock_timestamp()) * 1000)::double precision as "clockMs"
        from (select count(*) filter (where backend_type = 'client backend') as connections,
                     count(*) filter (where application_name = 'thermograph' and datname = current_database() and pid <> pg_backend_pid()) as "gatewaySessions",
                     extract(epoch from max(clock_timestamp() - xact_start)
                       filter (where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()))::double precision as "oldestTransactionS"
                from pg_stat_activity) as activity`,
  });
  const [health] = rows;
  if (health === undefined) throw new Error('the statement that looks at the server gave no row');
  return health;
}

/** What the clocks of some zones show at some instants, in seconds since 1970 as if it were UTC; zones outermost. Throws where the database does not know a zone. */
export async function selectLocalTimes(db: Queryable, zones: readonly string[], instantsS: readonly number[]): Promise<readonly number[]> {
  const { rows } = await db.query<{ local: number }>({
    text: `
      select extract(epoch from to_timestamp(instant) at time zone zone)::double precision as local
        from unnest($1::text[]) with ordinality as zones (zone, n) cross join unnest($2::double precision[]) with ordinality as instants (instant, m)
       order by n, m`,
    values: [zones, instantsS],
  });
  return rows.map((row) => row.local);
}
