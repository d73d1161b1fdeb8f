import { METRIC_PROFILES, type MetricProfile } from './curve.ts';
import { SeriesTable } from './reading-batch.ts';

/** A place of a simulated factory, as `saveLocations` takes it. */
export interface SimulatedLocation {
  readonly id: string;
  readonly factory: string;
  readonly building: string;
  readonly floor: number;
  readonly area: string;
  readonly timezone: string;
}

/** A device of a simulated factory, as `saveSensors` takes it. */
export interface SimulatedSensor {
  readonly id: string;
  readonly name: string;
  readonly location: string;
}

/** A factory of the simulator's own making. Every sensor measures every metric. */
export interface Factory {
  readonly locations: readonly SimulatedLocation[];
  readonly sensors: readonly SimulatedSensor[];
  readonly metrics: readonly MetricProfile[];
  /** Sensor by sensor, each with its metrics in order; behind them those of a sensor that nobody registers. */
  readonly table: SeriesTable;
}

/** What a factory is to be like. */
export interface FactoryPlan {
  readonly sensors: number;
  /** Ids of METRIC_PROFILES. */
  readonly metrics: readonly string[];
  /** What all its ids begin with: factories of different prefixes do not meet. */
  readonly prefix: string;
}

const SENSORS_PER_AREA = 4;
const AREAS_PER_FLOOR = 3;
const FLOORS_PER_BUILDING = 3;
const BUILDINGS_PER_FACTORY = 5;

/** Spreads sensors over areas, floors, buildings and factories; the same plan makes the same factory. */
export function createFactory({ sensors: count, metrics, prefix }: FactoryPlan): Factory {
  const profiles = METRIC_PROFILES.filter(({ id }) => metrics.includes(id));
  const locations = Array.from({ length: Math.ceil(count / SENSORS_PER_AREA) }, (_, number) => locationOf(prefix, number));
  const sensors = Array.from({ length: count }, (_, number) => {
    const place = locations[Math.floor(number / SENSORS_PER_AREA)];
    if (place === undefined) throw new RangeError('every sensor has a place');
    const digits = String(number + 1).padStart(4, '0');
    return { id: `${prefix}-${digits}`, name: `Sensor ${digits} of ${place.factory}`, location: place.id };
  });
  const table = new SeriesTable();
  for (const { id } of [...sensors, { id: ghostOf(prefix) }]) for (const metric of profiles) table.add(id, metric.id);
  return { locations, sensors, metrics: profiles, table };
}

/** The id of the sensor of which readings come that nobody has registered. */
function ghostOf(prefix: string): string {
  return `${prefix}-unknown`;
}

function locationOf(prefix: string, number: number): SimulatedLocation {
  const area = (number % AREAS_PER_FLOOR) + 1;
  const floor = (Math.floor(number / AREAS_PER_FLOOR) % FLOORS_PER_BUILDING) + 1;
  const buildings = Math.floor(number / AREAS_PER_FLOOR / FLOORS_PER_BUILDING);
  const building = String.fromCharCode(65 + (buildings % BUILDINGS_PER_FACTORY));
  const factory = Math.floor(buildings / BUILDINGS_PER_FACTORY) + 1;
  return {
    id: `${prefix}-${factory}${building}${floor}${area}`,
    factory: `${prefix} ${factory}`,
    building,
    floor,
    area: `area ${area}`,
    timezone: 'UTC',
  };
}
