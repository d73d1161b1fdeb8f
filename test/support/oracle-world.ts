import { type Instant, MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { summerPerceivedTemperature, winterPerceivedTemperature } from '../../etl/perceived-temperature.ts';
import { relativeHumidity } from '../../etl/relative-humidity.ts';
import type { OracleData, OracleRow } from './oracle-data.ts';
import { createSeries, type Series } from './oracle-series.ts';
import type { OracleThreshold } from './oracle-status.ts';
import { createThresholdHistory } from './oracle-threshold-history.ts';
import type { DrawnThreshold } from './oracle-thresholds.ts';
import type { OracleLocation, OracleSensor, TimedValues } from './oracle-types.ts';
import { temporal } from './zoned-time.ts';

/** What became of the values of some rows. */
export interface OracleCounts {
  loaded: number;
  corrected: number;
  unchanged: number;
}

/** All readings that the store should have, in memory. */
export interface OracleWorld {
  readonly locations: ReadonlyMap<string, OracleLocation>;
  readonly sensors: readonly OracleSensor[];
  /** Takes rows as a load does, and derives what follows from them: a later value of the same instant stands. */
  readonly write: (rows: readonly OracleRow[]) => OracleCounts;
  /** The readings of a sensor and metric by time, derived ones among them. */
  readonly readingsOf: (sensor: string, metric: string) => TimedValues;
  /** The metrics that there are readings of. */
  readonly metricsOf: (sensor: string) => readonly string[];
  /** The metrics that were measured, not derived. */
  readonly measuredBy: (sensor: string) => readonly string[];
  /** Whether what stands at an instant was derived. */
  readonly isDerived: (sensor: string, metric: string, time: Instant) => boolean;
  /** The versions of thresholds, as they have been saved so far. */
  readonly thresholds: () => readonly OracleThreshold[];
  /** Takes a threshold that is saved at an instant: a new one, which then holds for all time, or another version of one that is there. */
  readonly saveThreshold: (threshold: DrawnThreshold, replaced: DrawnThreshold | null, at: Instant) => void;
}

/** One metric of one sensor: what was measured, and what stands, which is that or derived. */
interface MetricReadings {
  readonly measured: Series;
  readonly standing: Series;
}

/** An empty world with the places and devices of the data. */
export function createOracleWorld(data: readonly OracleData[]): OracleWorld {
  const locations = new Map(data.flatMap((set) => set.locations).map((location) => [location.id, location]));
  const sensors = data.flatMap((set) => set.sensors);
  const isSummerAt = new Map(sensors.map((sensor) => [sensor.id, createIsSummer(sensor, locations)]));
  const history = createThresholdHistory();
  const readings = new Map(sensors.map(({ id }) => [id, new Map<string, MetricReadings>()]));

  function of(sensor: string, metric: string): MetricReadings {
    const metrics = readings.get(sensor);
    if (metrics === undefined) throw new Error(`the oracle has no sensor ${sensor}`);
    const known = metrics.get(metric);
    if (known !== undefined) return known;
    const fresh = { measured: createSeries(), standing: createSeries() };
    metrics.set(metric, fresh);
    return fresh;
  }

  function write(rows: readonly OracleRow[]): OracleCounts {
    const counts = { loaded: 0, corrected: 0, unchanged: 0 };
    const repeated = repeatedPlaces(rows);
    for (const row of rows) {
      row.metrics.forEach((metric, i) => {
        const value = row.values[i];
        if (value === undefined) return;
        const { measured, standing } = of(row.sensor, metric);
        // Of several values for one instant the last stands, and the earlier ones count as unchanged.
        if (repeated.has(`${row.sensor} ${metric} ${row.time}`) && lastOf(rows, row, metric) !== row) counts.unchanged++;
        else {
          counts[measured.put(row.time, value)]++;
          standing.put(row.time, value);
        }
      });
      settle(row.sensor, row.time);
    }
    return counts;
  }

  /** Derives at one instant, from what stands there. */
  function settle(sensor: string, time: Instant): void {
    const at = (metric: string) => of(sensor, metric).standing.at(time);
    const temperature = at('temperature');
    const isSummer = isSummerAt.get(sensor)?.(time) ?? false;
    const dewPoint = at('dew_point');
    stand(sensor, 'humidity', time, temperature === null || dewPoint === null ? null : within(relativeHumidity(temperature, dewPoint), 0, 100));
    const other = at(isSummer ? 'humidity' : 'wind_speed');
    const felt = isSummer ? summerPerceivedTemperature : winterPerceivedTemperature;
    stand(sensor, 'perceived_temperature', time, temperature === null || other === null ? null : within(felt(temperature, other), -100, 100));
  }

  function stand(sensor: string, metric: string, time: Instant, value: number | null): void {
    const { measured, standing } = of(sensor, metric);
    if (measured.at(time) !== null) return;
    if (value === null) standing.remove(time);
    else standing.put(time, value);
  }

  const metricsWith = (sensor: string, part: keyof MetricReadings) =>
    [...(readings.get(sensor) ?? [])].filter(([, series]) => series[part].times.length > 0).map(([metric]) => metric);
  return {
    locations,
    sensors,
    write,
    readingsOf: (sensor, metric) => of(sensor, metric).standing,
    metricsOf: (sensor) => metricsWith(sensor, 'standing'),
    measuredBy: (sensor) => metricsWith(sensor, 'measured'),
    isDerived: (sensor, metric, time) => of(sensor, metric).measured.at(time) === null,
    thresholds: history.thresholds,
    saveThreshold: history.save,
  };
}

/** Sensor, metric and instant of what several rows say. */
function repeatedPlaces(rows: readonly OracleRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { sensor, metrics, values, time } of rows) {
    for (const [i, metric] of metrics.entries()) {
      const place = `${sensor} ${metric} ${time}`;
      if (values[i] === undefined) continue;
      if (seen.has(place)) repeated.add(place);
      seen.add(place);
    }
  }
  return repeated;
}

function lastOf(rows: readonly OracleRow[], row: OracleRow, metric: string): OracleRow | undefined {
  return rows.findLast((other) => other.sensor === row.sensor && other.time === row.time && other.values[other.metrics.indexOf(metric)] !== undefined);
}

function within(value: number | null, least: number, most: number): number | null {
  return value !== null && value >= least && value <= most ? value : null;
}

/** May to September by the calendar where the sensor was; UTC's where it was never placed. */
function createIsSummer(sensor: OracleSensor, locations: ReadonlyMap<string, OracleLocation>): (time: Instant) => boolean {
  const known = new Map<number, boolean>();
  return (time) => {
    // Months begin on whole hours of UTC in the zones of the data.
    const hour = Math.floor(time / MICROS_PER_HOUR);
    const remembered = known.get(hour);
    if (remembered !== undefined) return remembered;
    const place = sensor.placements.findLast((placement, i) => i === 0 || placement.since <= time);
    const { month } = temporal(time).toZonedDateTimeISO(locations.get(place?.location ?? '')?.timezone ?? 'UTC');
    known.set(hour, month >= 5 && month <= 9);
    return month >= 5 && month <= 9;
  };
}
