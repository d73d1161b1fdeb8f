import type { Queryable } from '../pool.ts';

/** What a server has of TimescaleDB. */
export interface TimescaleOffer {
  /** The version that it would create; null where it does not offer the extension. */
  readonly available: string | null;
  /** The version that this database has; null where the extension is not created. */
  readonly created: string | null;
  readonly preloaded: boolean;
  /** `timescale` is the community licence; null until the extension is created. */
  readonly license: string | null;
}

/** Looks without changing anything, by what every role may see: shared_preload_libraries is for superusers. The loader defines its setting only where it is preloaded. */
export async function selectTimescaleOffer(db: Queryable): Promise<TimescaleOffer> {
  const { rows } = await db.query<TimescaleOffer>({
    text: `
      select (select default_version from pg_available_extensions where name = 'timescaledb') as available,
             (select extversion from pg_extension where extname = 'timescaledb') as created,
             exists (select from pg_settings where name = 'timescaledb.disable_load') as preloaded,
             (select setting from pg_settings where name = 'timescaledb.license') as license`,
  });
  const [offer] = rows;
  if (offer === undefined) throw new Error('the statement that looks for TimescaleDB gave no row');
  return offer;
}

/** Why a new store cannot have TimescaleDB; null where nothing that is known speaks against it. */
export function whyNotTimescale({ available, preloaded, license }: TimescaleOffer): string | null {
  if (available === null) return 'the server does not offer the extension timescaledb';
  if (!preloaded) return 'timescaledb is installed but not in shared_preload_libraries';
  if (license !== null && license !== 'timescale') return `timescaledb.license is ${license}, and continuous aggregates need timescale`;
  return null;
}

/** How many of TimescaleDB's jobs over our relations, such as compression, failed when they last ran. Its telemetry, which fails wherever there is no internet, is none of them. */
export async function selectFailedJobs(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ failed: number }>({
    text: `select count(*) as failed from timescaledb_information.job_stats where last_run_status = 'Failed' and hypertable_name is not null`,
  });
  return rows[0]?.failed ?? 0;
}
