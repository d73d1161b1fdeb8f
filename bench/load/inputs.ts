import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { METRICS, sensorIds } from '../answers/factory.ts';
import { createRandom } from '../answers/random.ts';

/** Before May, so that nothing is derived from temperature and humidity. */
const FIRST_DAY = Date.UTC(2025, 2, 1);
/** In another month, and in other chunks of TimescaleDB. */
const EARLIER_DAY = Date.UTC(2025, 1, 15);
const ROWS_PER_BLOCK = 2000;

/** The same readings as a wide CSV file, for us, and as series_id, time and value, for `\copy`. */
export interface Input {
  readonly ours: string;
  readonly copied: string;
  readonly readings: number;
}

/** `in time order`: minute by minute, as sensors send. `shuffled`: the same instants in an order drawn anew, and every value is another one. */
export type Order = 'in time order' | 'shuffled';

/** What an input has. `earlier`: in time order, a fortnight before. */
export type InputKind = Order | 'earlier';

/** Writes an input of so many readings, of 100 sensors with three metrics by the minute; always the same. */
export async function writeInput(path: string, readings: number, order: InputKind): Promise<Input> {
  const rows = Math.floor(readings / METRICS.length);
  const input: Input = { ours: `${path}.csv`, copied: `${path}.copy.csv`, readings: rows * METRICS.length };
  await Promise.all([
    pipeline(Readable.from(wide(rows, order), { objectMode: false }), createWriteStream(input.ours)),
    pipeline(Readable.from(long(rows, order), { objectMode: false }), createWriteStream(input.copied)),
  ]);
  return input;
}

function* wide(rows: number, order: InputKind): Generator<string> {
  yield `time,sensor,${METRICS.join()}\n`;
  yield* blocks(rows, order, (time, sensor, values) => `${time},${sensorIds[sensor]},${values.join()}\n`);
}

function long(rows: number, order: InputKind): Generator<string> {
  return blocks(rows, order, (time, sensor, values) => values.map((value, metric) => `${1 + sensor * METRICS.length + metric},${time},${value}\n`).join(''));
}

function* blocks(rows: number, order: InputKind, lineOf: (time: string, sensor: number, values: readonly string[]) => string): Generator<string> {
  const positions = order === 'shuffled' ? shuffled(rows) : null;
  const firstDay = order === 'earlier' ? EARLIER_DAY : FIRST_DAY;
  for (let start = 0; start < rows; start += ROWS_PER_BLOCK) {
    let block = '';
    for (let at = start; at < Math.min(start + ROWS_PER_BLOCK, rows); at += 1) {
      const row = positions?.[at] ?? at;
      const minute = Math.floor(row / sensorIds.length);
      const sensor = row % sensorIds.length;
      block += lineOf(new Date(firstDay + minute * 60_000).toISOString(), sensor, valuesOf(row, minute, sensor, order === 'shuffled' ? 12_345 : 0));
    }
    yield block;
  }
}

function shuffled(count: number): Uint32Array {
  const random = createRandom(7);
  const positions = Uint32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [positions[at], positions[other]] = [positions[other] ?? 0, positions[at] ?? 0];
  }
  return positions;
}

/** `seed` draws other noise. */
function valuesOf(row: number, minute: number, sensor: number, seed: number): string[] {
  const ofDay = Math.sin((2 * Math.PI * minute) / 1440);
  // Hashed, not drawn one after the other, so that a row is the same whatever came before it.
  const noise = (Math.imul(row + 1, 2_654_435_761 + 2 * seed) >>> 0) / 2 ** 32;
  return [
    (21 + 4 * ofDay + (sensor % 10) + noise).toFixed(3),
    (45 - 8 * ofDay + (sensor % 7) + 2 * noise).toFixed(3),
    (600 + 150 * ofDay + 10 * (sensor % 5) + 40 * noise).toFixed(2),
  ];
}
