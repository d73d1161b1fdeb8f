import type { Queryable } from '../../db/pool.ts';
import { formatInstant } from '../../db/time/instant.ts';
import type { History } from './fill.ts';
import type { ByHand } from './questions.ts';
import type { SentStatement } from './statements.ts';

/** As TimescaleDB's documentation has them: real-time aggregates straight over the readings, with what a question for least, greatest and average values needs. */
const AGGREGATES = [
  { name: 'by_hand_1h', width: '1 hour' },
  { name: 'by_hand_1d', width: '1 day' },
] as const;

/** Creates the aggregates beside the store's own, and refreshes them by their own means up to the end of the record. False where they are there already. */
export async function createByHand(db: Queryable, { to }: History): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({ text: `select to_regclass('by_hand_1d') is not null as found` });
  if (rows[0]?.found === true) return false;
  for (const { name, width } of AGGREGATES) {
    await db.query({
      text: `
        create materialized view ${name} with (timescaledb.continuous, timescaledb.materialized_only = false) as
        select series_id, time_bucket('${width}', time) as bucket, count(*) as n, sum(value) as sum, min(value) as min, max(value) as max
          from reading
         group by 1, 2
          with no data`,
    });
    await db.query({ text: `call refresh_continuous_aggregate('${name}', null, '${formatInstant(to)}')` });
  }
  await db.query({ text: 'vacuum (analyze)' });
  return true;
}

/** The question as somebody would write it who knows TimescaleDB. */
export function statementByHand({ aggregate, bucket, timezone, from, to }: ByHand, seriesIds: readonly number[]): SentStatement {
  const values: unknown[] = [`{${seriesIds.join()}}`, from, to];
  const isAsked = 'series_id = any ($1::int[]) and bucket >= $2::timestamptz and bucket < $3::timestamptz';
  if (bucket === null) return { text: `select series_id, bucket, min, max, sum / n as avg from ${aggregate} where ${isAsked} order by 1, 2`, values };
  const start = timezone === null ? `time_bucket('${bucket}', bucket)` : `time_bucket('${bucket}', bucket, '${timezone}')`;
  return {
    text: `
      select series_id, ${start} as bucket, min(min) as min, max(max) as max, sum(sum) / sum(n) as avg
        from ${aggregate}
       where ${isAsked}
       group by 1, 2
       order by 1, 2`,
    values,
  };
}
