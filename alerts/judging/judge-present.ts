import type { NewBreach } from '../../db/breach.ts';
import type { Catalogue, SeriesRow } from '../../db/catalogue.ts';
import { IDLE, selectJudgements } from '../../db/judgement.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { NewestReading } from '../../db/watch.ts';
import { type JudgingOutcome, writeOutcomes } from './judging-outcome.ts';
import { outcomeAt, type Standing } from './outcome-at.ts';

/**
 * Judges the newest readings of series by the rules in force at `present`, whatever brought these. The caller sees to it that nobody writes these series.
 * Answers the breaches for the end of the transaction.
 */
export async function judgePresent(client: Queryable, catalogue: Catalogue, newest: readonly NewestReading[], present: Instant): Promise<readonly NewBreach[]> {
  // A reading may be an hour ahead of the clock, and another instance's clock a little: nothing is judged before what is judged already.
  return judge(client, catalogue, newest, (standing) => outcomeAt(catalogue, standing, Math.max(present, standing.last.time, standing.verdictAt), false));
}

/** The same at the edge of a window: a load has judged that of series which have a reading since then, or a verdict at a later edge. */
export async function judgeEdge(
  client: Queryable,
  catalogue: Catalogue,
  newest: readonly NewestReading[],
  { edge, isLate }: { readonly edge: Instant; readonly isLate: boolean },
): Promise<readonly NewBreach[]> {
  const before = newest.filter(({ time, verdictAt }) => time !== null && time < edge && (verdictAt === null || verdictAt <= edge));
  return judge(client, catalogue, before, (standing) => outcomeAt(catalogue, standing, edge, isLate));
}

async function judge(
  client: Queryable,
  catalogue: Catalogue,
  newest: readonly NewestReading[],
  outcomeOf: (standing: Standing) => JudgingOutcome | null,
): Promise<readonly NewBreach[]> {
  if (newest.length === 0) return [];
  const standings = await standingsOf(client, catalogue, newest);
  return writeOutcomes(
    client,
    standings.map(outcomeOf).filter((outcome) => outcome !== null),
  );
}

/** How series stand that have a reading, in the order given. */
export async function standingsOf(client: Queryable, catalogue: Catalogue, newest: readonly NewestReading[]): Promise<readonly Standing[]> {
  const judgements = await selectJudgements(
    client,
    newest.map(({ seriesId }) => seriesId),
  );
  return newest.flatMap(({ seriesId, time, value, verdictAt }): readonly Standing[] => {
    const series: SeriesRow | undefined = catalogue.series.get(seriesId);
    if (series === undefined || time === null || value === null) return [];
    return [{ series, last: { time, value }, verdictAt: verdictAt ?? time, judgement: judgements.get(seriesId) ?? IDLE }];
  });
}
