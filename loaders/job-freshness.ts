import DataLoader from 'dataloader';
import { type JobFreshnessRow, selectJobFreshness } from '../db/etl/series-freshness.ts';
import { type JobSeriesRow, selectSeriesOfJobs } from '../db/etl/series-page.ts';
import { formatDuration } from '../db/time/duration.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { rowsInOrder } from './groups-in-order.ts';
import { lazily } from './lazily.ts';
import { createNestedPages } from './nested-pages.ts';
import type { Page, PageArguments } from './page.ts';
import type { Scene } from './scene.ts';

/** What a job has brought at all. */
export interface JobFreshness {
  readonly lastTime: string | null;
  readonly loadedAt: string | null;
  readonly readings: number;
  readonly late: number;
  readonly series: number;
}

/** How fresh is what jobs have brought, by a number of statements that depends on the document alone. */
export interface FreshnessLoaders {
  ofJob(jobId: string): Promise<JobFreshness>;
  seriesOfJob(jobId: string, page: PageArguments): Promise<Page<JobSeriesRow>>;
  /** How long ago an instant is, as ISO 8601. */
  lagOf(time: string): string;
}

const NOTHING: JobFreshness = { lastTime: null, loadedAt: null, readings: 0, late: 0, series: 0 };

const MICROS_PER_MILLISECOND = 1_000;

/** For one request. */
export function createFreshnessLoaders(scene: Scene): FreshnessLoaders {
  const { db, budget, catalogue } = scene;
  const jobs = lazily(
    () =>
      new DataLoader(
        async (ids: readonly string[]): Promise<(JobFreshnessRow | null)[]> => rowsInOrder(ids, await selectJobFreshness(db, ids), (row) => row.jobId),
      ),
  );
  return {
    ofJob: async (jobId) => (await jobs().load(jobId)) ?? NOTHING,
    seriesOfJob: createNestedPages({
      kind: 'etlSeries',
      isKey: isNumber,
      keyOf: ({ seriesId }: JobSeriesRow) => [seriesId] as const,
      parentOf: ({ jobId }) => jobId,
      // A series that came after this request had looked at the catalogue is told by the next.
      select: async (jobIds, after, limit) =>
        (await selectSeriesOfJobs(db, jobIds, { afterId: after?.[0] ?? 0, limit })).filter(({ seriesId }) => catalogue.series.has(seriesId)),
      charge: (nodes) => budget.chargeNodes(nodes),
    }),
    lagOf(time) {
      const lag = Math.max(0, scene.now - (parseRfc3339(time) ?? scene.now));
      return formatDuration({ months: 0, days: 0, micros: lag - (lag % MICROS_PER_MILLISECOND) });
    },
  };
}

function isNumber(key: readonly unknown[]): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0]) && Math.abs(Number(key[0])) <= 2_147_483_647;
}
