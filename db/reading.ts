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
  const { name, text } = STATEMENTS[question.end][isCut ? 'cut' : 'whole'];
  const { rows } = await db.query<BeyondRow>({ name, text, values: parametersOf(question) });
  const beyond = new Map<number, BeyondCuts>();
  if (!isCut) return { rows: rows.flatMap((row) => toReading(row)), beyond };
  for (const { holder, earlier, later } of rows) beyond.set(holder, { earlier, later });
  return { rows: rows.flatMap((row) => toReading(row)), beyond };
}

type BeyondRow = { readonly [column in keyof ReadingRow]: ReadingRow[column] | null } & BeyondCuts & { readonly holder: number };

function toReading({ seriesId, time, value, derived }: BeyondRow): readonly ReadingRow[] {
  return seriesId === null || time === null || value === null || derived === null ? [] : [{ seriesId, time, value, derived }];
}

const MICROSECOND = `interval '1 microsecond'`;

/** The series that have anything in the window: others need not be looked for in each of its partitions. */
const ASKED = `
    with asked as materialized (
      select asked.series_id, asked.holder, $5::timestamptz + asked.after_start * ${MICROSECOND} as since, $6::timestamptz + asked.after_end * ${MICROSECOND} as until
        from unnest($1::int[], $2::int[], $3::int[], $4::int[]) as asked (series_id, holder, after_start, after_end)
        join series_latest as latest on latest.series_id = asked.series_id and latest.first_time < $8::timestamptz and latest.time >= $7::timestamptz)`;

/** Each series is asked through its key and stops early, so that a page costs a page, not the window. */
function page(direction: '' | ' desc'): string {
  return `
      select asked.holder, asked.series_id as "seriesId", reading.time, reading.value, reading.derived
        from asked
       cross join lateral (
         select reading.time, reading.value, reading.derived
           from reading
          where reading.series_id = asked.series_id and reading.time >= asked.since and reading.time < asked.until
            -- What is known when the statement is planned leaves out partitions and chunks once for all series.
            and reading.time >= $5::timestamptz and reading.time <= $6::timestamptz
          order by reading.time${direction}
          limit $9::int) as reading
       order by reading.time${direction}
       fetch first ($10::int) rows with ties`;
}

/** Whether any series of the holder has a reading there: the first that has ends the search. */
function anyOf(condition: string): string {
  return `exists (
             select from asked
              cross join lateral (select from reading where reading.series_id = asked.series_id and ${condition} limit 1) as reading
              where asked.holder = holder.number)`;
}

function compose(direction: '' | ' desc'): { readonly whole: string; readonly cut: string } {
  return {
    whole: `${ASKED}
      ${page(direction)}`,
    cut: `${ASKED}
    select holder.number as holder, holder.earlier, holder.later, page."seriesId", page.time, page.value, page.derived
      from (select number,
                   ${anyOf('reading.time >= $7::timestamptz and reading.time < asked.since and reading.time <= $5::timestamptz')} as earlier,
                   ${anyOf('reading.time >= asked.until and reading.time >= $6::timestamptz and reading.time < $8::timestamptz')} as later
              from (select distinct asked.holder as number from asked) as holder) as holder
      left join (${page(direction)}) as page on page.holder = holder.number`,
  };
}

const EARLIEST = compose('');
const LATEST = compose(' desc');
const STATEMENTS = {
  EARLIEST: { whole: { name: 'select_readings', text: EARLIEST.whole }, cut: { name: 'select_readings_cut', text: EARLIEST.cut } },
  LATEST: { whole: { name: 'select_readings_backwards', text: LATEST.whole }, cut: { name: 'select_readings_backwards_cut', text: LATEST.cut } },
} as const;

const NO_LIMIT = 2_147_483_647;

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
