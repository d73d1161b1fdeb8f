import { BREACH_COLUMNS, type BreachRow } from './breach.ts';
import type { Level } from './catalogue.ts';
import { nearWindow } from './near-window.ts';
import { integers } from './parameter-text.ts';
import type { Queryable } from './pool.ts';

/** Which breaches: of these series and with one of these levels, null being all, after a number; at most `limit`. */
export interface BreachQuestion {
  readonly seriesIds: readonly number[] | null;
  readonly levels: readonly Level[] | null;
  readonly after: number;
  readonly limit: number;
}

/** Breaches in the order of their numbers, where the outbox stands, and the catalogue's version, all at one moment. */
export interface FoundBreaches {
  readonly rows: readonly BreachRow[];
  readonly lastNumber: number;
  readonly expiredThrough: number;
  readonly catalogueVersion: number;
}

/** Reads a page of breaches: what it costs is a page, not the history before or behind it. */
export async function selectBreaches(db: Queryable, question: BreachQuestion): Promise<FoundBreaches> {
  const { rows } = await db.query<Omit<FoundBreaches, 'rows'> & (BreachRow | { number: null })>(statementFor(question));
  const [first] = rows;
  if (first === undefined) throw new Error('the outbox has no row');
  const { lastNumber, expiredThrough, catalogueVersion } = first;
  const found = rows.flatMap(({ lastNumber: _last, expiredThrough: _expired, catalogueVersion: _version, ...row }) => (row.number === null ? [] : [row]));
  return { rows: found, lastNumber, expiredThrough, catalogueVersion };
}

function statementFor({ seriesIds, levels, after, limit }: BreachQuestion) {
  if (seriesIds !== null) {
    return { name: 'select_breaches_of_series', text: withOutbox(OF_SERIES), values: [after, limit, integers(seriesIds), levels, nearWindow(seriesIds)] };
  }
  const page = [after, limit];
  if (levels === null) return { name: 'select_breaches', text: withOutbox(all('')), values: page };
  const [level, ...others] = levels;
  if (level === undefined) return { name: 'select_no_breaches', text: withOutbox(all('and false')), values: page };
  if (others.length > 0) return { name: 'select_breaches_of_any_level', text: withOutbox(all('and cardinality(breach.levels) > 0')), values: page };
  return { name: `select_breaches_of_${level.toLowerCase()}`, text: withOutbox(OF_LEVEL[level]), values: page };
}

function withOutbox(page: string): string {
  return `
      select outbox.last_number as "lastNumber", outbox.expired_through as "expiredThrough", (select version from catalogue) as "catalogueVersion", found.*
        from outbox
        left join lateral (${page}) as found on true
       order by found.number`;
}

const all = (condition: string) => `
          select ${BREACH_COLUMNS} from breach where breach.number > $1::bigint ${condition} order by breach.number limit $2::int`;

/** A level has an index of its own, which is only taken where the statement names the level. */
const OF_LEVEL: Readonly<Record<Level, string>> = {
  WARNING: all(`and 'WARNING' = any (breach.levels)`),
  CRITICAL: all(`and 'CRITICAL' = any (breach.levels)`),
};

/** Rows are compared so that no plan can go through all numbers for each of the series, whatever the statistics have of them. */
const OF_SERIES = `
          with near as (
            select ${BREACH_COLUMNS}
              from breach
             where breach.number > $1::bigint and breach.number <= $1::bigint + $5::int
               and breach.series_id in (select unnest($3::int[])) and ($4::text[] is null or breach.levels && $4)
             order by breach.number
             limit $2::int),
          far as (
            select found.*
              from unnest($3::int[]) as wanted (series_id)
             cross join lateral (
               select ${BREACH_COLUMNS}
                 from breach
                where breach.series_id = wanted.series_id and (breach.series_id, breach.number) > (wanted.series_id, $1::bigint + $5::int)
                  and ($4::text[] is null or breach.levels && $4)
                order by breach.number
                limit $2::int) as found
             where (select count(*) from near) < $2::int and $1::bigint + $5::int < outbox.last_number)
          select * from near
           union all
          select * from far
           order by number
           limit $2::int`;

/** The latest breaches of each alert, by number. */
export async function selectBreachesOfAlerts(db: Queryable, alertIds: readonly string[], perAlert: number): Promise<readonly BreachRow[]> {
  const { rows } = await db.query<BreachRow & Record<string, unknown>>({
    name: 'select_breaches_of_alerts',
    text: `
      select found.*
        from unnest($1::bigint[]) as wanted (alert_id)
       cross join lateral (
         select ${BREACH_COLUMNS}
           from breach
          where breach.alert_id = wanted.alert_id
          order by breach.number desc
          limit $2::int) as found
       order by found.number`,
    values: [alertIds, perAlert],
  });
  return rows;
}
