import type { RejectReader } from '../../db/rejected-reading.ts';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import type { Job } from '../jobs/job.ts';
import { canonicalTime, type ReadTime } from '../read/canonical-time.ts';
import { parseDecimal } from '../read/decimal.ts';
import { recordOfObject } from '../read/json-record.ts';
import { KEPT_OF_LONG_RECORD, MAX_RECORD_BYTES, malformed, type RecordChunk } from '../read/reader.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import type { PayloadRules } from './payload-schema.ts';

/** What is known of a message beside its payload. */
export interface MessageFacts {
  /** As the topic or the key says; undefined: the payload says it. */
  readonly sensor?: string | undefined;
  readonly metric?: string | undefined;
  /** What it is told from others by, where it has no payload. */
  readonly key?: string | undefined;
  /** When it was published, or arrived. */
  readonly time: Instant;
}

/** Takes a payload apart. What cannot be taken apart is one refused record, never an error. Indexes begin at `index`. */
export type ReadPayload = (payload: Uint8Array, facts: MessageFacts, index: number) => RecordChunk;

/** Records of one message: they are committed together. */
const MAX_RECORDS = 50_000;

/** How a record of a message is read again that was refused: it is kept as JSON. */
export function readerOfRejects({ register, timezone }: Job['mapping']): RejectReader {
  return { format: 'json', register, ...(timezone === null ? {} : { timezone }) };
}

/** How a job's messages are read; `timezone` of times without an offset. */
export function payloadReader(rules: PayloadRules, timezone: string | null): ReadPayload {
  const readTime = canonicalTime(timezone ?? undefined);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const shape = rules.format === 'json' ? shaper(rules) : null;
  // Wide records that name the same metrics share the list of them.
  let lastMetrics: readonly string[] = [];
  const shared = (record: RawRecord | RefusedRecord): RawRecord | RefusedRecord => {
    if ('code' in record) return record;
    if (record.metrics.length === lastMetrics.length && record.metrics.every((metric, at) => metric === lastMetrics[at]))
      return { ...record, metrics: lastMetrics };
    lastMetrics = record.metrics;
    return record;
  };

  return (payload, facts, index) => {
    if (payload.length === 0) return [malformed(index, 'the message has no payload', facts.key === undefined ? '' : JSON.stringify({ key: facts.key }))];
    let text: string;
    try {
      text = decoder.decode(payload);
    } catch {
      return [malformed(index, 'the payload is not in UTF-8', cut(Buffer.from(payload).toString('latin1')))];
    }
    if (shape === null) return [numberRecord(text, facts, index)];
    const elements = elementsOf(text, rules.records);
    if (typeof elements === 'string') return [malformed(index, elements, cut(text))];
    return elements.map((element, at) => shared(shape(element, elements.length === 1 ? text : null, facts, index + at, readTime)));
  };
}

type Shape = (element: unknown, text: string | null, facts: MessageFacts, index: number, readTime: ReadTime) => RawRecord | RefusedRecord;

/** How an element becomes a record in the canonical form, which says what is wrong with it. */
function shaper(rules: PayloadRules): Shape {
  const isCanonical = rules.values === null && rules.time === 'time' && rules.sensor === 'sensor' && rules.metric === 'metric' && rules.value === 'value';
  return (element, text, facts, index, readTime) => {
    const raw = () => text ?? JSON.stringify(element);
    // With the topic to say of what, a number is a reading.
    const object = typeof element === 'number' && facts.metric !== undefined ? { value: element } : element;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return malformed(index, 'the record is no JSON object', cut(raw()));
    const found: Record<string, unknown> = isCanonical ? { ...object } : canonicalOf(object, rules, facts.metric !== undefined);
    addFacts(found, facts, rules.time === null || typeof element === 'number');
    // Only what is no record needs its text, and half a character or a NUL is only found in it.
    const read = recordOfObject(found, text ?? '', index, readTime);
    return 'code' in read ? malformed(index, read.message, cut(raw())) : read;
  };
}

function addFacts(record: Record<string, unknown>, { sensor, metric, time }: MessageFacts, isTimeOfMessage: boolean): void {
  if (sensor !== undefined) record.sensor = sensor;
  if (metric !== undefined) record.metric = metric;
  if (isTimeOfMessage) record.time = formatInstant(time);
}

function canonicalOf(object: object, rules: PayloadRules, isMetricKnown: boolean): Record<string, unknown> {
  const found: Record<string, unknown> = { sensor: at(object, rules.sensor) };
  if (rules.time !== null) found.time = at(object, rules.time);
  if (rules.values === null) {
    if (!isMetricKnown) found.metric = at(object, rules.metric);
    // What is missing is no value, rather than nothing measured.
    found.value = at(object, rules.value) ?? '';
    return found;
  }
  for (const [metric, path] of Object.entries(rules.values)) found[metric] = at(object, path) ?? null;
  return found;
}

function numberRecord(text: string, { sensor, metric, time }: MessageFacts, index: number): RawRecord | RefusedRecord {
  if (sensor === undefined || metric === undefined)
    return malformed(index, 'the payload is a number, and the topic does not say of which sensor and metric', cut(text));
  const value = text.trim();
  return { index, sensor, time, timeText: formatInstant(time), metrics: [metric], values: [parseDecimal(value)], texts: [cut(value)] };
}

/** The records of a payload, or why there are none. */
function elementsOf(text: string, path: string | null): readonly unknown[] | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return `the payload is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const found = path === null ? document : at(document, path);
  if (path !== null && !Array.isArray(found)) return `the payload has no list at ${path}`;
  const elements = Array.isArray(found) ? found : [found];
  return elements.length > MAX_RECORDS
    ? `the message has ${elements.length} records, but the records of one message are committed together, and at most ${MAX_RECORDS} are`
    : elements;
}

function at(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inside, step) => (typeof inside === 'object' && inside !== null && Object.hasOwn(inside, step) ? Reflect.get(inside, step) : undefined),
      document,
    );
}

function cut(text: string): string {
  return text.length <= MAX_RECORD_BYTES ? text : text.slice(0, KEPT_OF_LONG_RECORD);
}
