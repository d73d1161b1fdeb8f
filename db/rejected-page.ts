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
