import type { Catalogue, LocationRow, SensorRow, SeriesRow } from '../db/catalogue.ts';
import { perCatalogue } from '../db/per-catalogue.ts';

/** Orders text by its UTF-16 code units: the same on every machine, whatever the collation of the database. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Orders by sensor, then metric. */
export function compareSeries(a: SeriesRow, b: SeriesRow): number {
  return compareText(a.sensorId, b.sensorId) || compareText(a.metricId, b.metricId);
}

/** All locations, by id. */
export const sortedLocations: (catalogue: Catalogue) => readonly LocationRow[] = perCatalogue((catalogue) => sortById(catalogue.locations));

/** All sensors, by id. */
export const sortedSensors: (catalogue: Catalogue) => readonly SensorRow[] = perCatalogue((catalogue) => sortById(catalogue.sensors));

/** The position of every sensor among all, by id. */
export const sensorRanks: (catalogue: Catalogue) => ReadonlyMap<string, number> = perCatalogue(
  (catalogue) => new Map(sortedSensors(catalogue).map(({ id }, rank) => [id, rank])),
);

function sortById<R extends { readonly id: string }>(rows: ReadonlyMap<string, R>): readonly R[] {
  return [...rows.values()].sort((a, b) => compareText(a.id, b.id));
}
