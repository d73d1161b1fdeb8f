import { z } from 'zod';
import type { RawRecord, RefusedRecord } from '../record.ts';
import type { BatchRejection } from './valid-batch.ts';

/**
 * A reading that is not loaded, and how many were accepted before it; `reading` is null for a record that could not be taken apart.
 * Its texts are those of the rejection: the record's own may be slices of a block of the input, which they would keep in memory.
 */
export interface Refusal {
  readonly rejection: BatchRejection;
  readonly reading: (Pick<RawRecord, 'time' | 'timeRule'> & { readonly value: number }) | null;
  readonly accepted: number;
}

/** About what a refused reading, or a column, takes beside its texts. */
export const KEPT_BESIDE_TEXT = 150;

/** Sensor and time of a record are kept with each of its refused readings: at most so many characters in all. */
const MAX_REPEATED = 16 * 1024 * 1024;

/** Whether the refusals of one record could be so much longer than the record that they do not fit into memory. */
export function isTooLong({ sensor, timeText, values }: RawRecord): boolean {
  return (sensor.length + timeText.length) * values.length > MAX_REPEATED;
}

/** Refuses such a record as one. */
export function tooLong({ index, sensor, timeText, metrics, texts }: RawRecord): RefusedRecord {
  const length = sensor.length + timeText.length;
  const message = `sensor and time have ${length} characters for ${metrics.length} readings, but repeated with each of them they may have at most ${MAX_REPEATED}`;
  const readings = Object.fromEntries(metrics.map((metric, at) => [metric, texts[at]]));
  return { index, code: 'MALFORMED_RECORD', message, raw: JSON.stringify({ time: timeText, sensor, ...readings }) };
}

/** How one reading of a record is kept: as a record that can be sent again. */
export function recordOfReading({ timeText, sensor, metrics, texts }: RawRecord, at: number): string {
  const reading: KeptReading = { time: timeText, sensor, metric: metrics[at] ?? '', value: texts[at] ?? '' };
  return JSON.stringify(reading);
}

const keptReading = z.object({ time: z.string(), sensor: z.string(), metric: z.string(), value: z.string() });
type KeptReading = z.infer<typeof keptReading>;

/** A refused reading as `recordOfReading` wrote it. */
export function parseKeptReading(record: string): KeptReading {
  return keptReading.parse(JSON.parse(record));
}

/** The record of a refusal, to be checked again. */
export function recordOfRefusal({ rejection, reading }: Refusal): RawRecord | RefusedRecord {
  const { index, code, message, record, header } = rejection;
  if (reading === null) return { index, code, message, raw: record, ...(header === undefined ? {} : { header }) };
  const kept = parseKeptReading(record);
  const { value, ...time } = reading;
  return { index, sensor: kept.sensor, ...time, timeText: kept.time, metrics: [kept.metric], values: [value], texts: [kept.value] };
}
