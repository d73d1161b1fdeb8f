import type { TestDatabase } from '../database.ts';
import { createRandom } from '../random.ts';

/** Microseconds. */
export const SECOND = 1_000_000;
/** Microseconds. */
export const HOUR = 3600 * SECOND;

/** A reading as it is sent. */
export interface Sent {
  readonly sensor: string;
  readonly time: number;
  readonly value: number;
}

/** An instant as a payload has it. */
export const text = (time: number) => new Date(time / 1000).toISOString();

/** The message of a reading. */
export const payload = ({ sensor, time, value }: Sent) => JSON.stringify({ sensor, metric: 'temperature', time: text(time), value });

/** Readings of some sensors a minute apart, many of them corrected or sent again later, in no particular order. */
export function history(prefix: string, begin: number, length: number): readonly Sent[] {
  const random = createRandom(prefix.length);
  const plain = Array.from({ length: Math.floor(length / (60 * SECOND)) }, (_, minute) =>
    ['a', 'b', 'c'].map((name): Sent => ({ sensor: `${prefix}-${name}`, time: begin + minute * 60 * SECOND, value: Math.round(random.next() * 1000) / 10 })),
  ).flat();
  const late = plain.filter(() => random.chance(0.3)).map((reading) => (random.chance(0.5) ? reading : { ...reading, value: reading.value + 100 }));
  const again = late.filter(() => random.chance(0.3)).map((reading) => ({ ...reading, value: reading.value - 50 }));
  return [...plain, ...late, ...again];
}

/** What a store has to hold of these, sorted. */
export function lastOf(sent: readonly Sent[]): readonly Sent[] {
  const last = new Map(sent.map((reading) => [`${reading.sensor} ${reading.time}`, reading]));
  return [...last.values()].sort((one, other) => one.sensor.localeCompare(other.sensor) || one.time - other.time);
}

/** The first readings that only one side has. */
export function differences(one: readonly Sent[], other: readonly Sent[]): readonly string[] {
  const [ones, others] = [one, other].map((readings) => new Set(readings.map((reading) => JSON.stringify(reading))));
  const missing = (from: ReadonlySet<string> = new Set(), of: ReadonlySet<string> = new Set()) => [...of].filter((reading) => !from.has(reading));
  return [...missing(ones, others), ...missing(others, ones)].slice(0, 5);
}

/** What is stored of sensors whose names begin so. */
export async function readingsOf(db: TestDatabase, prefix: string): Promise<readonly Sent[]> {
  const { rows } = await db.pool.query<Sent>(
    `select sensor_id as sensor, (extract(epoch from time) * 1000000)::bigint as time, value
       from reading join series on series.id = series_id
      where sensor_id like $1 || '-%' and not derived order by 1, 2`,
    [prefix],
  );
  return rows.map(({ sensor, time, value }) => ({ sensor, time, value }));
}
