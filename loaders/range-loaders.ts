import type { SensorRow, SeriesRow } from '../db/catalogue.ts';
import { createDownsampleLoaders, type DownsampleArguments, type DownsampledNode, downsample, linesOf } from './downsample.ts';
import type { LatestLoader } from './latest.ts';
import { checkMetric } from './metrics.ts';
import type { Scene } from './scene.ts';
import { type SeriesFilter, selectSeries } from './select-series.ts';

export interface SensorDownsampleArguments extends DownsampleArguments {
  readonly metric: string;
}

/** What is asked of a range as a whole, without buckets: a number of statements that depends on the document alone. */
export interface RangeLoaders {
  /** Lines that have readings. */
  downsample(args: SeriesFilter & DownsampleArguments): Promise<readonly DownsampledNode[]>;
  downsampleOf(sensor: SensorRow, args: SensorDownsampleArguments): Promise<DownsampledNode>;
}

/** For one request. */
export function createRangeLoaders(scene: Scene, latest: LatestLoader): RangeLoaders {
  const { catalogue } = scene;
  const downsampleBy = createDownsampleLoaders(scene);
  const ofMetric = (series: readonly SeriesRow[] | undefined, metric: string) => {
    checkMetric(catalogue, 'metric', metric);
    return (series ?? []).filter(({ metricId }) => metricId === metric);
  };
  return {
    async downsample(args) {
      const lines = linesOf(await selectSeries(scene, latest, catalogue.series.values(), args));
      return (await downsample(scene, lines, args)).filter(({ readings }) => readings > 0);
    },
    async downsampleOf({ id }, args) {
      const series = ofMetric(catalogue.seriesBySensor.get(id), args.metric);
      const line = await downsampleBy(args).load({ sensorId: id, metricId: args.metric, series });
      scene.budget.chargeNodes(line.times.length);
      return line;
    },
  };
}
