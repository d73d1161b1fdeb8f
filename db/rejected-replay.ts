import type { Queryable } from './pool.ts';
import { MAX_REJECTED_BYTES, type RejectedReadingRow } from './rejected-reading.ts';

/** Those ids that no rejected reading has. */
export async function selectUnknownRejected(db: Queryable, ids: readonly number[]): Promise<readonly number[]> {
  const { rows } = await db.query<{ id: number }>({
    name: 'select_unknown_rejected',
    text: 'select distinct wanted.id from unnest($1::bigint[]) as wanted (id) where not exists (select from rejected_reading where id = wanted.id) order by 1',
    values: [ids],
  });
  return rows.map(({ id }) => id);
}

/** Rejected readings among `ids` with an id above `afterId`, by id: at least one where there is one, and no more than fit into memory. */
export async function selectRejectedByIds(db: Queryable, ids: readonly number[], afterId: number): Promise<readonly RejectedReadingRow[]> {
  const { rows } = await db.query<RejectedReadingRow>({
    name: 'select_rejected_by_ids',
    text: `
      with wanted as (
        select id, sum(octet_length(record)) over (order by id rows unbounded preceding) - octet_length(record) as bytes_before
          from rejected_reading
         where id = any ($1::bigint[]) and id > $2)
      select id, code, message, record, count, first_seen as "firstSeen", last_seen as "lastSeen", reader
        from wanted
        join rejected_reading using (id)
       where bytes_before < $3
       order by id`,
    values: [ids, afterId, MAX_REJECTED_BYTES],
  });
  return rows;
}

/** Deletes rejected readings that are loaded by now. */
export async function deleteRejected(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query({
    name: 'delete_rejected',
    text: 'delete from rejected_reading where id in (select id from rejected_reading where id = any ($1::bigint[]) order by code collate "C", record collate "C" for update)',
    values: [ids],
  });
}
