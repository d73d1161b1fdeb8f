import type { LocationRow, MetricRow, SensorRow, SeriesRow, ThresholdRow } from '../db/catalogue.ts';
import type { Instant } from '../db/time/instant.ts';
import type { LatestLoader } from './latest.ts';
import { type LocationFilter, selectLocationIds, selectLocations } from './location-filter.ts';
import { once } from './once.ts';
import { compareText, sortedLocations, sortedSensors } from './order.ts';
import { type CountedPage, type PageArguments, pageById } from './page.ts';
import { presenceAt } from './presence.ts';
import type { Scene } from './scene.ts';
import { selectThresholds, type ThresholdsArguments, thresholdAt, thresholdById, thresholdsAtLocation } from './thresholds.ts';

export interface LocationsArguments extends PageArguments {
  readonly where?: LocationFilter | null;
}

export interface SensorsArguments extends LocationsArguments {
  readonly ids?: readonly string[] | null;
}

/** What is where, and what applies to it: answered from the catalogue, without a statement but for filters by status. */
export interface PlaceLoaders {
  locations(args: LocationsArguments): Promise<CountedPage<LocationRow>>;
  location(id: string): LocationRow | null;
  /** The sensors that are at a location now, by id. */
  sensorsAt(locationId: string): readonly SensorRow[];
  sensors(args: SensorsArguments): Promise<CountedPage<SensorRow>>;
  sensor(id: string): SensorRow | null;
  /** Where a sensor is now. */
  locationOf(sensorId: string): LocationRow | null;
  /** What a sensor has measured, by id. */
  metricsOf(sensorId: string): readonly MetricRow[];
  /** By id. */
  metrics(): readonly MetricRow[];
  metric(id: string): MetricRow | null;
  sensorOfSeries(seriesId: number): SensorRow;
  /** Where its readings are taken; null for a sensor that was never placed. */
  locationOfSeries(seriesId: number): LocationRow | null;
  metricOfSeries(seriesId: number): MetricRow;
  thresholds(args: ThresholdsArguments): Promise<readonly ThresholdRow[]>;
  threshold(id: string): ThresholdRow | null;
  /** What a threshold said at an instant, also where it was deleted since; of instants at which there was none, what it had said until then, else what it said first. */
  thresholdAt(id: string, instant: Instant): ThresholdRow | null;
  /** What a threshold said last, also where it was deleted. */
  lastVersionOf(thresholdId: string): ThresholdRow | null;
  thresholdsAt(location: LocationRow): readonly ThresholdRow[];
}

/** For one request. */
export function createPlaceLoaders(scene: Scene, latest: LatestLoader): PlaceLoaders {
  const { catalogue } = scene;
  const presence = presenceAt(catalogue, scene.now);
  const sortMetrics = (rows: Iterable<MetricRow>) => [...rows].sort((a, b) => compareText(a.id, b.id));
  const metric = (id: string) => catalogue.metrics.get(id) ?? null;
  const location = (id: string | null) => (id === null ? null : (catalogue.locations.get(id) ?? null));
  const seriesOf = (id: number): SeriesRow => known(catalogue.series.get(id));
  const charged = <R>(rows: readonly R[]): readonly R[] => {
    scene.budget.chargeNodes(rows.length);
    return rows;
  };
  const chargedPage = <R>(page: CountedPage<R>): CountedPage<R> => {
    scene.budget.chargeNodes(page.nodes.length);
    return page;
  };
  const metricsById = once((sensorId: string) => {
    const ids = new Set((catalogue.seriesBySensor.get(sensorId) ?? []).map(({ metricId }) => metricId));
    return sortMetrics([...ids].flatMap((id) => metric(id) ?? []));
  });
  const thresholdsByLocation = once((at: LocationRow) => thresholdsAtLocation(scene, at));
  return {
    async locations({ where, ...page }) {
      return chargedPage(pageById('location', (await selectLocations(scene, latest, where)) ?? sortedLocations(catalogue), page));
    },
    location,
    sensorsAt: (locationId) => charged(presence.sensorsAt(locationId)),
    async sensors({ where, ids, ...page }) {
      const locationIds = await selectLocationIds(scene, latest, where);
      const wanted = ids === null || ids === undefined ? null : new Set(ids);
      const isWanted = ({ id }: SensorRow) => (wanted === null || wanted.has(id)) && (locationIds === null || locationIds.has(presence.locationIdOf(id) ?? ''));
      return chargedPage(pageById('sensor', sortedSensors(catalogue).filter(isWanted), page));
    },
    sensor: (id) => catalogue.sensors.get(id) ?? null,
    locationOf: (sensorId) => location(presence.locationIdOf(sensorId)),
    metricsOf: (sensorId) => charged(metricsById(sensorId)),
    metrics: () => charged(sortMetrics(catalogue.metrics.values())),
    metric,
    sensorOfSeries: (id) => known(catalogue.sensors.get(seriesOf(id).sensorId)),
    locationOfSeries: (id) => location(seriesOf(id).locationId),
    metricOfSeries: (id) => known(catalogue.metrics.get(seriesOf(id).metricId)),
    thresholds: async (args) => charged(await selectThresholds(scene, latest, args)),
    threshold: (id) => thresholdById(scene, id),
    thresholdAt: (id, instant) => thresholdAt(catalogue, id, instant),
    lastVersionOf: (id) => catalogue.thresholds.findLast((row) => row.id === id) ?? null,
    thresholdsAt: (at) => charged(thresholdsByLocation(at)),
  };
}

/** Series keep what they name, and are kept for ever: what is not there is a bug. */
function known<R>(row: R | undefined): R {
  if (row === undefined) throw new Error('the catalogue lacks what a series names, or the series itself');
  return row;
}
