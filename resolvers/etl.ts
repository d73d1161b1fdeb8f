import { formatInstant } from '../db/time/instant.ts';
import { writeSlaMissCursor } from '../loaders/etl-runs.ts';
import { found } from './found.ts';
import type {
  BatchResolvers,
  CorrectionResolvers,
  EtlFreshnessResolvers,
  EtlJobResolvers,
  EtlRunResolvers,
  EtlSeriesResolvers,
  MutationResolvers,
  QueryResolvers,
  SlaMissResolvers,
} from './types.generated.ts';

/** Jobs, their runs, and what they brought. */
export const etlResolvers = {
  Query: {
    etlJobs: async (_root, _args, { open, jobs }) => (await open()).charged([...(await jobs()).values()]),
    etlJob: async (_root, { id }, { open, jobs }) => (await open()) && ((await jobs()).get(id) ?? null),
    etlRuns: async (_root, args, { open }) => (await open()).runs.page(args),
    etlRun: async (_root, { id }, { open }) => (await open()).runs.byId(id),
    batch: async (_root, { id }, { open }) => (await open()).lineage.batch(id),
    corrections: async (_root, args, { open }) => (await open()).lineage.corrections(args),
    slaMisses: async (_root, args, { open }) => (await open()).runs.slaMisses(args),
  } satisfies QueryResolvers,
  Mutation: {
    startEtlRun: async (_root, { job, dryRun, ...window }, { open, change, etl }) => {
      const request = { jobId: job, window: (await open()).runs.readRunWindow(window), dryRun };
      const { result, loaders } = await change(() => etl.start(request));
      return found(await loaders.runs.byNumber(result), 'run', String(result));
    },
  } satisfies MutationResolvers,
  EtlJob: {
    nextRunAt: ({ nextRunAt }) => (nextRunAt === null ? null : formatInstant(nextRunAt)),
    freshness: ({ id }, _args, { loaders }) => loaders.freshness.ofJob(id),
    series: ({ id }, page, { loaders }) => loaders.freshness.seriesOfJob(id, page),
    lastRun: ({ id }, _args, { loaders }) => loaders.runs.lastOf(id),
    lastSuccess: ({ id }, _args, { loaders }) => loaders.runs.lastSuccessOf(id),
  } satisfies EtlJobResolvers,
  EtlFreshness: {
    lag: ({ lastTime }, _args, { loaders }) => (lastTime === null ? null : loaders.freshness.lagOf(lastTime)),
  } satisfies EtlFreshnessResolvers,
  EtlSeries: {
    sensor: ({ seriesId }, _args, { loaders }) => loaders.places.sensorOfSeries(seriesId),
    location: ({ seriesId }, _args, { loaders }) => loaders.places.locationOfSeries(seriesId),
    metric: ({ seriesId }, _args, { loaders }) => loaders.places.metricOfSeries(seriesId),
    lag: ({ lastTime }, _args, { loaders }) => loaders.freshness.lagOf(lastTime),
  } satisfies EtlSeriesResolvers,
  EtlRun: {
    id: ({ id }) => String(id),
    job: async ({ jobId }, _args, { jobs }) => (await jobs()).get(jobId) ?? null,
    queuedAt: ({ createdAt }) => createdAt,
    nextAttemptAt: ({ state, dueAt }) => (state === 'QUEUED' ? dueAt : null),
    steps: (run, _args, { loaders }) => loaders.runs.stepsOf(run),
    batches: ({ id }, page, { loaders }) => loaders.lineage.batchesOfRun(id, page),
  } satisfies EtlRunResolvers,
  Batch: {
    id: ({ id }) => String(id),
    run: ({ runId }, _args, { loaders }) => (runId === null ? null : loaders.runs.byNumber(runId)),
    corrections: ({ id }, page, { loaders }) => loaders.lineage.correctionsOf(id, page),
  } satisfies BatchResolvers,
  Correction: {
    sensor: ({ seriesId }, _args, { loaders }) => loaders.places.sensorOfSeries(seriesId),
    location: ({ seriesId }, _args, { loaders }) => loaders.places.locationOfSeries(seriesId),
    metric: ({ seriesId }, _args, { loaders }) => loaders.places.metricOfSeries(seriesId),
    oldBatch: ({ oldBatchId }, _args, { loaders }) => (oldBatchId === null ? null : loaders.lineage.batchByNumber(oldBatchId)),
    newBatch: ({ batchId }, _args, { loaders }) => loaders.lineage.batchByNumber(batchId),
  } satisfies CorrectionResolvers,
  SlaMiss: {
    id: ({ id }) => String(id),
    cursor: ({ id }) => writeSlaMissCursor(id),
    job: async ({ jobId }, _args, { jobs }) => (await jobs()).get(jobId) ?? null,
    run: (miss, _args, { loaders }) => loaders.runs.runOfTick(miss),
  } satisfies SlaMissResolvers,
};
