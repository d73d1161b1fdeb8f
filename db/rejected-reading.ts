import type { Queryable } from './pool.ts';

/** Input that could not be loaded: why, and the input itself, so that it can be sent again. */
export interface RejectedReadingInput {
  readonly code: string;
  readonly message: string;
  readonly record: string;
}

/** A rejected reading as it is kept: once for each reason, with how often it came. */
export interface RejectedReadingRow extends RejectedReadingInput {
  readonly id: number;
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Keeps rejected readings whole. One that was refused before for the same reason is counted on. In the order of code and record, so that two loads with the same rejects wait for each other and never in a circle. */
export async function upsertRejectedReadings(db: Queryable, rejected: readonly RejectedReadingInput[]): Promise<void> {
  await db.query({
    name: 'upsert_rejected_readings',
    text: `
      insert into rejected_reading (code, message, record, count)
      select code, (array_agg(message order by position desc))[1], record, count(*)
        from unnest($1::text[], $2::text[], $3::text[]) with ordinality as refused (code, message, record, position)
       group by code, record
       order by code collate "C", record collate "C"
          on conflict (fingerprint) do update
            set count = rejected_reading.count + excluded.count, message = excluded.message, last_seen = now()`,
    values: [rejected.map((row) => row.code), rejected.map((row) => storable(row.message)), rejected.map((row) => storable(row.record))],
  });
}

/** A text of PostgreSQL holds any character but U+0000, which is kept as its picture ␀. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u2400');
}

/** Rejected readings with an id above `afterId`, by id. */
export async function selectRejectedReadings(
  db: Queryable,
  page: { readonly first: number; readonly afterId: number },
): Promise<readonly RejectedReadingRow[]> {
  const { rows } = await db.query<RejectedReadingRow>({
    name: 'select_rejected_readings',
    text: `
      select id, code, message, record, count, first_seen as "firstSeen", last_seen as "lastSeen"
        from rejected_reading
       where id > $1
       order by id
       limit $2`,
    values: [page.afterId, page.first],
  });
  return rows;
}

/** How many rejected readings are kept, each reason once. */
export async function countRejectedReadings(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>({ name: 'count_rejected_readings', text: 'select count(*) as count from rejected_reading', values: [] });
  return rows[0]?.count ?? 0;
}
