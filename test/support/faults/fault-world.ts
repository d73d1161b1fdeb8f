import type { Random } from '../random.ts';

/** Where one sensor is. */
export interface FaultSensor {
  readonly id: string;
  readonly location: string;
}

/** Which breaches somebody wants: the input BreachFilter, as far as the test uses it. */
export interface FaultFilter {
  readonly where?: { readonly ids?: readonly string[]; readonly factories?: readonly string[]; readonly floors?: readonly number[] };
  readonly sensors?: readonly string[];
  readonly metrics?: readonly string[];
  readonly levels?: readonly ('WARNING' | 'CRITICAL')[];
}

export const LOCATIONS = Array.from({ length: 6 }, (_, i) => ({
  id: `L${i}`,
  factory: i < 4 ? 'Ulsan' : 'Busan',
  floor: i % 3,
  timezone: 'UTC',
}));

/** Sensors whose readings are of the past, and come from several loaders at once. */
export const SENSORS: readonly FaultSensor[] = Array.from({ length: 18 }, (_, i) => ({ id: `S${String(i).padStart(2, '0')}`, location: `L${i % 6}` }));

/** Sensors that tell what is now, and fall silent now and then. */
export const LIVE_SENSORS: readonly FaultSensor[] = Array.from({ length: 3 }, (_, i) => ({ id: `live-${i}`, location: `L${i}` }));

/** Bands of both levels, one with durations and a margin, one on a derived metric, one on silence. */
export const THRESHOLDS: readonly Readonly<Record<string, unknown>>[] = [
  { metric: 'temperature', level: 'WARNING', min: 30 },
  { metric: 'temperature', level: 'CRITICAL', min: 38 },
  { metric: 'humidity', level: 'WARNING', min: 70, forDuration: '1m', clearMargin: 3, clearDuration: '1m', scope: { factory: 'Ulsan' } },
  { metric: 'perceived_temperature', level: 'CRITICAL', min: 36 },
  ...LIVE_SENSORS.map(({ id }) => ({ metric: 'wind_speed', level: 'WARNING', min: 10, noDataAfter: '1s', scope: { sensor: id } })),
];

/** A threshold that is changed over and over, between these bounds. */
export const CHANGING = { metric: 'humidity', level: 'CRITICAL', scope: { factory: 'Busan' } } as const;
export const CHANGING_BOUNDS: readonly number[] = [60, 80];

const START = Date.parse('2026-07-01T00:00:00Z');
const STEP_MS = 60_000;

/** The time of a step, in summer, where the felt temperature is derived from temperature and humidity. */
export function timeOf(step: number): string {
  return new Date(START + step * STEP_MS).toISOString();
}

/** What a sensor measured at a step, the same whoever tells it: waves through all bands, out of step with each other. */
export function valuesAt(sensor: number, step: number): { readonly temperature: number; readonly humidity: number } {
  return {
    temperature: rounded(27 + 14 * Math.sin(step / 4 + sensor) + 2 * Math.sin(step * 1.7 + sensor * 3)),
    humidity: rounded(62 + 22 * Math.sin(step / 6 + sensor * 2) + 3 * Math.sin(step * 2.3)),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

const METRICS = ['temperature', 'humidity', 'perceived_temperature', 'wind_speed'];

/** A filter, from none to several conditions. */
export function drawFilter(random: Random): FaultFilter {
  return {
    ...(random.chance(0.3) ? { where: drawPlaces(random) } : {}),
    ...(random.chance(0.2) ? { sensors: [...random.some([...SENSORS, ...LIVE_SENSORS].map(({ id }) => id)), 'nobody'] } : {}),
    ...(random.chance(0.3) ? { metrics: random.some(METRICS) } : {}),
    ...(random.chance(0.4) ? { levels: random.some(['WARNING', 'CRITICAL'] as const) } : {}),
  };
}

function drawPlaces(random: Random): NonNullable<FaultFilter['where']> {
  const drawn = { ids: random.some(LOCATIONS.map(({ id }) => id)), factories: random.some(['Ulsan', 'Busan', 'Nowhere']), floors: random.some([0, 1, 2]) };
  const kind = random.pick(['ids', 'factories', 'floors'] as const);
  return { [kind]: drawn[kind] };
}
