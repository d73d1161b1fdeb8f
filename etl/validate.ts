import { type Catalogue, locationIdAt, type MetricRow, type SensorRow } from '../db/catalogue.ts';
import type { SeriesKey } from '../db/load/create-series.ts';
import { type Instant, MICROS_PER_HOUR, now } from '../db/time/instant.ts';
import { groupBySeries } from './load/group-by-series.ts';
import type { BatchRejection, ValidBatch } from './load/valid-batch.ts';
import type { RawRecord, RefusedRecord, RejectionCode } from './record.ts';

/** Beyond these magnitudes the squares that a standard deviation needs leave the range of a double, and an average its precision. */
const GREATEST = 1e100;
const LEAST = 1e-100;

/** How far ahead of now a clock may be. */
const AHEAD = MICROS_PER_HOUR;

/** What the records of a batch are checked against. */
export interface ValidationRules {
  readonly catalogue: Catalogue;
  /** Whether sensors that nobody knows are registered rather than refused. */
  readonly register: boolean;
}

/** Sorts the readings of some records into series, and those that cannot be loaded into rejections. Every reading ends in one of the two. */
export function validateBatch(records: readonly (RawRecord | RefusedRecord)[], rules: ValidationRules): ValidBatch {
  const validation = new Validation(records.length, rules);
  for (const record of records) {
    if ('raw' in record) validation.refuse(record);
    else validation.check(record);
  }
  return validation.finish();
}

/** One metric of the records at hand, and between which values it is loaded; null where there is no such metric. */
interface Column {
  readonly metricId: string;
  readonly metric: MetricRow | null;
  readonly min: number;
  readonly max: number;
}

/** A sensor in this batch, and the stretch of time and the place that its last reading was of. */
interface SensorState {
  readonly row: SensorRow;
  from: Instant;
  to: Instant;
  place: Place;
}

type Slots = (number | undefined)[];

/** A sensor at a location. */
interface Place {
  readonly sensorId: string;
  readonly locationId: string | null;
  /** The slots of the batch's series by column, none until there is a reading. */
  readonly slots: Map<readonly Column[], Slots>;
  readonly slotByMetric: Map<string, number>;
}

/** Growing columns: no object a reading. */
class Validation {
  readonly #rules: ValidationRules;
  readonly #latest = now() + AHEAD;
  readonly #sensors = new Map<string, SensorState | null>();
  readonly #columns = new Map<readonly string[] | string, readonly Column[]>();
  readonly #places = new Map<string, Place>();
  readonly #slots: SeriesKey[] = [];
  readonly #rejections: BatchRejection[] = [];
  #received = 0;
  #count = 0;
  #slotOf: Int32Array;
  #times: Float64Array;
  #values: Float64Array;

  constructor(records: number, rules: ValidationRules) {
    this.#rules = rules;
    this.#slotOf = new Int32Array(records);
    this.#times = new Float64Array(records);
    this.#values = new Float64Array(records);
  }

  refuse(record: RefusedRecord): void {
    this.#received += 1;
    this.#rejections.push({ index: record.index, code: record.code, message: record.message, record: record.raw });
  }

