import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import type { RawRecord } from '../../etl/record.ts';

/** One reading as a test writes it down. */
export interface TestReading {
  readonly sensor: string;
  readonly metric: string;
  /** RFC 3339. */
  readonly time: string;
  readonly value: number;
}

/** Readings as the records of a long input. */
export async function* recordsOf(readings: readonly TestReading[]): AsyncGenerator<readonly RawRecord[]> {
  const chunk = 1000;
  for (let start = 0; start < readings.length; start += chunk) {
    yield readings.slice(start, start + chunk).map((reading, i) => ({
      index: start + i,
      sensor: reading.sensor,
      time: parseRfc3339(reading.time),
      timeText: reading.time,
      metrics: [reading.metric],
      values: [reading.value],
      texts: [String(reading.value)],
    }));
  }
}
