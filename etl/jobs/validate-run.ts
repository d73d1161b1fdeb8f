import { type SeriesSum, selectStoredOfBatches, type Written } from '../../db/etl/batch.ts';
import { selectGaps } from '../../db/etl/gap.ts';
import { selectRunCounts } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import { selectSeriesNames } from '../../db/etl/series-name.ts';
import { selectCommonestRejected } from '../../db/rejected-page.ts';
import type { Store } from '../../db/store.ts';
import { formatDuration } from '../../db/time/duration.ts';
import { formatInstant } from '../../db/time/instant.ts';
import type { Job } from './job.ts';
import { type SeriesProblem, TooManyRejectsError, ValidationFailedError } from './run-errors.ts';

/** What validation looked at. */
export interface Validated {
  readonly series: number;
  readonly readings: number;
}

/** Of a sum over readings, by the sum of their magnitudes. */
const TOLERANCE = 1e-9;
/** Series that are compared in one statement. */
const SERIES_AT_ONCE = 1000;

/** A series and what is wrong with it. */
type Found = readonly [seriesId: number, problem: string];

/** What is validated after a load. */
export interface Validation {
  readonly store: Store;
  readonly job: Job;
  readonly claim: RunClaim;
  /** What the batches of the run wrote, by series. */
  readonly written: Written;
}

/**
 * Compares what a run wrote, in all of its attempts, with what is stored of it: count and sum of each series, corrections made since counted back; then looks for gaps, and at the share of rejects.
 * Throws ValidationFailedError naming the series, or TooManyRejectsError.
 */
export async function validateRun({ store, job, claim, written: { batchIds, series } }: Validation): Promise<Validated> {
  const problems = new Map<number, string>();
  for (let from = 0; from < series.length; from += SERIES_AT_ONCE) {
    const some = series.slice(from, from + SERIES_AT_ONCE);
    for (const [seriesId, problem] of await compare(store, batchIds, some)) problems.set(seriesId, problem);
    for (const [seriesId, problem] of await lookForGaps(store, job, some)) if (!problems.has(seriesId)) problems.set(seriesId, problem);
  }
  if (problems.size > 0) throw new ValidationFailedError(await named(store, problems));
  const { received, rejected } = await selectRunCounts(store.writePool, claim.runId);
  const allowed = job.limits.rejectedShare;
  if (rejected > received * allowed)
    throw new TooManyRejectsError({ rejected, received, allowed, example: await selectCommonestRejected(store.writePool, claim.runId) });
  return { series: series.length, readings: series.reduce((sum, { count }) => sum + count, 0) };
}

async function compare(store: Store, batchIds: readonly number[], written: readonly SeriesSum[]): Promise<readonly Found[]> {
  const stored = new Map((await selectStoredOfBatches(store.writePool, batchIds, written)).map((row) => [row.seriesId, row]));
  return written.flatMap(({ seriesId, count, sum, magnitude }): readonly Found[] => {
    const found = stored.get(seriesId);
    if (found === undefined || found.count !== count) return [[seriesId, `has ${found?.count ?? 0} readings of the ${count} that were written`]];
    if (Math.abs(found.sum - sum) > TOLERANCE * magnitude)
      return [[seriesId, `has readings that add up to ${found.sum}, but those that were written to ${sum}`]];
    return [];
  });
}

/** Twice the cadence where the job does not say more: one reading may be missing. */
async function lookForGaps(store: Store, { limits: { cadence, maxGap } }: Job, written: readonly SeriesSum[]): Promise<readonly Found[]> {
  const longest = maxGap ?? (cadence === null ? null : 2 * cadence);
  if (longest === null) return [];
  const gaps = await selectGaps(store.writePool, written, longest);
  return gaps.map(({ seriesId, after, length, gaps: count }): Found => {
    const missing = cadence === null ? '' : `, ${Math.round(length / cadence) - 1} readings`;
    const others = count > 1 ? ` and ${count - 1} other gaps` : '';
    return [seriesId, `has none for ${durationText(length)} after ${formatInstant(after)}${missing}${others}; the longest allowed is ${durationText(longest)}`];
  });
}

async function named(store: Store, problems: ReadonlyMap<number, string>): Promise<readonly SeriesProblem[]> {
  const names = await selectSeriesNames(store.writePool, [...problems.keys()]);
  return names.map(({ seriesId, ...name }) => ({ ...name, problem: problems.get(seriesId) ?? '' }));
}

function durationText(micros: number): string {
  return formatDuration({ months: 0, days: 0, micros });
}
