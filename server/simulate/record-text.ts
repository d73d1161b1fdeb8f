import { formatInstant } from '../../db/time/instant.ts';
import type { ReadingBatch, SeriesTable } from './reading-batch.ts';

/** One message of a sensor: what follows one another of the same instant, in ascending series. */
export interface SensorRecord {
  readonly sensor: string;
  /** Where its readings are in the batch. */
  readonly begin: number;
  readonly end: number;
}

/** Takes a batch apart into messages. */
export function* sensorRecords(batch: ReadingBatch, table: SeriesTable): Generator<SensorRecord> {
  for (let begin = 0; begin < batch.length; ) {
    const { sensor } = table.at(batch.series[begin] ?? 0);
    let end = begin + 1;
    while (end < batch.length && isSameMessage(batch, end, sensor, table)) end += 1;
    yield { sensor, begin, end };
    begin = end;
  }
}

/** `{"time":…,"sensor":…,"temperature":…}`. */
export function jsonRecord({ sensor, begin, end }: SensorRecord, batch: ReadingBatch, table: SeriesTable): string {
  let text = `{"time":"${formatInstant(batch.time[begin] ?? 0)}","sensor":${JSON.stringify(sensor)}`;
  for (let at = begin; at < end; at++) text += `,${JSON.stringify(table.at(batch.series[at] ?? 0).metric)}:${batch.value[at]}`;
  return `${text}}`;
}

/** A line for each message. */
export function ndjsonOf(batch: ReadingBatch, table: SeriesTable): string {
  let text = '';
  for (const record of sensorRecords(batch, table)) text += `${jsonRecord(record, batch, table)}\n`;
  return text;
}

/** The first line of a file of lines that `csvLinesOf` makes. */
export const CSV_HEADER = 'time,sensor,metric,value\n';

/** A line for each reading. */
export function csvLinesOf({ length, series, time, value }: ReadingBatch, table: SeriesTable): string {
  let text = '';
  for (let at = 0; at < length; at++) {
    const { sensor, metric } = table.at(series[at] ?? 0);
    text += `${formatInstant(time[at] ?? 0)},${cell(sensor)},${cell(metric)},${value[at]}\n`;
  }
  return text;
}

function isSameMessage({ series, time }: ReadingBatch, at: number, sensor: string, table: SeriesTable): boolean {
  return time[at] === time[at - 1] && (series[at] ?? 0) > (series[at - 1] ?? 0) && table.at(series[at] ?? 0).sensor === sensor;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
