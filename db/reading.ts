import { integers } from './parameter-text.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant, type TimeWindow } from './time/instant.ts';

/** One reading as stored. */
export interface ReadingRow {
  readonly seriesId: number;
  readonly time: string;
  readonly value: number;
  readonly derived: boolean;
}

/** A cut through the readings of all series, between two instants or, for each series on its own side, beside the reading at one. */
export interface ReadingCut {
  readonly time: Instant;
  /** The series whose reading at that very instant lies before the cut; all others' lies behind it. */
  readonly seriesBefore: ReadonlySet<number>;
}

/** A series and the holder whose page it is read for, by number. */
export interface AskedSeries {
  readonly id: number;
  readonly holder: number;
}

/** Which readings: of these series, inside the window, between the cuts, from one end on. */
export interface ReadingQuestion {
  readonly series: readonly AskedSeries[];
  readonly window: TimeWindow;
  /** What is not behind it is left out; null cuts nothing off. */
  readonly behind: ReadingCut | null;
  /** What is not before it is left out; null cuts nothing off. */
  readonly before: ReadingCut | null;
  /** Where to begin: with the earliest or with the latest. */
  readonly end: 'EARLIEST' | 'LATEST';
  /** At most so many of each series. */
  readonly perSeries: number;
  /** At most so many altogether, but never parting readings of one instant; null is no limit. */
  readonly altogether: number | null;
}

/** What a holder has in the window beyond the cuts. */
export interface BeyondCuts {
  readonly earlier: boolean;
  readonly later: boolean;
}

/** Readings by time alone, those of one instant in no order; and what lies beyond the cuts, by holder: nothing of a holder that is missing. */
export interface ReadingAnswer {
  readonly rows: readonly ReadingRow[];
  readonly beyond: ReadonlyMap<number, BeyondCuts>;
}

/** All of one statement, so that what lies beyond a page is of the same moment as the page. */
export async function selectReadings(db: Queryable, question: ReadingQuestion): Promise<ReadingAnswer> {
  const isCut = question.behind !== null || question.before !== null;
  // Of one series, or of pages apart, there is nothing that others could bound.
  const { whole, cut } = STATEMENTS[question.end][question.series.length > 1 && question.altogether !== null ? 'many' : 'few'];
  // A tag, not a name: without the window PostgreSQL expects few readings, and would keep a plan that reads and sorts all of it for a page.
  const { rows } = await db.query<BeyondRow>({ text: isCut ? cut : whole, values: parametersOf(question) });
  const beyond = new Map<number, BeyondCuts>();
  if (!isCut) return { rows: rows.flatMap((row) => toReading(row)), beyond };
  for (const { holder, earlier, later } of rows) beyond.set(holder, { earlier, later });
  return { rows: rows.flatMap((row) => toReading(row)), beyond };
}

type BeyondRow = { readonly [column in keyof ReadingRow]: ReadingRow[column] | null } & BeyondCuts & { readonly holder: number };

function toReading({ seriesId, time, value, derived }: BeyondRow): readonly ReadingRow[] {
  return seriesId === null || time === null || value === null || derived === null ? [] : [{ seriesId, time, value, derived }];
}

const NO_LIMIT = 2_147_483_647;

const MICROSECOND = `interval '1 microsecond'`;

/** The series that have anything in the window: others need not be looked for in each of its partitions. */
const ASKED = `
    with asked as materialized (
      select asked.series_id, asked.holder, asked.after_start, asked.after_end,
             $5::timestamptz + asked.after_start * ${MICROSECOND} as since, $6::timestamptz + asked.after_end * ${MICROSECOND} as until
        from unnest($1::int[], $2::int[], $3::int[], $4::int[]) as asked (series_id, holder, after_start, after_end)
        join series_latest as latest on latest.series_id = asked.series_id and latest.first_time < $8::timestamptz and latest.time >= $7::timestamptz)`;

/** What of a series lies between the cuts. */
const BETWEEN = `reading.series_id = asked.series_id
            -- What is known when the statement is planned leaves out partitions and chunks once for all series, and tells how many readings there are: of bounds that come with
            -- each series PostgreSQL expects a two-hundredth of them, and reads and sorts the whole window instead of walking through the key.
            and reading.time >= $5::timestamptz and reading.time <= $6::timestamptz
            and (asked.after_start = 0 or reading.time > $5::timestamptz) and (asked.after_end = 1 or reading.time < $6::timestamptz)`;

