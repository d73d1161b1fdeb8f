import { readRecords } from '../etl/open-input.ts';
import type { RecordChunk } from '../etl/read/reader.ts';

const ROWS_PER_BLOCK = 1000;
const METRICS = ['temperature', 'dew_point', 'wind_speed', 'humidity'];

/** The records of a generated wide CSV file with so many readings: 50 sensors by the minute, read like any file. */
export function generatedRecords(readings: number): AsyncIterable<RecordChunk> {
  return readRecords(generatedCsv(readings / METRICS.length), { kind: 'csv' }, { knownMetrics: new Set(METRICS) });
}

async function* generatedCsv(rows: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`time,sensor,${METRICS.join()}\n`);
  for (let start = 0; start < rows; start += ROWS_PER_BLOCK) {
    const lines: string[] = [];
    for (let row = start; row < Math.min(start + ROWS_PER_BLOCK, rows); row += 1) {
      const minute = Math.floor(row / 50);
      const time = new Date(Date.UTC(2020, 0, 1) + minute * 60_000).toISOString();
      const wave = Math.sin(minute / 700 + row);
      lines.push(
        `${time},sensor-${row % 50},${(15 + 15 * wave).toFixed(2)},${(5 + 5 * wave).toFixed(2)},${(3 + 3 * wave).toFixed(1)},${(60 + 30 * wave).toFixed(1)}\n`,
      );
    }
    // As from a file, blocks come from outside of this turn of the event loop.
    yield await Promise.resolve(Buffer.from(lines.join('')));
  }
}
