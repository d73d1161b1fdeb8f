import { ALERT_COLUMNS, type AlertRow } from './alert.ts';
import type { Level } from './catalogue.ts';
import { nearWindow } from './near-window.ts';
import { integers } from './parameter-text.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** Which alerts: of these series and whose gravest level is this, null being all, and whose life overlaps the window, whose null bounds are open. */
export interface AlertFilter {
  readonly seriesIds: readonly number[] | null;
  readonly level: Level | null;
  readonly states: 'open' | 'resolved' | 'any';
  readonly from: Instant | null;
  readonly to: Instant | null;
}

/** A page of them: behind the alert at which the one before ended, at most `limit`. */
export interface AlertQuestion extends AlertFilter {
  readonly after: { readonly openedAt: Instant; readonly id: string } | null;
  readonly limit: number;
}

/** Alerts, and the catalogue's version at the same moment. */
export interface FoundAlerts {
  readonly rows: readonly AlertRow[];
  readonly catalogueVersion: number;
}

/** Reads a page of alerts, the last opened first. */
export async function selectAlerts(db: Queryable, { after, limit, ...filter }: AlertQuestion): Promise<FoundAlerts> {
  const { seriesIds, level, states, from } = filter;
  const series = seriesIds === null ? null : integers(seriesIds);
  const page = [...endOf(filter, after), limit];
  if (states === 'open') return select(db, { name: 'select_open_alerts', text: OPEN, values: [...page, level, series] });
  const values = [...page, bound(from, '-infinity'), states === 'resolved', level];
  if (seriesIds === null) return select(db, { name: 'select_alerts', text: ALL, values });
  return select(db, { name: 'select_alerts_of_series', text: OF_SERIES, values: [...values, series, nearWindow(seriesIds)] });
}

/** Alerts come before this time and id: the end of the window or the place of the cursor, whichever is earlier, as one bound, so that an index is entered there. */
function endOf({ to }: AlertFilter, after: AlertQuestion['after']): readonly [string, string] {
  if (after !== null && (to === null || after.openedAt < to)) return [formatInstant(after.openedAt), after.id];
  return [bound(to, 'infinity'), '0'];
}

/** How many alerts there are. */
export async function countAlerts(db: Queryable, { seriesIds, level, states, from, to }: AlertFilter): Promise<number> {
  const series = seriesIds === null ? null : integers(seriesIds);
  const { rows } = await db.query<{ count: number }>(
    states === 'open'
      ? { name: 'count_open_alerts', text: COUNT_OPEN, values: [bound(to, 'infinity'), level, series] }
      : { name: 'count_alerts', text: COUNT, values: [bound(from, '-infinity'), bound(to, 'infinity'), states === 'resolved', level, series] },
  );
  return rows[0]?.count ?? 0;
}

/** The alerts with these ids, of those that there are. */
export async function selectAlertsById(db: Queryable, ids: readonly string[]): Promise<FoundAlerts> {
  return select(db, { name: 'select_alerts_by_id', text: withVersion(`select * from alert where id = any ($1::bigint[])`), values: [ids] });
}

/** What is open of these series, the last opened first. */
export async function selectOpenAlerts(db: Queryable, seriesIds: readonly number[]): Promise<FoundAlerts> {
  const text = withVersion('select * from alert where series_id = any ($1::int[]) and resolved_at is null');
  return select(db, { name: 'select_open_alerts_of_series', text, values: [integers(seriesIds)] });
}

async function select(db: Queryable, statement: { readonly name: string; readonly text: string; readonly values: unknown[] }): Promise<FoundAlerts> {
  const { rows } = await db.query<{ catalogueVersion: number } & (AlertRow | { id: null })>(statement);
  const [first] = rows;
  if (first === undefined) throw new Error('the catalogue has no row');
  return {
    rows: rows.flatMap(({ catalogueVersion: _version, ...row }) => (row.id === null ? [] : [row])),
    catalogueVersion: first.catalogueVersion,
  };
}

function bound(instant: Instant | null, open: string): string {
  return instant === null ? open : formatInstant(instant);
}

function withVersion(page: string): string {
  return `
      select catalogue.version as "catalogueVersion", found.*
        from catalogue
        left join lateral (select ${ALERT_COLUMNS} from (${page}) as alert) as found on true
       order by found."openedAt" desc, found.id::bigint desc`;
}

const NEWEST_FIRST = 'order by opened_at desc, id desc';
const BEFORE_END = '(opened_at, id) < ($1::timestamptz, $2::bigint)';
const IN_WINDOW = `opened_at >= $4::timestamptz and ${BEFORE_END}`;
const isOfLevel = (parameter: string) => `(${parameter}::text is null or level = ${parameter})`;
const OF_KIND = `(not $5::boolean or resolved_at is not null) and ${isOfLevel('$6')}`;
/** Not `= any`, which compares with each of thousands where the plan does not know the list. */
const isOneOf = (parameter: string) => `series_id in (select unnest(${parameter}::int[]))`;

/** Those that were opened before the window and were alive as it began come behind all that were opened in it, so they are only looked for where these do not fill the page. */
const aliveBefore = (condition: string) => `
          standing as materialized (
            select *
              from alert
             where tstzrange(least(opened_at, resolved_at), resolved_at) @> $4::timestamptz
               and isfinite($4::timestamptz) and (select count(*) from opened) < $3::int),
          alive as (
            select * from standing where opened_at < $4::timestamptz and ${BEFORE_END} and ${OF_KIND}${condition} ${NEWEST_FIRST} limit $3::int)
          select * from opened
           union all
          select * from alive
           ${NEWEST_FIRST}
           limit $3::int`;

const ALL = withVersion(`
          with opened as (
            select * from alert where ${IN_WINDOW} and ${OF_KIND} ${NEWEST_FIRST} limit $3::int),
          ${aliveBefore('')}`);

const OF_SERIES = withVersion(`
          with newest as materialized (
            select * from alert where ${IN_WINDOW} ${NEWEST_FIRST} limit $8::int),
          near as (
            select * from newest where ${isOneOf('$7')} and ${OF_KIND} ${NEWEST_FIRST} limit $3::int),
          told as (
            select (select count(*) from near) >= $3::int or (select count(*) from newest) < $8::int as everything),
          far as (
            select found.*
              from unnest($7::int[]) as wanted (series_id)
             cross join lateral (
               select *
                 from alert
                where alert.series_id = wanted.series_id and ${IN_WINDOW} and ${OF_KIND}
                ${NEWEST_FIRST}
                limit $3::int) as found
             where not (select everything from told)),
          opened as (
            select * from near where (select everything from told)
             union all
            select * from far),
          ${aliveBefore(` and ${isOneOf('$7')}`)}`);

const OPEN = withVersion(`
          select *
            from alert
           where resolved_at is null and ${BEFORE_END} and ${isOfLevel('$4')} and ($5::int[] is null or ${isOneOf('$5')})
           ${NEWEST_FIRST}
           limit $3::int`);

const COUNT = `
      select count(*) as count
        from alert
       where opened_at < $2::timestamptz and (opened_at >= $1::timestamptz or resolved_at is null or resolved_at > $1::timestamptz)
         and (not $3::boolean or resolved_at is not null) and ${isOfLevel('$4')} and ($5::int[] is null or ${isOneOf('$5')})`;

const COUNT_OPEN = `
      select count(*) as count
        from alert
       where resolved_at is null and opened_at < $1::timestamptz and ${isOfLevel('$2')} and ($3::int[] is null or ${isOneOf('$3')})`;
