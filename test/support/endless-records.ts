import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawRecord } from '../../etl/record.ts';

/** Records in a batch, each a minute later than the one before and of three readings. */
export const BATCH_RECORDS = 100;
export const BATCH_SIZE = 3 * BATCH_RECORDS;

/** Late April by the minute, so that both ways of perceiving a temperature are met soon. */
export const ENDLESS_SINCE = Date.UTC(2024, 3, 30, 18) * 1000;

const METRICS = ['temperature', 'dew_point', 'wind_speed'];

/** The records of one sensor by the minute, for as long as they are taken. */
export async function* endlessRecords(sensor: string): AsyncGenerator<readonly RawRecord[]> {
  for (let start = 0; ; start += BATCH_RECORDS) {
    yield Array.from({ length: BATCH_RECORDS }, (_, position): RawRecord => {
      const index = start + position;
      const values = [(index % 30) - 10, (index % 30) - 12, (index % 7) / 2];
      return { index, sensor, time: ENDLESS_SINCE + index * 60_000_000, timeText: '', metrics: METRICS, values, texts: values.map(String) };
    });
    await nextTurn();
  }
}
