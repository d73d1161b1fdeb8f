import { type Catalogue, locationIdAt, type SensorRow } from '../db/catalogue.ts';
import { isText } from '../db/check-input.ts';
import type { SeriesKey } from '../db/load/create-series.ts';
import type { RejectionCode } from '../db/rejection-code.ts';
import { formatInstant, type Instant, MICROS_PER_HOUR, now } from '../db/time/instant.ts';
import { type Column, columnOf, faultOf, isWithin, rowFaultOf } from './load/faults.ts';
import { groupBySeries } from './load/group-by-series.ts';
import { monthsOf, ReadingColumns } from './load/reading-columns.ts';
import { isTooLong, KEPT_BESIDE_TEXT, type Refusal, recordOfReading, recordOfRefusal, tooLong } from './load/refusal.ts';
import type { BatchRejection, ValidBatch } from './load/valid-batch.ts';
import { copied } from './read/copied.ts';
import type { RawRecord, RefusedRecord } from './record.ts';
import { unknownMetricHint } from './unknown-metric-hint.ts';

/** How far ahead of now a clock may be. */
export const AHEAD = MICROS_PER_HOUR;

/** Looking for the metric that was meant costs a comparison with each: whoever names many that nobody knows is not told of all of them. */
const HINTS = 1000;

/** What the records of a batch are checked against. */
export interface ValidationRules {
  readonly catalogue: Catalogue;
  /** Whether sensors that nobody knows are registered rather than refused. */
  readonly register: boolean;
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

/**
 * Sorts the readings of a batch into series, and those that cannot be loaded into rejections; every reading ends in one of the two.
 * What is accepted goes into columns and its record is let go: keeping the records of a batch until it is loaded doubled the time spent in garbage collection.
 */
export class Validation {
  /** Readings so far, good or bad. */
  received = 0;
  /** Records so far. */
  records = 0;
  /** About how many characters are kept of what the sender chose freely: rejected records, ids of sensors, names of metrics. */
  kept = 0;
  readonly #rules: ValidationRules;
  readonly #latest = now() + AHEAD;
  readonly #sensors = new Map<string, SensorState | null>();
  readonly #columns = new Map<readonly string[] | string, readonly Column[]>();
  readonly #places = new Map<string, Place>();
  readonly #slots: SeriesKey[] = [];
  readonly #rejections: BatchRejection[] = [];
  readonly #refusals: Refusal[] = [];
  readonly #accepted = new ReadingColumns();
  #hints = 0;

  constructor(rules: ValidationRules) {
    this.#rules = rules;
  }

  /** Takes the next record of the batch. */
  take(record: RawRecord | RefusedRecord): void {
    this.records += 1;
    if ('raw' in record) this.#refuse(record);
    else this.#check(record);
  }

