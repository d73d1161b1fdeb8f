import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';

/** What a simulated metric is like: its day, its noise, its bounds. */
export interface MetricProfile {
  readonly id: string;
  readonly name: string;
  /** In UCUM notation. */
  readonly unit: string;
  /** What the gateway refuses beyond. */
  readonly min: number;
  readonly max: number;
  /** In the middle of the day's swing. */
  readonly base: number;
  /** How far the day takes it up and down; negative where it is least in the afternoon. */
  readonly swing: number;
  /** How far sensors differ from one another. */
  readonly spread: number;
  /** The standard deviation from one reading to the next. */
  readonly noise: number;
  /** How far a spike goes. */
  readonly spike: number;
  readonly decimals: number;
}

/** The metrics that a simulated factory can measure. */
export const METRIC_PROFILES: readonly MetricProfile[] = [
  {
    id: 'temperature',
    name: 'Temperature',
    unit: 'Cel',
    min: -100,
    max: 2000,
    base: 22,
    swing: 4,
    spread: 2,
    noise: 0.3,
    spike: 40,
    decimals: 2,
  },
  {
    id: 'humidity',
    name: 'Relative humidity',
    unit: '%',
    min: 0,
    max: 100,
    base: 45,
    swing: -10,
    spread: 4,
    noise: 1,
    spike: 45,
    decimals: 1,
  },
  {
    id: 'vibration',
    name: 'Vibration',
    unit: 'mm/s',
    min: 0,
    max: 100,
    base: 3.5,
    swing: 1,
    spread: 0.5,
    noise: 0.4,
    spike: 25,
    decimals: 3,
  },
  { id: 'pressure', name: 'Pressure', unit: 'bar', min: 0, max: 25, base: 6, swing: 0.2, spread: 0.3, noise: 0.05, spike: 4, decimals: 3 },
  { id: 'power', name: 'Power', unit: 'kW', min: 0, max: 1000, base: 40, swing: 25, spread: 8, noise: 3, spike: 200, decimals: 1 },
];

/** Where the day stands at an instant, from -1 before sunrise (03:00 UTC) to 1 in the afternoon (15:00 UTC). */
export function dayAt(instant: Instant): number {
  return -Math.cos(((instant % MICROS_PER_DAY) / MICROS_PER_DAY - 0.125) * 2 * Math.PI);
}

/** A value as the sensor would write it: rounded to its decimals, within what can be true. */
export function measured(profile: MetricProfile, value: number): number {
  const unit = 10 ** profile.decimals;
  return Math.round(Math.min(profile.max, Math.max(profile.min, value)) * unit) / unit;
}
