import { integers } from '../parameter-text.ts';
import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import type { CorrectionRow } from './correction.ts';

/** Where among all corrections one stands: the order is that of batches, then series, then times. */
export interface CorrectionKey {
  readonly batchId: number;
  readonly seriesId: number;
  readonly time: Instant;
}

/** A page of corrections: what comes before a key, the last first. */
export interface CorrectionPage {
  readonly before: CorrectionKey | null;
  readonly limit: number;
}

const COLUMNS = `series_id as "seriesId", time, batch_id as "batchId", old_value as "oldValue", new_value as "newValue", old_batch_id as "oldBatchId"`;
const LAST_FIRST = 'order by batch_id desc, series_id desc, time desc';
// The first of both is what finds the place in the log.
const BEFORE = 'batch_id <= $1::int and (batch_id, series_id, time) < ($1::int, $2::int, $3::timestamptz)';

/** The corrections of these series, null being all, the last first. */
export async function selectCorrections(db: Queryable, seriesIds: readonly number[] | null, page: CorrectionPage): Promise<readonly CorrectionRow[]> {
  const values = [...keyOf(page.before), page.limit];
  const { rows } = await db.query<CorrectionRow>(
    seriesIds === null
      ? { name: 'select_corrections', text: `select ${COLUMNS} from correction where ${BEFORE} ${LAST_FIRST} limit $4::int`, values }
      : {
          // A tag, not a name: whether to go by series or by batches depends on how many series there are.
          text: `/* select_corrections_of_some */ select ${COLUMNS} from correction where ${BEFORE} and series_id = any ($5::int[]) ${LAST_FIRST} limit $4::int`,
          values: [...values, integers(seriesIds)],
        },
  );
  return rows;
}

/** Of each batch the corrections that it made, the last first: at most `limit` of each. */
export async function selectCorrectionsOfBatches(db: Queryable, batchIds: readonly number[], page: CorrectionPage): Promise<readonly CorrectionRow[]> {
  const { rows } = await db.query<CorrectionRow>({
    name: 'select_corrections_of_batches',
    text: `
      select correction.*
        from unnest($5::int[]) as wanted (id)
       cross join lateral (
         select ${COLUMNS} from correction where correction.batch_id = wanted.id and ${BEFORE} ${LAST_FIRST} limit $4::int) as correction`,
    values: [...keyOf(page.before), page.limit, integers(batchIds)],
  });
  return rows;
}

const MOST = 2_147_483_647;

function keyOf(before: CorrectionKey | null): readonly [number, number, string] {
  return before === null ? [MOST, MOST, 'infinity'] : [before.batchId, before.seriesId, formatInstant(before.time)];
}
