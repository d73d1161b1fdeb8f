import type { LocationRow, SensorRow } from '../db/catalogue.ts';
import type { StatisticsMeasures } from '../db/statistics-statement.ts';
import { createDownsampleLoaders, type DownsampleArguments, type DownsampledNode, downsample, linesOf } from './downsample.ts';
import { type Grouping, groupSeries, keyOfLocation, keyOfSensor } from './groups.ts';
import type { LatestLoader } from './latest.ts';
import { seriesOfMetric } from './metrics.ts';
import type { Scene } from './scene.ts';
import { type SeriesFilter, selectSeries } from './select-series.ts';
import { answerStatistics, createStatisticsLoaders, type StatisticsNode } from './statistics.ts';
import type { WindowArguments } from './time-arguments.ts';

export interface SensorDownsampleArguments extends DownsampleArguments {
  readonly metric: string;
}

export interface StatisticsArguments extends SeriesFilter, WindowArguments {
  readonly metrics: readonly string[];
  readonly by: Grouping;
}

export interface HolderStatisticsArguments extends WindowArguments {
  readonly metric: string;
}

/** What is asked of a range as a whole, without buckets: a number of statements that depends on the document alone. */
export interface RangeLoaders {
  /** Lines that have readings. */
  downsample(args: SeriesFilter & DownsampleArguments): Promise<readonly DownsampledNode[]>;
  downsampleOf(sensor: SensorRow, args: SensorDownsampleArguments): Promise<DownsampledNode>;
  /** Groups that had measured anything before the range's end. */
  statistics(args: StatisticsArguments, measures: StatisticsMeasures): Promise<readonly StatisticsNode[]>;
  statisticsAt(location: LocationRow, args: HolderStatisticsArguments, measures: StatisticsMeasures): Promise<StatisticsNode>;
  statisticsOf(sensor: SensorRow, args: HolderStatisticsArguments, measures: StatisticsMeasures): Promise<StatisticsNode>;
}

/** For one request. */
export function createRangeLoaders(scene: Scene, latest: LatestLoader): RangeLoaders {
  const { catalogue } = scene;
  const downsampleBy = createDownsampleLoaders(scene);
  const statisticsBy = createStatisticsLoaders(scene);
  return {
    async downsample(args) {
      const lines = linesOf(await selectSeries(scene, latest, catalogue.series.values(), args));
      return (await downsample(scene, lines, args)).filter(({ readings }) => readings > 0);
    },
    async downsampleOf({ id }, args) {
      const series = seriesOfMetric(catalogue, catalogue.seriesBySensor.get(id), args.metric);
      const line = await downsampleBy(args).load({ sensorId: id, metricId: args.metric, series });
      scene.budget.chargeNodes(line.times.length);
      return line;
    },
    async statistics(args, measures) {
      const groups = groupSeries(catalogue, await selectSeries(scene, latest, catalogue.series.values(), args), args.by, args.metrics);
      return (await answerStatistics(scene, groups, args, measures)).filter(({ result }) => result?.hasMeasured === true);
    },
    statisticsAt(location, args, measures) {
      const series = seriesOfMetric(catalogue, catalogue.seriesByLocation.get(location.id), args.metric);
      return statisticsBy('location', args, measures).load({ key: keyOfLocation(location), metricId: args.metric, series });
    },
    statisticsOf(sensor, args, measures) {
      const series = seriesOfMetric(catalogue, catalogue.seriesBySensor.get(sensor.id), args.metric);
      return statisticsBy('sensor', args, measures).load({ key: keyOfSensor(catalogue, sensor.id), metricId: args.metric, series });
    },
  };
}
