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

/** A job of TimescaleDB that failed when it last ran. */
export interface FailedJob {
  readonly id: number;
  /** What it does, such as policy_compression. */
  readonly procedure: string;
  readonly hypertable: string;
  /** null where this role may not see it. */
  readonly message: string | null;
  /** When it is tried again; null where it is not. */
  readonly nextStart: string | null;
}

/** TimescaleDB's jobs over our relations, such as compression, that failed when they last ran. Its telemetry, which fails wherever there is no internet, is none of them. */
export async function selectFailedJobs(db: Queryable): Promise<readonly FailedJob[]> {
  const { rows } = await db.query<FailedJob>({
    text: `
      select stats.job_id as id, jobs.proc_name as procedure, stats.hypertable_name as hypertable, newest.message,
             case when isfinite(stats.next_start) and jobs.scheduled then stats.next_start end as "nextStart"
        from timescaledb_information.job_stats as stats
        join timescaledb_information.jobs as jobs using (job_id)
        left join lateral (
          select err_message as message from timescaledb_information.job_errors as errors where errors.job_id = stats.job_id order by start_time desc limit 1
        ) as newest on true
       where stats.last_run_status = 'Failed' and stats.hypertable_name is not null
       order by 1`,
  });
  return rows;
}
