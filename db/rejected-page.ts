import type { Queryable } from './pool.ts';
import { MAX_REJECTED_BYTES, type RejectedReadingRow } from './rejected-reading.ts';

/** Which rejected readings: those that a run refused, null being all, with an id above `afterId`; at most `first`. */
export interface RejectedQuestion {
  readonly runId: number | null;
  readonly afterId: number;
  readonly first: number;
}

/** Some rejected readings, and whether there are more behind them. */
export interface RejectedReadingRows {
  readonly rows: readonly RejectedReadingRow[];
  readonly hasNext: boolean;
}

/** A page of rejected readings by id; shorter than asked for where their records are long. */
export async function selectRejectedReadings(db: Queryable, { runId, afterId, first }: RejectedQuestion): Promise<RejectedReadingRows> {
  const page = [afterId, first, MAX_REJECTED_BYTES];
  const { rows } = await db.query<RejectedReadingRow & { readonly found: number }>(
    runId === null
      ? { name: 'select_rejected_readings', text: pageOf('rejected_reading as rejected where rejected.id > $1'), values: page }
      : { name: 'select_rejected_readings_of_run', text: pageOf(OF_RUN), values: [...page, runId] },
  );
  return { rows, hasNext: rows.length < (rows[0]?.found ?? 0) };
}

const OF_RUN = `etl_run_rejected as refusal
          join rejected_reading as rejected on rejected.id = refusal.rejected_id
         where refusal.run_id = $4::bigint and refusal.rejected_id > $1`;

function pageOf(relation: string): string {
  return `
      with candidate as (
        select rejected.id, row_number() over by_id as position, sum(octet_length(record)) over by_id - octet_length(record) as bytes_before
          from ${relation}
        window by_id as (order by rejected.id rows unbounded preceding)
         order by rejected.id
         limit $2::int + 1)
      select rejected.id, code, message, record, count, first_seen as "firstSeen", last_seen as "lastSeen", reader, (select count(*) from candidate) as found
        from candidate
        join rejected_reading as rejected on rejected.id = candidate.id
       where position <= $2 and bytes_before < $3
       order by rejected.id`;
}

/** How many rejected readings are kept, each reason once: those that a run refused, null being all. */
export async function countRejectedReadings(db: Queryable, runId: number | null): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    runId === null
      ? { name: 'count_rejected_readings', text: 'select count(*) as count from rejected_reading', values: [] }
      : { name: 'count_rejected_readings_of_run', text: 'select count(*) as count from etl_run_rejected where run_id = $1::bigint', values: [runId] },
  );
  return rows[0]?.count ?? 0;
}

/** One rejected reading that stands for those of a run. */
export interface RejectedExample {
  readonly code: string;
  /** Cut where it is long. */
  readonly message: string;
}

/** A run that refuses nearly everything may have refused millions. */
const EXAMPLES_READ = 10_000;
const LONGEST_EXAMPLE = 300;

/** The code for which a run refused most, by the first of its refusals, and the refusal that came most often with it; null where none is kept. */
export async function selectCommonestRejected(db: Queryable, runId: number): Promise<RejectedExample | null> {
  const { rows } = await db.query<RejectedExample>({
    name: 'select_commonest_rejected',
    text: `
      with refusal as (
        select rejected_id, count from etl_run_rejected where run_id = $1::bigint order by rejected_id limit $2),
      commonest as (
        select code, (array_agg(rejected.id order by refusal.count desc, rejected.id))[1] as id
          from refusal
          join rejected_reading as rejected on rejected.id = refusal.rejected_id
         group by code
         order by sum(refusal.count) desc, code
         limit 1)
      select rejected.code, case when length(message) > $3 then left(message, $3 - 1) || '…' else message end as message
        from commonest
        join rejected_reading as rejected using (id)`,
    values: [runId, EXAMPLES_READ, LONGEST_EXAMPLE],
  });
  return rows[0] ?? null;
}
