import type { Level } from './catalogue.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** How one threshold stands towards a series: it waits until its duration has passed, it holds, or it holds until the value has been out of the band for long enough. */
export interface StoredRuleState {
  readonly thresholdId: string;
  readonly phase: 'PENDING' | 'ACTIVE' | 'CLEARING';
  readonly since: Instant;
}

/** What judging needs to know of the alert that is open, without asking for it. */
export interface OpenAlert {
  readonly id: string;
  readonly level: Level;
  readonly thresholdId: string;
  readonly openedAt: Instant;
  /** The value farthest into the band; null for silence. */
  readonly peak: number | null;
}

/** Where the judging of a series stands after its newest reading, and after what has happened without one. */
export interface Judgement {
  readonly rules: readonly StoredRuleState[];
  readonly band: OpenAlert | null;
  readonly noData: OpenAlert | null;
}

/** The judgement of a series. */
export interface JudgementRow extends Judgement {
  readonly seriesId: number;
}

/** Of a series for which nothing holds, waits or is open: it has no row. */
export const IDLE: Judgement = { rules: [], band: null, noData: null };

/** The judgements of series, by series; those that are idle are left out. Who is to write them holds the locks of the series. */
export async function selectJudgements(db: Queryable, seriesIds: readonly number[]): Promise<ReadonlyMap<number, Judgement>> {
  const { rows } = await db.query<{ seriesId: number; state: Judgement }>({
    name: 'select_judgements',
    text: `select series_id as "seriesId", state from judgement where series_id = any ($1::int[])`,
    values: [seriesIds],
  });
  return new Map(rows.map(({ seriesId, state }) => [seriesId, state]));
}

/** Where the judging of a series stands. */
export interface SeriesStanding {
  readonly judgement: Judgement;
  /** From when its newest verdict is; null where that is before what was asked for. */
  readonly verdictAt: Instant | null;
}

/** How series stand, with their verdicts from an instant on; those that are idle and have none are left out. */
export async function selectSeriesStandings(db: Queryable, seriesIds: readonly number[], since: Instant): Promise<ReadonlyMap<number, SeriesStanding>> {
  const { rows } = await db.query<{ seriesId: number; state: Judgement | null; verdictAt: Instant | null }>({
    name: 'select_series_standings',
    // No join: by any plan each relation is read once.
    text: `
      select series_id as "seriesId", state, null as "verdictAt" from judgement where series_id = any ($1::int[])
       union all
      select series_id, null, (extract(epoch from max(time)) * 1000000)::bigint from verdict where series_id = any ($1::int[]) and time >= $2::timestamptz group by series_id`,
    values: [seriesIds, formatInstant(since)],
  });
  const standings = new Map<number, SeriesStanding>();
  for (const { seriesId, state, verdictAt } of rows) {
    const known = standings.get(seriesId);
    standings.set(seriesId, { judgement: state ?? known?.judgement ?? IDLE, verdictAt: verdictAt ?? known?.verdictAt ?? null });
  }
  return standings;
}

/** Writes the judgements of series whose locks the caller holds; an idle one ends its row. */
export async function writeJudgements(db: Queryable, judgements: readonly JudgementRow[]): Promise<void> {
  if (judgements.length === 0) return;
  await db.query({
    name: 'write_judgements',
    text: `
      with news as materialized (select * from unnest($1::int[], $2::jsonb[]) as news (series_id, state)),
      idle as (delete from judgement using news where judgement.series_id = news.series_id and news.state is null)
      insert into judgement (series_id, state)
      select series_id, state from news where state is not null
          on conflict (series_id) do update set state = excluded.state`,
    values: [judgements.map((judgement) => judgement.seriesId), judgements.map(textOf)],
  });
}

function textOf({ rules, band, noData }: Judgement): string | null {
  return rules.length === 0 && band === null && noData === null ? null : JSON.stringify({ rules, band, noData } satisfies Judgement);
}