  check(record: RawRecord): void {
    const sensor = this.#sensorOf(record.sensor);
    const { time, values } = record;
    const columns = this.#columnsOf(record.metrics);
    if (sensor === null || time === null || time < 0 || time > this.#latest) {
      this.#rejectRow(record, columns, sensor);
      return;
    }
    if (time < sensor.from || time >= sensor.to) this.#move(sensor, time);
    const slots = slotsOf(sensor.place, columns);
    this.#makeRoom(values.length);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at];
      if (value === undefined) continue;
      this.#received += 1;
      const column = columns[at];
      if (column === undefined || !isWithin(column, value)) this.#reject(record, at, ...faultOf(column, value, record.texts[at]));
      else this.#add(slots[at] ?? this.#openSlot(sensor.place, columns, at, slots), time, value);
    }
  }

  finish(): ValidBatch {
    const { series, times, values, repeated } = groupBySeries(this.#slots, this.#slotOf, this.#times, this.#values, this.#count);
    return {
      catalogue: this.#rules.catalogue,
      received: this.#received,
      repeated,
      series,
      times,
      values,
      months: monthsOf(times),
      rejections: this.#rejections,
    };
  }

  #sensorOf(id: string): SensorState | null {
    const known = this.#sensors.get(id);
    if (known !== undefined) return known;
    const registered = this.#rules.catalogue.sensors.get(id);
    const row = registered ?? (this.#rules.register && isName(id) ? { id, name: null, placements: [] } : null);
    // The empty stretch makes the first reading look up its place.
    const state: SensorState | null = row === null ? null : { row, from: 0, to: 0, place: newPlace(id, null) };
    this.#sensors.set(id, state);
    return state;
  }

  /** Columns by the identity of the list, which wide files share, or by its content. */
  #columnsOf(metrics: readonly string[]): readonly Column[] {
    const shared = this.#columns.get(metrics);
    if (shared !== undefined) return shared;
    const content = metrics.join('\0');
    let columns = this.#columns.get(content);
    if (columns === undefined) {
      columns = metrics.map((id) => columnOf(id, this.#rules.catalogue.metrics.get(id) ?? null));
      this.#columns.set(content, columns);
    }
    // A source may hand out a new list with every record: those are not worth remembering.
    if (this.#columns.size < 1000) this.#columns.set(metrics, columns);
    return columns;
  }

  #move(sensor: SensorState, time: Instant): void {
    const { placements } = sensor.row;
    const next = placements.findIndex((placement, position) => position > 0 && placement.since > time);
    const current = next === -1 ? placements.length - 1 : next - 1;
    sensor.from = current <= 0 ? Number.NEGATIVE_INFINITY : (placements[current]?.since ?? Number.NEGATIVE_INFINITY);
    sensor.to = next === -1 ? Number.POSITIVE_INFINITY : (placements[next]?.since ?? Number.POSITIVE_INFINITY);
    const locationId = locationIdAt(sensor.row, time);
    sensor.place = this.#placeOf(sensor.row.id, locationId);
  }

  #placeOf(sensorId: string, locationId: string | null): Place {
    const key = JSON.stringify([sensorId, locationId]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = newPlace(sensorId, locationId);
    this.#places.set(key, place);
    return place;
  }

  #openSlot(place: Place, columns: readonly Column[], at: number, slots: Slots): number {
    const metricId = columns[at]?.metricId ?? '';
    let slot = place.slotByMetric.get(metricId);
    if (slot === undefined) {
      slot = this.#slots.push({ sensorId: place.sensorId, metricId, locationId: place.locationId }) - 1;
      place.slotByMetric.set(metricId, slot);
    }
    slots[at] = slot;
    return slot;
  }

  #add(slot: number, time: Instant, value: number): void {
    const position = this.#count;
    this.#slotOf[position] = slot;
    this.#times[position] = time;
    this.#values[position] = value;
    this.#count = position + 1;
  }

  #makeRoom(atLeast: number): void {
    if (this.#count + atLeast <= this.#times.length) return;
    const room = Math.max(this.#times.length * 2, this.#count + atLeast, 1024);
    this.#slotOf = enlarged(new Int32Array(room), this.#slotOf);
    this.#times = enlarged(new Float64Array(room), this.#times);
    this.#values = enlarged(new Float64Array(room), this.#values);
  }

  /** A problem of the whole record is one of each of its readings. */
  #rejectRow(record: RawRecord, columns: readonly Column[], sensor: SensorState | null): void {
    record.values.forEach((value, at) => {
      if (value === undefined) return;
      this.#received += 1;
      this.#reject(record, at, ...rowFaultOf(record, columns[at], sensor, this.#latest));
    });
  }

  #reject(record: RawRecord, at: number, code: RejectionCode, message: string): void {
    const { index, timeText, sensor } = record;
    const reading = { time: timeText, sensor, metric: record.metrics[at], value: record.texts[at] };
    this.#rejections.push({ index, code, message, record: JSON.stringify(reading) });
  }
}

