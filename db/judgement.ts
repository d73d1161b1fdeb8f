import type { Level } from './catalogue.ts';
import type { Queryable } from './pool.ts';
import type { Instant } from './time/instant.ts';

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

/** Where the judging of a series stands, and from when its newest verdict is. */
export interface SeriesStanding {
  readonly judgement: Judgement;
  readonly verdictAt: Instant | null;
}

/** The same for all series, in the order given: a series that is idle may have become so after its newest reading, by a change of what it is judged by. */
export async function selectSeriesStandings(db: Queryable, seriesIds: readonly number[]): Promise<readonly SeriesStanding[]> {
  const { rows } = await db.query<{ state: Judgement | null; verdictAt: Instant | null }>({
    name: 'select_series_standings',
    text: `
      select judgement.state,
             (select (extract(epoch from max(verdict.time)) * 1000000)::bigint from verdict where verdict.series_id = wanted.series_id) as "verdictAt"
        from unnest($1::int[]) with ordinality as wanted (series_id, position)
        left join judgement on judgement.series_id = wanted.series_id
       order by wanted.position`,
    values: [seriesIds],
  });
  return rows.map(({ state, verdictAt }) => ({ judgement: state ?? IDLE, verdictAt }));
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
