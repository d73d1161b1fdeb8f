import { createRandom } from './random.ts';

/** Before May, so that nothing is derived from temperature and humidity. */
export const FIRST_DAY = Date.UTC(2025, 2, 1);
export const DAYS = 30;
export const DAY_MS = 86_400_000;
export const METRICS = ['temperature', 'humidity', 'co2'] as const;
const MINUTES_PER_DAY = 1440;
const LOCATIONS = 50;
const SEED = 3;

/** The catalogue of a made-up factory, as the mutations of the gateway take it. */
export const catalogue = {
  metrics: [{ id: 'co2', name: 'Carbon dioxide', unit: '[ppm]', min: 0, max: 10_000 }],
  locations: Array.from({ length: LOCATIONS }, (_, index) => ({
    id: `A${String(index + 1).padStart(3, '0')}`,
    factory: 'Ansan',
    building: `B${1 + Math.floor(index / 25)}`,
    floor: 1 + (Math.floor(index / 5) % 5),
    area: `line ${1 + (index % 5)}`,
    timezone: 'Asia/Seoul',
  })),
  sensors: Array.from({ length: 2 * LOCATIONS }, (_, index) => ({
    id: `sensor-${String(index + 1).padStart(3, '0')}`,
    location: `A${String(1 + Math.floor(index / 2)).padStart(3, '0')}`,
  })),
} as const;

/** The ids of all sensors, ascending. */
export const sensorIds: readonly string[] = catalogue.sensors.map(({ id }) => id);

/** How many readings `readings` gives. */
export const READINGS = DAYS * MINUTES_PER_DAY * catalogue.sensors.length * METRICS.length;

/** A wide CSV file, minute by minute as sensors send: always the same. */
export function* readings(): Generator<string> {
  const random = createRandom(SEED);
  yield `time,sensor,${METRICS.join()}\n`;
  for (let minute = 0; minute < DAYS * MINUTES_PER_DAY; minute += 1) {
    const time = new Date(FIRST_DAY + minute * 60_000).toISOString();
    const ofDay = Math.sin((2 * Math.PI * minute) / MINUTES_PER_DAY);
    let lines = '';
    for (const [index, id] of sensorIds.entries()) {
      const temperature = 21 + 4 * ofDay + (index % 10) + random();
      const humidity = 45 - 8 * ofDay + (index % 7) + 2 * random();
      const co2 = 600 + 150 * ofDay + 10 * (index % 5) + 40 * random();
      lines += `${time},${id},${temperature.toFixed(2)},${humidity.toFixed(1)},${co2.toFixed(0)}\n`;
    }
    yield lines;
  }
}
