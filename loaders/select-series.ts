import type { SeriesRow } from '../db/catalogue.ts';
import type { LatestLoader } from './latest.ts';
import { type LocationFilter, selectLocationIds } from './location-filter.ts';
import type { Scene } from './scene.ts';
import { createSeriesTest, type SensorsAndMetrics } from './series-filter.ts';

/** Which series; what is absent or null does not filter. */
export interface SeriesFilter extends SensorsAndMetrics {
  readonly where?: LocationFilter | null;
}

/** Those of some series that match, in their order. */
export async function selectSeries(scene: Scene, latest: LatestLoader, series: Iterable<SeriesRow>, filter: SeriesFilter): Promise<readonly SeriesRow[]> {
  const isWanted = createSeriesTest(scene.catalogue, filter, await selectLocationIds(scene, latest, filter.where));
  return isWanted === null ? [...series] : [...series].filter(isWanted);
}
