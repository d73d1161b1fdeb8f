import { type Catalogue, locationIdAt, type SensorRow, type SeriesRow } from '../db/catalogue.ts';
import type { Instant } from '../db/time/instant.ts';
import { compareSeries, sortedSensors } from './order.ts';

/** Which sensors are where at one instant, and the series that they feed there. Lists are sorted by sensor, then metric. */
export interface Presence {
  /** null for a sensor that was never placed. */
  locationIdOf(sensorId: string): string | null;
  sensorsAt(locationId: string): readonly SensorRow[];
  seriesAt(locationId: string): readonly SeriesRow[];
  seriesOf(sensorId: string): readonly SeriesRow[];
  /** Of all sensors, also those that were never placed. */
  readonly allSeries: readonly SeriesRow[];
}

interface Known {
  readonly presence: Presence;
  /** Between two placements nothing moves. */
  readonly from: Instant;
  readonly to: Instant;
}

const known = new WeakMap<Catalogue, Known>();

/** Where everything is at an instant: remembered for a catalogue until the next placement that lies ahead begins. */
export function presenceAt(catalogue: Catalogue, instant: Instant): Presence {
  const last = known.get(catalogue);
  if (last !== undefined && instant >= last.from && instant < last.to) return last.presence;
  const fresh = { presence: createPresence(catalogue, instant), ...stillness(catalogue, instant) };
  known.set(catalogue, fresh);
  return fresh.presence;
}

function createPresence(catalogue: Catalogue, instant: Instant): Presence {
  const locationIds = new Map<string, string>();
  const sensors = new Map<string, SensorRow[]>();
  const seriesByLocation = new Map<string, SeriesRow[]>();
  const seriesBySensor = new Map<string, SeriesRow[]>();
  const allSeries: SeriesRow[] = [];
  for (const sensor of sortedSensors(catalogue)) {
    const locationId = locationIdAt(sensor, instant);
    const series = (catalogue.seriesBySensor.get(sensor.id) ?? []).filter((row) => row.locationId === locationId).sort(compareSeries);
    seriesBySensor.set(sensor.id, series);
    allSeries.push(...series);
    if (locationId === null) continue;
    locationIds.set(sensor.id, locationId);
    append(sensors, locationId, [sensor]);
    append(seriesByLocation, locationId, series);
  }
  return {
    locationIdOf: (sensorId) => locationIds.get(sensorId) ?? null,
    sensorsAt: (locationId) => sensors.get(locationId) ?? [],
    seriesAt: (locationId) => seriesByLocation.get(locationId) ?? [],
    seriesOf: (sensorId) => seriesBySensor.get(sensorId) ?? [],
    allSeries,
  };
}

function append<V>(map: Map<string, V[]>, key: string, values: readonly V[]): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [...values]);
  else list.push(...values);
}

/** The stretch around an instant in which no placement begins. */
function stillness(catalogue: Catalogue, instant: Instant): { readonly from: Instant; readonly to: Instant } {
  let from = Number.NEGATIVE_INFINITY;
  let to = Number.POSITIVE_INFINITY;
  for (const { placements } of catalogue.sensors.values()) {
    for (const { since } of placements) {
      if (since <= instant) from = Math.max(from, since);
      else to = Math.min(to, since);
    }
  }
  return { from, to };
}
