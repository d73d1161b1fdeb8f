import { isInForce, scopeHolds, toRule } from '../alerts/status.ts';
import { subjectOf, thresholdIndexOf } from '../alerts/threshold-index.ts';
import type { Catalogue, LocationRow, ThresholdRow } from '../db/catalogue.ts';
import { perCatalogue } from '../db/per-catalogue.ts';
import { parseDateTime } from '../db/time/date-time.ts';
import type { Instant } from '../db/time/instant.ts';
import type { LatestLoader } from './latest.ts';
import { type LocationFilter, selectLocations } from './location-filter.ts';
import { checkMetric } from './metrics.ts';
import { presenceAt } from './presence.ts';
import type { Scene } from './scene.ts';

export interface ThresholdsArguments {
  readonly metric?: string | null;
  readonly where?: LocationFilter | null;
  /** A `DateTime`: those in force then; those there are now where it is absent. */
  readonly at?: string | null;
}

/** Thresholds that match, by id. */
export async function selectThresholds(scene: Scene, latest: LatestLoader, { metric, where, at }: ThresholdsArguments): Promise<readonly ThresholdRow[]> {
  if (metric !== null && metric !== undefined) checkMetric(scene.catalogue, 'metric', metric);
  const instant = at === null || at === undefined ? null : parseDateTime(at, 'at');
  const locations = await selectLocations(scene, latest, where);
  const isWanted = (row: ThresholdRow) =>
    (metric === null || metric === undefined || row.metricId === metric) && (instant === null ? row.validTo === null : wasInForce(row, instant));
  const rows = scene.catalogue.thresholds.filter(isWanted).sort(compareIds);
  return locations === null ? rows : rows.filter((row) => locations.some((location) => canApplyAt(scene, row, location)));
}

/** The present version of a threshold; null where there is none. */
export function thresholdById({ catalogue }: Scene, id: string): ThresholdRow | null {
  return catalogue.thresholds.find((row) => row.id === id && row.validTo === null) ?? null;
}

/** The version of a threshold in force at an instant, also where it was deleted since; where none was, the last one before, else the first. */
export function thresholdAt(catalogue: Catalogue, id: string, instant: Instant): ThresholdRow | null {
  const versions = versionsById(catalogue).get(id) ?? [];
  return versions.findLast(({ validFrom }) => validFrom === null || validFrom <= instant) ?? versions[0] ?? null;
}

/** By version. */
const versionsById = perCatalogue((catalogue) => {
  const versions = new Map<string, ThresholdRow[]>();
  for (const row of catalogue.thresholds) {
    const known = versions.get(row.id);
    if (known === undefined) versions.set(row.id, [row]);
    else known.push(row);
  }
  return versions;
});

/** The thresholds there are now that hold a location or a sensor that is there now, by id. */
export function thresholdsAtLocation(scene: Scene, location: LocationRow): readonly ThresholdRow[] {
  const index = thresholdIndexOf(scene.catalogue);
  const sensors = presenceAt(scene.catalogue, scene.now).sensorsAt(location.id);
  const found = [null, ...sensors.map(({ id }) => id)].flatMap((sensorId) => index.presentFor(subjectOf(location, sensorId)));
  return [...new Set(found)].sort(compareIds);
}

function canApplyAt({ catalogue, now }: Scene, row: ThresholdRow, location: LocationRow): boolean {
  const { sensorId } = row.scope;
  if (sensorId !== null && presenceAt(catalogue, now).locationIdOf(sensorId) !== location.id) return false;
  return scopeHolds(row.scope, subjectOf(location, sensorId));
}

function wasInForce(row: ThresholdRow, instant: Instant): boolean {
  const rule = toRule(row);
  return rule !== null && isInForce(rule, instant);
}

/** Ids are numbers of any length. */
function compareIds(a: ThresholdRow, b: ThresholdRow): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}
