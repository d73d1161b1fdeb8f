import { LATEST_COLUMNS, type LatestColumns, type LatestRow, readLatestColumns } from './latest.ts';
import type { Queryable } from './pool.ts';

/** The newest readings that may have been written since an earlier look, by series, and the catalogue's version at that moment. */
export interface ChangedLatest {
  readonly rows: ReadonlyMap<number, LatestRow>;
  readonly catalogueVersion: number;
  /** Where the next look begins, as text: PostgreSQL's 64-bit number of a transaction. */
  readonly next: string;
}

/**
 * Reads the newest readings whose last writer is transaction `since` or a later one; all where it is null. The next look begins at the oldest transaction that was still open
 * at this one: whatever commits late is not missed, and what is seen twice is the caller's to leave out.
 */
export async function selectChangedLatest(db: Queryable, since: string | null): Promise<ChangedLatest> {
  const { rows } = await db.query<{ version: number; next: string } & LatestColumns>({
    name: 'select_changed_latest',
    text: `
      select (select version from catalogue) as version, pg_snapshot_xmin(pg_current_snapshot())::text as next, ${LATEST_COLUMNS}
        from series_latest
       where time is not null and ($1::xid8 is null or written_by >= $1::xid8)`,
    values: [since],
  });
  const answer = rows[0];
  if (answer === undefined) throw new Error('the statement that reads the changed values gave no row');
  return { rows: readLatestColumns(answer), catalogueVersion: answer.version, next: answer.next };
}
