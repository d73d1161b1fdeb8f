import { beforeAll } from 'vitest';
import type { TestDatabase } from './database.ts';
import { build } from './plant.ts';

/** What a tool asks about: two sensors that measure every ten minutes of a day. */
export interface ToolPlant {
  /** Epoch milliseconds of the day's start and end. */
  readonly from: number;
  readonly to: number;
  /** The mean of what a sensor measured from one instant on and before another; null where nothing was. */
  mean(sensor: string, from: number, to: number): number | null;
}

const FROM = Date.parse('2024-05-01T00:00:00Z');
const STEP_MS = 600_000;
const STEPS = 144;
const SENSORS = ['S1', 'S2'];

const valueAt = (sensor: string, step: number) => 20 + SENSORS.indexOf(sensor) * 10 + (step % 12) / 4;

/** Builds the plant before the tests of the file that calls it. */
export function useToolPlant(db: TestDatabase): ToolPlant {
  beforeAll(() =>
    build(db, {
      locations: [{ id: 'L', area: 'North, "hall" 1' }],
      sensors: SENSORS.map((id) => ({ id, location: 'L' })),
      readings: SENSORS.flatMap((sensor) =>
        Array.from({ length: STEPS }, (_, step) => [sensor, 'temperature', new Date(FROM + step * STEP_MS).toISOString(), valueAt(sensor, step)] as const),
      ),
    }),
  );
  return {
    from: FROM,
    to: FROM + STEPS * STEP_MS,
    mean(sensor, from, to) {
      const values = Array.from({ length: STEPS }, (_, step) => step)
        .filter((step) => FROM + step * STEP_MS >= from && FROM + step * STEP_MS < to)
        .map((step) => valueAt(sensor, step));
      return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    },
  };
}