/**
 * Where a page of many series ends at the latest. Of each series twice its share of a page is looked at; as many of these as are wanted lie before the instant at which the last
 * of them was measured, and so do as many of all. Without it a page would cost a page of each series. Where there are too few, as of series that end, there is no such instant.
 */
function limit(direction: Direction): string {
  return `,
    near as materialized (
      select reading.time
        from asked
       cross join lateral (
         select reading.time
           from reading
          where ${BETWEEN}
          order by reading.time${direction}
          limit (select ceil(2.0 * $10::int / greatest(count(*), 1))::int from asked)) as reading),
    bound as materialized (
      select coalesce((select time from near order by time${direction} offset $10::int - 1 limit 1), ${direction === '' ? "'infinity'" : "'-infinity'"}) as time)`;
}

type Direction = '' | ' desc';

/** Each series is asked through its key and stops early, so that a page costs a page, not the window. */
function page(direction: Direction, isBound: boolean): string {
  return `
      select asked.holder, asked.series_id as "seriesId", reading.time, reading.value, reading.derived
        from asked
       cross join lateral (
         select reading.time, reading.value, reading.derived
           from reading
          where ${BETWEEN}${
            isBound
              ? `
            and reading.time ${direction === '' ? '<=' : '>='} (select time from bound)`
              : ''
          }
          order by reading.time${direction}
          limit $9::int) as reading
       order by reading.time${direction}
       fetch first ($10::int) rows with ties`;
}

/** Of each holder whether any of its series has a reading beyond the cuts: a look through the key for each. */
const BEYOND = `,
    beyond as materialized (
      select asked.holder,
             bool_or(exists (
               select from reading
                where reading.series_id = asked.series_id and reading.time >= $7::timestamptz and reading.time < asked.since and reading.time <= $5::timestamptz)) as earlier,
             bool_or(exists (
               select from reading
                where reading.series_id = asked.series_id and reading.time >= asked.until and reading.time >= $6::timestamptz and reading.time < $8::timestamptz)) as later
        from asked
       group by asked.holder)`;

interface Texts {
  readonly whole: string;
  readonly cut: string;
}

function compose(direction: Direction, isBound: boolean): Texts {
  const asked = `${ASKED}${isBound ? limit(direction) : ''}`;
  const tag = `select_readings${direction === '' ? '' : '_backwards'}${isBound ? '_of_many' : ''}`;
  return {
    whole: `/* ${tag} */ ${asked}
      ${page(direction, isBound)}`,
    cut: `/* ${tag}_cut */ ${asked}${BEYOND}
    select beyond.holder, beyond.earlier, beyond.later, page."seriesId", page.time, page.value, page.derived
      from beyond
      left join (${page(direction, isBound)}) as page on page.holder = beyond.holder`,
  };
}

/** `many`: of a page that several series share. */
const STATEMENTS: Readonly<Record<ReadingQuestion['end'], { readonly few: Texts; readonly many: Texts }>> = {
  EARLIEST: { few: compose('', false), many: compose('', true) },
  LATEST: { few: compose(' desc', false), many: compose(' desc', true) },
};

function parametersOf({ series, window, behind, before, perSeries, altogether }: ReadingQuestion): unknown[] {
  const start = boundOf(behind, window, window.from);
  const end = boundOf(before, window, window.to);
  return [
    integers(series.map(({ id }) => id)),
    integers(series.map(({ holder }) => holder)),
    integers(series.map(({ id }) => Number(start.seriesBefore.has(id)))),
    integers(series.map(({ id }) => Number(end.seriesBefore.has(id)))),
    formatInstant(start.time),
    formatInstant(end.time),
    formatInstant(window.from),
    formatInstant(window.to),
    perSeries,
    altogether ?? NO_LIMIT,
  ];
}

/** Where a page begins or ends at the latest: a cut outside of the window does not widen it. */
function boundOf(cut: ReadingCut | null, { from, to }: TimeWindow, byDefault: Instant): ReadingCut {
  if (cut === null) return { time: byDefault, seriesBefore: NONE };
  if (cut.time < from) return { time: from, seriesBefore: NONE };
  return cut.time >= to ? { time: to, seriesBefore: NONE } : cut;
}

const NONE: ReadonlySet<number> = new Set();
