import type { MetricRow } from '../../db/catalogue.ts';
import { isText, TEXT_RULE } from '../../db/check-input.ts';
import type { RejectionCode } from '../../db/rejection-code.ts';
import type { Instant } from '../../db/time/instant.ts';
import { isLocalTime } from '../read/canonical-time.ts';
import type { RawRecord } from '../record.ts';

/** Beyond these magnitudes the squares that a standard deviation needs leave the range of a double, and an average its precision. */
const GREATEST = 1e100;
const LEAST = 1e-100;

const TIME_RULE =
  'a time is RFC 3339 with an offset, such as 2026-03-01T08:00:00+09:00, or digits (9 to 11 epoch seconds, 12 or more milliseconds); any other is described by a source definition';

const LOCAL_TIME_RULE =
  'a time without an offset is read only where its input declares a time zone (--timezone, ?timezone=Asia/Seoul), as one that the clocks of that zone showed';

/** What people write where nothing was measured. */
const MARKER = /^(-+|\?+|\.+|\*+|#?n\/?a|nan|null|nil|none|missing)$/i;

/** Messages are answered a thousand at a time; the record is kept whole beside them. */
const QUOTED = 300;

/** One metric of the records at hand, and between which values it is loaded; null where there is no such metric. */
export interface Column {
  readonly metricId: string;
  readonly metric: MetricRow | null;
  readonly min: number;
  readonly max: number;
  /** Of an unknown metric, what to do about it. */
  readonly hint: string;
}

/** What a metric takes. */
export function columnOf(metricId: string, metric: MetricRow | null, hint: string): Column {
  // An unknown metric takes no value at all.
  if (metric === null) return { metricId, metric, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, hint };
  return { metricId, metric, min: Math.max(metric.min ?? -GREATEST, -GREATEST), max: Math.min(metric.max ?? GREATEST, GREATEST), hint };
}

/** Whether a value is loaded. Not a number compares false, so it is caught here too. */
export function isWithin({ min, max }: Column, value: number): boolean {
  return value >= min && value <= max && (value >= LEAST || value <= -LEAST || value === 0);
}

/** Why a record is not loaded whatever its values are; in the order in which the codes are documented. */
export function rowFaultOf(record: RawRecord, column: Column | undefined, isSensorKnown: boolean, latest: Instant): [RejectionCode, string] {
  if (!isSensorKnown) return ['UNKNOWN_SENSOR', `sensor is ${quoted(record.sensor)}, but ${sensorRule(record.sensor)}`];
  if (column === undefined || column.metric === null) return unknownMetric(column);
  const time = quoted(record.timeText);
  if (record.time === null) return ['INVALID_TIME', `time is ${time}, but ${record.timeRule ?? (isLocalTime(record.timeText) ? LOCAL_TIME_RULE : TIME_RULE)}`];
  if (record.time > latest) return ['TIME_OUT_OF_RANGE', `time is ${time}, but that is over an hour ahead of now`];
  return ['TIME_OUT_OF_RANGE', `time is ${time}, but readings begin in 1970`];
}

/** Why a value is not loaded. */
export function faultOf(column: Column | undefined, value: number, text: string | undefined): [RejectionCode, string] {
  if (column === undefined || column.metric === null) return unknownMetric(column);
  const { metricId, metric } = column;
  if (!Number.isFinite(value)) return ['INVALID_VALUE', `${metricId} is ${quoted(text ?? '')}, but a value is a finite number${numberHint(text ?? '')}`];
  if (value < (metric.min ?? value) || value > (metric.max ?? value))
    return ['VALUE_OUT_OF_RANGE', `${metricId} is ${value}, but it must be ${rangeText(metric)} ${metric.unit}`];
  return ['VALUE_OUT_OF_RANGE', `${metricId} is ${value}, but a value that is not 0 must be between ${LEAST} and ${GREATEST} in magnitude`];
}

/** What people write where a number should be. */
function numberHint(text: string): string {
  if (/^[+-]?[\d.]*,\d+$/.test(text)) return ': decimal commas are read by a source definition with decimalComma: true';
  if (/^[+-]?[\d,]*\.\d+$/.test(text)) return ': by its source definition the decimal sign is the comma';
  if (MARKER.test(text)) return ': where it means that nothing was measured, a source definition names it under missing, or the cell stays empty';
  return '';
}

function sensorRule(id: string): string {
  return isText(id)
    ? 'there is no such sensor: save it with saveSensors, or have it registered by the load (--register, ?register=true, in a job mapping: { register: true })'
    : `there can be no such sensor: ${TEXT_RULE}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);
}

function unknownMetric(column: Column | undefined): [RejectionCode, string] {
  return ['UNKNOWN_METRIC', `metric is ${quoted(column?.metricId ?? '')}, but there is no such metric${column?.hint ?? ''}`];
}

function rangeText({ min, max }: MetricRow): string {
  if (min === null) return `at most ${max}`;
  return max === null ? `at least ${min}` : `between ${min} and ${max}`;
}