function columnOf(metricId: string, metric: MetricRow | null): Column {
  // An unknown metric takes no value at all.
  if (metric === null) return { metricId, metric, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  return { metricId, metric, min: Math.max(metric.min ?? -GREATEST, -GREATEST), max: Math.min(metric.max ?? GREATEST, GREATEST) };
}

function newPlace(sensorId: string, locationId: string | null): Place {
  return { sensorId, locationId, slots: new Map(), slotByMetric: new Map() };
}

function slotsOf(place: Place, columns: readonly Column[]): Slots {
  const known = place.slots.get(columns);
  if (known !== undefined) return known;
  const slots: Slots = columns.map(() => undefined);
  place.slots.set(columns, slots);
  return slots;
}

/** Not a number compares false, so it is caught here too. */
function isWithin({ min, max }: Column, value: number): boolean {
  return value >= min && value <= max && (value >= LEAST || value <= -LEAST || value === 0);
}

/** Names are kept as text by the database, which takes neither U+0000 nor half a character. */
function isName(id: string): boolean {
  return id !== '' && id.length <= 500 && !/[\0\p{Surrogate}]/u.test(id);
}

/** Why a record is not loaded whatever its values are; in the order in which the codes are documented. */
function rowFaultOf(record: RawRecord, column: Column | undefined, sensor: SensorState | null, latest: Instant): [RejectionCode, string] {
  if (sensor === null) return ['UNKNOWN_SENSOR', `sensor is ${JSON.stringify(record.sensor)}, but there is no such sensor`];
  if (column === undefined || column.metric === null) return unknownMetric(column);
  const time = JSON.stringify(record.timeText);
  if (record.time === null) return ['INVALID_TIME', `time is ${time}, but that is not a time of the form its source has`];
  if (record.time > latest) return ['TIME_OUT_OF_RANGE', `time is ${time}, but that is over an hour ahead of now`];
  return ['TIME_OUT_OF_RANGE', `time is ${time}, but readings begin in 1970`];
}

/** Why a value is not loaded. */
function faultOf(column: Column | undefined, value: number, text: string | undefined): [RejectionCode, string] {
  if (column === undefined || column.metric === null) return unknownMetric(column);
  const { metricId, metric } = column;
  if (!Number.isFinite(value)) return ['INVALID_VALUE', `${metricId} is ${JSON.stringify(text)}, but a value is a finite number`];
  if (value < (metric.min ?? value) || value > (metric.max ?? value))
    return ['VALUE_OUT_OF_RANGE', `${metricId} is ${value}, but it must be ${rangeText(metric)} ${metric.unit}`];
  return ['VALUE_OUT_OF_RANGE', `${metricId} is ${value}, but a value that is not 0 must be between ${LEAST} and ${GREATEST} in magnitude`];
}

function unknownMetric(column: Column | undefined): [RejectionCode, string] {
  return ['UNKNOWN_METRIC', `metric is ${JSON.stringify(column?.metricId)}, but there is no such metric`];
}

function rangeText({ min, max }: MetricRow): string {
  if (min === null) return `at most ${max}`;
  return max === null ? `at least ${min}` : `between ${min} and ${max}`;
}

/** The first instants of the UTC months of some times. */
function monthsOf(times: Float64Array): Instant[] {
  const months = new Set<Instant>();
  let from = 0;
  let to = 0;
  for (const time of times) {
    if (time >= from && time < to) continue;
    const date = new Date(time / 1000);
    from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000;
    to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) * 1000;
    months.add(from);
  }
  return [...months].sort((a, b) => a - b);
}

function enlarged<T extends Int32Array | Float64Array>(room: T, content: T): T {
  room.set(content);
  return room;
}
