import type { Instant } from '../../../db/time/instant.ts';
import { formatInstant, MICROS_PER_MINUTE } from '../../../db/time/instant.ts';
import type { TestReading } from '../records.ts';

const STEP = 5 * MICROS_PER_MINUTE;
const SENSORS = 3;

/** What a source has measured between two instants, by a formula that nobody else knows. */
export function measured(source: string, from: Instant, to: Instant): TestReading[] {
  const readings: TestReading[] = [];
  for (let step = Math.ceil(from / STEP); step * STEP < to; step += 1) {
    for (let sensor = 0; sensor < SENSORS; sensor += 1) {
      const value = Math.round(2000 + 1500 * Math.sin(step / 97 + sensor)) / 100;
      readings.push({ sensor: `${source}-${sensor}`, metric: 'temperature', time: formatInstant(step * STEP), value });
    }
  }
  return readings;
}
