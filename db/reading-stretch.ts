import { integers } from './parameter-text.ts';
import type { Queryable } from './pool.ts';
import { type NumberText, readNumbers, splitNumbers } from './text-list.ts';
import { formatInstant, type Instant, MICROS_PER_SECOND } from './time/instant.ts';

/** A cut through all readings: between two instants or, where readings share one, between two places in the order of the series asked for. */
export interface StretchCut {
  readonly time: Instant;
  /** Readings at that very instant lie before the cut where the place of their series is less. */
  readonly place: number;
}

/** Readings of a stretch of time, of all series together. */
export interface StretchQuestion {
  /** In the order that readings of one instant have. */
  readonly seriesIds: readonly number[];
  readonly behind: StretchCut;
  readonly before: StretchCut;
  /** Where to begin: with the earliest or with the latest. */
  readonly end: 'EARLIEST' | 'LATEST';
  /** At most so many. */
  readonly limit: number;
}

/** Readings as columns, in the order asked for. */
export interface StretchColumns {
  /** The place of a reading's series among those asked for. */
  readonly places: readonly number[];
  readonly times: readonly Instant[];
  readonly values: readonly NumberText[];
  /** A character for each: `DERIVED`, or another one. */
  readonly derived: string;
}

export const DERIVED = '1';

/** Each series is asked through its key, for this stretch alone: long lists are read stretch by stretch, each row once. One text a column, as pg takes long to read rows. */
export async function selectReadingStretch(db: Queryable, { seriesIds, behind, before, end, limit }: StretchQuestion): Promise<StretchColumns> {
  const { rows } = await db.query<TextColumns>({
    name: end === 'EARLIEST' ? 'select_reading_stretch' : 'select_reading_stretch_backwards',
    text: end === 'EARLIEST' ? EARLIEST : LATEST,
    values: [integers(seriesIds), formatInstant(behind.time), behind.place, formatInstant(before.time), before.place, limit],
  });
  const row = rows[0];
  if (row === undefined) throw new Error('the statement that reads a stretch of readings gave no row');
  return {
    places: readNumbers(row.places),
    times: readNumbers(row.times).map((second) => Math.round(second * MICROS_PER_SECOND)),
    values: splitNumbers(row.values),
    derived: row.derived ?? '',
  };
}

interface TextColumns {
  readonly places: string | null;
  readonly times: string | null;
  readonly values: string | null;
  readonly derived: string | null;
}

function compose(direction: '' | ' desc'): string {
  return `
    select string_agg(page.place::text, ',') as places, string_agg(date_part('epoch', page.time)::text, ',') as times, string_agg(page.value::text, ',') as values,
           string_agg(case when page.derived then '${DERIVED}' else '0' end, '') as derived
      from (
        select asked.place, reading.time, reading.value, reading.derived
          from (select series_id, place - 1 as place from unnest($1::int[]) with ordinality as asked (series_id, place)) as asked
         cross join lateral (
           select reading.time, reading.value, reading.derived
             from reading
            where reading.series_id = asked.series_id
              and reading.time >= $2::timestamptz and (reading.time > $2::timestamptz or asked.place >= $3::bigint)
              and reading.time <= $4::timestamptz and (reading.time < $4::timestamptz or asked.place < $5::bigint)) as reading
         order by reading.time${direction}, asked.place${direction}
         limit $6::int) as page`;
}

const EARLIEST = compose('');
const LATEST = compose(' desc');
