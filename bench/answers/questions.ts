import { catalogue, DAY_MS, DAYS, FIRST_DAY, METRICS, sensorIds } from './factory.ts';
import { createRandom, pick } from './random.ts';

/** Three questions, and the same in other forms: points as parallel arrays, and files of rows. */
export const QUESTIONS = ['wall', 'day', 'wide', 'day-columns', 'wide-columns', 'wall-csv', 'day-csv', 'wide-csv'] as const;
export type QuestionName = (typeof QUESTIONS)[number];

export interface WallVariables {
  readonly first: number;
}

export interface DayVariables {
  readonly sensor: string;
  readonly metric: string;
  readonly from: string;
  readonly to: string;
}

export interface WideVariables {
  readonly sensors: readonly string[];
  readonly metric: string;
  readonly from: string;
  readonly to: string;
}

export type Variables = WallVariables | DayVariables | WideVariables;

/** What is asked, in words. */
export const TITLES: Readonly<Record<QuestionName, string>> = {
  wall: 'wall: the newest readings of 50 locations, 6 each',
  day: 'day: 24 hourly points of one sensor and metric',
  wide: 'wide: 20 sensors × 7 days hourly, 3,360 points',
  'day-columns': 'day-columns: the day as parallel arrays, with counts',
  'wide-columns': 'wide-columns: wide as parallel arrays, with counts',
  'wall-csv': 'wall-csv: the wall as a CSV file of 300 rows',
  'day-csv': 'day-csv: the day as a CSV file of 24 rows',
  'wide-csv': 'wide-csv: wide as a CSV file of 3,360 rows',
};

const SETS = 200;
const SEED = 4;

/** What is asked, one set of variables a request, in turn: so no server can answer from one answer that it has kept. The wall is always the whole wall. */
export const variableSets: Readonly<Record<QuestionName, readonly Variables[]>> = (() => {
  const random = createRandom(SEED);
  const metric = (): string => METRICS[Math.floor(random() * METRICS.length)] ?? METRICS[0];
  const days = (length: number): { from: string; to: string } => {
    const from = FIRST_DAY + Math.floor(random() * (DAYS - length + 1)) * DAY_MS;
    return { from: instant(from), to: instant(from + length * DAY_MS) };
  };
  const wall = [{ first: catalogue.locations.length }];
  const day = Array.from({ length: SETS }, () => ({ sensor: pick(random, sensorIds, 1).join(), metric: metric(), ...days(1) }));
  const wide = Array.from({ length: SETS }, () => ({ sensors: pick(random, sensorIds, 20).sort(), metric: metric(), ...days(7) }));
  return { wall, day, wide, 'day-columns': day, 'wide-columns': wide, 'wall-csv': wall, 'day-csv': day, 'wide-csv': wide };
})();

function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '');
}
