import type { RawRecord, RefusedRecord } from '../record.ts';
import type { ReadTime } from './canonical-time.ts';
import { parseDecimal } from './decimal.ts';
import { KEEP_LINE_ENDS } from './lost-line-ends.ts';
import { malformed } from './reader.ts';

/** Reads one JSON text as a record in the canonical form, long or wide. */
export type ReadJsonRecord = (text: string, index: number) => RawRecord | RefusedRecord;

/** Shares the list of metrics between records that name the same ones, as wide files do. */
export function jsonRecordReader(readTime: ReadTime): ReadJsonRecord {
  let lastMetrics: readonly string[] = [];

  return (text, index) => {
    const record = readRecord(text, index, readTime);
    if ('code' in record) return record;
    if (sameTexts(record.metrics, lastMetrics)) return { ...record, metrics: lastMetrics };
    lastMetrics = record.metrics;
    return record;
  };
}

function readRecord(text: string, index: number, readTime: ReadTime): RawRecord | RefusedRecord {
  const record = parseObject(text);
  return typeof record === 'string' ? malformed(index, record, text) : recordOfObject(record, text, index, readTime);
}

/** A record in the canonical form that is parsed already; `text` is what it was written in. */
export function recordOfObject(record: Readonly<Record<string, unknown>>, text: string, index: number, readTime: ReadTime): RawRecord | RefusedRecord {
  const { time, sensor, ...rest } = record;
  const sensorId = typeof sensor === 'number' ? String(sensor) : sensor;
  if (typeof sensorId !== 'string' || sensorId === '') return malformed(index, 'the record names no sensor', text);
  if (isUnstorable(text, sensorId)) return malformed(index, 'the record holds a NUL or half a surrogate pair', text);
  const readings = 'metric' in rest ? longReadings(rest) : wideReadings(rest);
  if (typeof readings === 'string') return malformed(index, readings, text);
  const timeText = textOf(time);
  return { index, sensor: sensorId, time: isWritten(time) ? readTime(timeText) : null, timeText, ...readings };
}

/** What `\u0000` stands for no text in the database can hold; half a surrogate pair is no character. Both can only be written as escapes. */
function isUnstorable(text: string, sensor: string): boolean {
  return text.includes('\\u') && (text.includes('\\u0000') || /\p{Surrogate}/u.test(sensor));
}

function isWritten(time: unknown): boolean {
  return typeof time === 'string' || typeof time === 'number';
}

/** The JSON object that a text is, or why it is none. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const joined = /\}\s*\{/.test(text) ? `; ${KEEP_LINE_ENDS}` : '';
    return `the record is no JSON: ${error instanceof Error ? error.message : String(error)}${joined}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the record is no JSON object';
  return { ...value };
}

type Readings = Pick<RawRecord, 'metrics' | 'values' | 'texts'>;

/** Names beside the four are judged as the metrics of a wide record are: what nobody knows is refused by name, the rest of the record loads. */
function longReadings({ metric, value, ...others }: Readonly<Record<string, unknown>>): Readings | string {
  if (typeof metric !== 'string') return 'metric is no text';
  const wide = wideReadings(others);
  const text = textOf(value);
  const first = numberOf(value, text) ?? Number.NaN;
  return typeof wide === 'string'
    ? { metrics: [metric], values: [first], texts: [text] }
    : { metrics: [metric, ...wide.metrics], values: [first, ...wide.values], texts: [text, ...wide.texts] };
}

function wideReadings(record: Readonly<Record<string, unknown>>): Readings | string {
  const metrics = Object.keys(record);
  if (metrics.length === 0) return 'the record names no metric';
  const values: (number | undefined)[] = [];
  const texts: string[] = [];
  for (const metric of metrics) {
    const value = record[metric];
    const text = textOf(value);
    values.push(numberOf(value, text));
    texts.push(text);
  }
  return { metrics, values, texts };
}

/** undefined for null: nothing was measured. NaN for what is no number. */
function numberOf(value: unknown, text: string): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : Number.NaN;
  return typeof value === 'string' ? parseDecimal(text) : Number.NaN;
}

/** A JSON value as text: a text as it is, anything else as JSON, what is missing as nothing. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  try {
    return JSON.stringify(value);
  } catch {
    // JSON.parse takes any depth, JSON.stringify only what fits on the stack.
    return '(nested too deeply)';
  }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
