import type { Catalogue, SeriesRow } from '../db/catalogue.ts';
import { checkThreshold, type ThresholdInput } from '../db/check-threshold.ts';
import type { Pool } from '../db/pool.ts';
import { endThreshold, insertThreshold, replaceThreshold } from '../db/threshold.ts';
import { type Instant, now } from '../db/time/instant.ts';
import { changeAndJudge } from './judging/change-and-judge.ts';
import { scopeHolds } from './status.ts';
import { subjectOfSeries } from './threshold-index.ts';

/** Adds a threshold that holds for all time, or as long as it says itself, and judges the present by it. Answers its id. */
export async function createThreshold(pool: Pool, input: ThresholdInput, present: Instant = now(), lateAfter?: number): Promise<string> {
  const terms = checkThreshold(input);
  return changeAndJudge(pool, { present, lateAfter }, async (client) => {
    const id = await insertThreshold(client, terms, present);
    return { result: id, changed: true, touched: (catalogue) => seriesInScope(catalogue, id) };
  });
}

/** Replaces a threshold from now on, and judges the present anew: the version so far is closed and keeps its judgement. */
export async function updateThreshold(pool: Pool, id: string, input: ThresholdInput, present: Instant, lateAfter?: number): Promise<void> {
  const terms = checkThreshold(input);
  await changeAndJudge(pool, { present, lateAfter }, async (client) => {
    await replaceThreshold(client, id, terms, present);
    return { result: undefined, changed: true, touched: (catalogue) => seriesInScope(catalogue, id) };
  });
}

/** Ends a threshold, and what holds by it; its versions keep their judgement of the past. */
export async function deleteThreshold(pool: Pool, id: string, present: Instant, lateAfter?: number): Promise<void> {
  await changeAndJudge(pool, { present, lateAfter }, async (client) => {
    await endThreshold(client, id, present);
    return { result: undefined, changed: true, touched: (catalogue) => seriesInScope(catalogue, id) };
  });
}

/** The series that a threshold speaks of, or spoke of before it was changed. */
function seriesInScope(catalogue: Catalogue, id: string): readonly SeriesRow[] {
  // What an earlier change has ended is judged already.
  const versions = catalogue.thresholds.filter((row) => row.id === id).slice(-2);
  return [...catalogue.series.values()].filter((series) =>
    versions.some(({ metricId, scope }) => metricId === series.metricId && scopeHolds(scope, subjectOfSeries(catalogue, series))),
  );
}
