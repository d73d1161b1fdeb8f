import type { Queryable } from './pool.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, type TimeWindow } from './time/instant.ts';

/** A stale day of a series as it was read: deleted only while its generation is still this one. */
export interface StaleDayMarker {
  readonly seriesId: number;
  readonly day: string;
  readonly generation: number;
}

/** A day on which series are stale. */
export interface StaleDays {
  /** Its first instant, in UTC. */
  readonly day: Instant;
  /** One for every series that is stale on it. */
  readonly markers: number;
  /** How many loads have raised one of them; it grows with each. */
  readonly touches: number;
}

/** The stale days in order. */
export async function selectStaleDays(db: Queryable): Promise<readonly StaleDays[]> {
  const { rows } = await db.query<{ day: string; markers: number; touches: number }>({
    name: 'select_stale_days',
    text: `select day::text as day, count(*) as markers, sum(generation)::bigint as touches from stale_day group by day order by day`,
    values: [],
  });
  return rows.map(({ day, ...counts }) => ({ day: Date.parse(`${day}T00:00:00Z`) * 1000, ...counts }));
}

/** How far the rollups are behind: (series, UTC day) pairs, days, and the oldest reading that they do not have yet; null where they have all. */
export interface StaleSummary {
  readonly markers: number;
  readonly days: number;
  readonly oldest: string | null;
}

/** Counts the stale days. */
export async function selectStaleSummary(db: Queryable): Promise<StaleSummary> {
  const { rows } = await db.query<StaleSummary>({ text: 'select count(*) as markers, count(distinct day) as days, min(since) as oldest from stale_day' });
  const [summary] = rows;
  if (summary === undefined) throw new Error('the statement that counts stale days gave no row');
  return summary;
}

// A row that somebody changed after the statement's snapshot is locked but not found again by its place: it is then left as one that is held.
// Rows are named by their place and never joined with the rows of a common table expression: of a table that is nearly empty most of the time, PostgreSQL expects a row or two,
// and compares each of thousands with each (6,400 markers: 5 s of a core, with all of them locked).

/**
 * Takes the markers in a window of whole UTC days, as committed by now: from now on `touched_since` is the earliest instant touched after this. Of a marker that a writer holds
 * (`held` are so many) it stays as it is, because what that writer touches has to be in it, and is earlier than it need be. Taken again before they are refreshed, they are those that
 * were held or touched since.
 */
export async function takeStaleDays(db: Queryable, window: TimeWindow): Promise<{ readonly markers: readonly StaleDayMarker[]; readonly held: number }> {
  const { rows } = await db.query<StaleDayMarker & { wasTaken: boolean; taken: number }>({
    name: 'take_stale_days',
    text: `
      with taken as (
        update stale_day set touched_since = 'infinity'
         where ctid = any (array(
           select ctid from stale_day where day >= $1::date and day < $2::date and touched_since is distinct from 'infinity' for update skip locked))
        returning 1)
      select series_id as "seriesId", day::text as day, generation, touched_since is not distinct from 'infinity' as "wasTaken", (select count(*) from taken) as taken
        from stale_day where day >= $1::date and day < $2::date`,
    values: [formatInstant(window.from).slice(0, 10), formatInstant(window.to).slice(0, 10)],
  });
  return { markers: rows, held: rows.filter(({ wasTaken }) => !wasTaken).length - (rows[0]?.taken ?? 0) };
}

/**
 * Of markers that were raised since they were taken, brings the beginning up to what was touched since: all before it is in the rollups now. Otherwise a day that is written to
 * all the time would stay stale from its first reading on. Who holds a marker is about to raise it, with his instants: it is left as it is, and counted in the answer.
 */
export async function advanceStaleDays(db: Queryable, markers: readonly StaleDayMarker[]): Promise<{ readonly held: number }> {
  const { rows } = await db.query<{ held: number }>({
    name: 'advance_stale_days',
    text: `
      with present as materialized (
        select s.ctid as place
          from stale_day as s
          join unnest($1::int[], $2::date[]) as read (series_id, day) on read.series_id = s.series_id and read.day = s.day),
      free as materialized (
        select ctid as place from stale_day where ctid = any (array(select place from present)) for update skip locked),
      advanced as (
        update stale_day set since = touched_since
         where ctid = any (array(select place from free)) and touched_since > since and touched_since < 'infinity')
      select (select count(*) from present) - (select count(*) from free) as held`,
    values: [markers.map((marker) => marker.seriesId), markers.map((marker) => marker.day)],
  });
  return { held: rows[0]?.held ?? 0 };
}

/** Deletes the markers that nobody has raised since they were read. A marker that a writer holds right now is about to be raised: it is passed over, not waited for. */
export async function deleteStaleDays(db: Queryable, markers: readonly StaleDayMarker[]): Promise<number> {
  const { rows } = await db.query<{ deleted: number }>({
    name: 'delete_stale_days',
    text: `
      with deleted as (
        delete from stale_day
         where ctid = any (array(
           select s.ctid
             from stale_day as s
             join unnest($1::int[], $2::date[], $3::bigint[]) as read (series_id, day, generation)
               on read.series_id = s.series_id and read.day = s.day and read.generation = s.generation
              for update of s skip locked))
        returning 1)
      select count(*) as deleted from deleted`,
    values: [markers.map((marker) => marker.seriesId), markers.map((marker) => marker.day), markers.map((marker) => marker.generation)],
  });
  return rows[0]?.deleted ?? 0;
}

const MAX_MARKERS = 20_000;
const MAX_DAYS = 64;

/** Merges neighbouring stale days into windows of whole UTC days, bounded so that one refresh stays a transaction of seconds. */
export function mergeIntoWindows(days: readonly { readonly day: Instant; readonly markers: number }[]): TimeWindow[] {
  const windows: TimeWindow[] = [];
  let current: { from: Instant; to: Instant; markers: number } | null = null;
  for (const { day, markers } of days) {
    const fits: boolean = current !== null && current.to === day && current.markers + markers <= MAX_MARKERS && day - current.from < MAX_DAYS * MICROS_PER_DAY;
    if (current !== null && fits) {
      current = { from: current.from, to: day + MICROS_PER_DAY, markers: current.markers + markers };
      windows[windows.length - 1] = { from: current.from, to: current.to };
    } else {
      current = { from: day, to: day + MICROS_PER_DAY, markers };
      windows.push({ from: current.from, to: current.to });
    }
  }
  return windows;
}