  /** The batch. */
  finish(): ValidBatch {
    const { series, times, values, repeated } = groupBySeries(this.#slots, this.#accepted);
    const batch: ValidBatch = {
      catalogue: this.#rules.catalogue,
      received: this.received,
      repeated,
      series,
      times,
      values,
      months: monthsOf(times),
      rejections: this.#rejections,
      checkAgain: (catalogue) => (this.#holdsFor(catalogue) ? { ...batch, catalogue } : this.#again(catalogue)),
    };
    return batch;
  }

  /** Whether another version of the catalogue says the same of every sensor and metric of this batch: mostly it is new for its new series alone. */
  #holdsFor({ sensors, metrics }: Catalogue): boolean {
    for (const [id, state] of this.#sensors) {
      const row = sensors.get(id);
      if (state === null ? row !== undefined : JSON.stringify(row?.placements ?? []) !== JSON.stringify(state.row.placements)) return false;
    }
    const columns = [...new Set(this.#columns.values())].flat();
    return columns.every(({ metricId, metric }) => JSON.stringify(metrics.get(metricId) ?? null) === JSON.stringify(metric));
  }

  /** The same readings in the same order, those refused before among them, against another version of the catalogue. */
  #again(catalogue: Catalogue): ValidBatch {
    const validation = new Validation({ ...this.#rules, catalogue });
    let position = 0;
    for (const refusal of this.#refusals) {
      for (; position < refusal.accepted; position += 1) validation.take(this.#recordOf(position));
      validation.take(recordOfRefusal(refusal));
    }
    for (; position < this.#accepted.count; position += 1) validation.take(this.#recordOf(position));
    return validation.finish();
  }

  /** An accepted reading as a record of its own. Its texts are as we would write them. */
  #recordOf(position: number): RawRecord {
    const { slots, indexes, times, values } = this.#accepted;
    const slot = this.#slots[slots[position] ?? 0];
    const time = times[position] ?? 0;
    const value = values[position] ?? 0;
    const index = indexes[position] ?? 0;
    return {
      index,
      sensor: slot?.sensorId ?? '',
      time,
      timeText: formatInstant(time),
      metrics: [slot?.metricId ?? ''],
      values: [value],
      texts: [String(value)],
    };
  }

  #refuse({ index, code, message, raw, header }: RefusedRecord): void {
    this.received += 1;
    const part = index === -1 ? 'header' : 'record';
    this.#keep({ index, code, message, record: copied(raw), part, ...(header === undefined ? {} : { header }) }, null);
  }

  #check(record: RawRecord): void {
    const { time, values, index } = record;
    if (isTooLong(record)) {
      this.#refuse(tooLong(record));
      return;
    }
    const sensor = this.#sensorOf(record.sensor);
    const columns = this.#columnsOf(record.metrics);
    if (sensor === null || time === null || time < 0 || time > this.#latest) {
      this.#rejectRow(record, columns, sensor);
      return;
    }
    if (time < sensor.from || time >= sensor.to) this.#move(sensor, time);
    const slots = slotsOf(sensor.place, columns);
    this.#accepted.makeRoom(values.length);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at];
      if (value === undefined) continue;
      this.received += 1;
      const column = columns[at];
      if (column === undefined || !isWithin(column, value)) this.#reject(record, at, ...faultOf(column, value, record.texts[at]));
      else this.#accepted.add(slots[at] ?? this.#openSlot(sensor.place, columns, at, slots), index, time, value);
    }
  }

  #sensorOf(id: string): SensorState | null {
    const known = this.#sensors.get(id);
    if (known !== undefined) return known;
    const registered = this.#rules.catalogue.sensors.get(id);
    const ownId = registered?.id ?? copied(id);
    const row = registered ?? (this.#rules.register && isText(id) ? { id: ownId, name: null, placements: [] } : null);
    // The empty stretch makes the first reading look up its place.
    const state: SensorState | null = row === null ? null : { row, from: 0, to: 0, place: newPlace(ownId, null) };
    this.#sensors.set(ownId, state);
    this.kept += ownId.length;
    return state;
  }

  /** Columns by the identity of the list, which wide files share, or by its content. */
  #columnsOf(metrics: readonly string[]): readonly Column[] {
    const shared = this.#columns.get(metrics);
    if (shared !== undefined) return shared;
    const content = metrics.join('\0');
    let columns = this.#columns.get(content);
    if (columns === undefined) {
      columns = metrics.map((id) => this.#columnOf(id));
      this.#columns.set(copied(content), columns);
      this.kept += content.length + KEPT_BESIDE_TEXT * metrics.length;
    }
    // A source may hand out a new list with every record: those are not worth remembering.
    if (this.#columns.size < 1000) this.#columns.set(metrics, columns);
    return columns;
  }

  #columnOf(id: string): Column {
    const metric = this.#rules.catalogue.metrics.get(id) ?? null;
    if (metric !== null || this.#hints >= HINTS) return columnOf(id, metric, '');
    this.#hints += 1;
    return columnOf(id, metric, `: ${unknownMetricHint(id, this.#rules.catalogue.metrics.keys())}`);
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

  /** A problem of the whole record is one of each of its readings. */
  #rejectRow(record: RawRecord, columns: readonly Column[], sensor: SensorState | null): void {
    record.values.forEach((value, at) => {
      if (value === undefined) return;
      this.received += 1;
      this.#reject(record, at, ...rowFaultOf(record, columns[at], sensor !== null, this.#latest));
    });
  }

  #reject(record: RawRecord, at: number, code: RejectionCode, message: string): void {
    const rejection: BatchRejection = { index: record.index, code, message, record: recordOfReading(record, at), part: 'reading' };
    const { time, timeRule } = record;
    this.#keep(rejection, { time, value: record.values[at] ?? Number.NaN, ...(timeRule === undefined ? {} : { timeRule }) });
  }

  #keep(rejection: BatchRejection, reading: Refusal['reading']): void {
    this.kept += rejection.record.length + rejection.message.length + KEPT_BESIDE_TEXT;
    this.#refusals.push({ rejection, reading, accepted: this.#accepted.count });
    this.#rejections.push(rejection);
  }
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
