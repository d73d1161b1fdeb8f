import type { MetricRow } from '../db/catalogue.ts';
import { dateFromDays } from '../db/time/calendar.ts';
import { type Instant, MICROS_PER_DAY } from '../db/time/instant.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import { type SeriesWork, UNCHANGED } from './load/series-work.ts';
import { summerPerceivedTemperature, winterPerceivedTemperature } from './perceived-temperature.ts';
import { relativeHumidity } from './relative-humidity.ts';

/** The metrics that others are derived from, and the derived ones (humidity is both). */
export const DERIVATION_INPUTS = ['temperature', 'dew_point', 'humidity', 'wind_speed'] as const;
export const DERIVED_METRICS = ['humidity', 'perceived_temperature'] as const;
export type DerivedMetric = (typeof DERIVED_METRICS)[number];

/** The series of one sensor at one location that take part in derivations; a metric that has none is left out. */
export interface DerivationGroup {
  readonly sensorId: string;
  readonly locationId: string | null;
  /** The zone whose calendar says whether it is summer. */
  readonly timezone: string;
  readonly series: ReadonlyMap<string, SeriesWork>;
}

/** Outside of these a derived value is none. */
export type Ranges = ReadonlyMap<string, Pick<MetricRow, 'min' | 'max'>>;

/** What was derived. */
export interface Derivation {
  /** Derived readings that are to be written, new or with another value. */
  readonly derived: number;
  /** Derived metrics that there is something of, but no series yet. */
  readonly missing: readonly DerivedMetric[];
}

/** Whether anything could ever be derived from these metrics of a sensor. */
export function isDerivable(metrics: { has(metric: string): boolean }): boolean {
  return metrics.has('temperature') && (metrics.has('dew_point') || metrics.has('humidity') || metrics.has('wind_speed'));
}

/** Derives for every instant at which the batch changes an input, from what the store will then have; notes in the derived series what is to be written. Runs after the batch's readings are classified. */
export function derive(group: DerivationGroup, times: Float64Array, values: Float64Array, ranges: Ranges): Derivation {
  const cursorOf = (metric: string) => new Cursor(group.series.get(metric), times, values);
  const temperature = cursorOf('temperature');
  const dewPoint = cursorOf('dew_point');
  const humidity = cursorOf('humidity');
  const wind = cursorOf('wind_speed');
  const perceived = cursorOf('perceived_temperature');
  const derivedHumidity = new Settlement('humidity', humidity, ranges);
  const derivedPerceived = new Settlement('perceived_temperature', perceived, ranges);
  const isSummer = createSeason(group.timezone);

  for (;;) {
    const time = Math.min(temperature.next, dewPoint.next, humidity.next, wind.next);
    if (time === Number.POSITIVE_INFINITY) break;
    const touched = [temperature.moveTo(time), dewPoint.moveTo(time), humidity.moveTo(time), wind.moveTo(time)].includes(true);
    perceived.moveTo(time);
    if (!touched) continue;
    const percent = humidity.isMeasured ? humidity.value : derivedHumidity.settle(time, both(relativeHumidity, temperature.value, dewPoint.value));
    if (perceived.isMeasured) continue;
    const felt = isSummer(time)
      ? both(summerPerceivedTemperature, temperature.value, percent)
      : both(winterPerceivedTemperature, temperature.value, wind.value);
    derivedPerceived.settle(time, felt);
  }
  return {
    derived: derivedHumidity.finish() + derivedPerceived.finish(),
    missing: [derivedHumidity, derivedPerceived].filter((settlement) => settlement.isHomeless).map((settlement) => settlement.metric),
  };
}

function both(formula: (a: number, b: number) => number | null, a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : formula(a, b);
}

/** Whether it is May to September by the calendar of a zone. Times come in order, so the last day is remembered. */
function createSeason(timezone: string): (time: Instant) => boolean {
  const clock = zoneClock(timezone);
  let lastDay = Number.NaN;
  let isSummer = false;
  return (time) => {
    const day = Math.floor(clock.toLocal(time) / MICROS_PER_DAY);
    if (day !== lastDay) {
      const { month } = dateFromDays(day);
      isSummer = month >= 5 && month <= 9;
      lastDay = day;
    }
    return isSummer;
  };
}

/** Walks along one series as it will be once the batch is written: the batch's readings before the stored ones. */
class Cursor {
  readonly work: SeriesWork | undefined;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #at: number;
  #storedAt = 0;
  /** At the instant last moved to; null where there is no reading. */
  value: number | null = null;
  isMeasured = false;

  constructor(work: SeriesWork | undefined, times: Float64Array, values: Float64Array) {
    this.work = work;
    this.#times = times;
    this.#values = values;
    this.#at = work?.from ?? 0;
  }

  /** The next instant that the batch has a reading of. */
  get next(): Instant {
    if (this.work === undefined || this.#at >= this.work.to) return Number.POSITIVE_INFINITY;
    return this.#times[this.#at] ?? Number.POSITIVE_INFINITY;
  }

  /** Moves to an instant not before the last one; returns whether the batch changes the reading there. */
  moveTo(time: Instant): boolean {
    this.value = null;
    this.isMeasured = false;
    const { work } = this;
    if (work === undefined) return false;
    // A measured perceived temperature may stand alone.
    while (this.next < time) this.#at += 1;
    if (this.next === time) {
      this.value = this.#values[this.#at] ?? null;
      this.isMeasured = true;
      const effect = work.effects?.[this.#at - work.from];
      this.#at += 1;
      return effect !== UNCHANGED;
    }
    if (work.stored !== null) this.#moveAlongStored(work.stored, time);
    return false;
  }

  #moveAlongStored(stored: NonNullable<SeriesWork['stored']>, time: Instant): void {
    while (this.#storedAt < stored.times.length && (stored.times[this.#storedAt] ?? 0) < time) this.#storedAt += 1;
    if (stored.times[this.#storedAt] !== time) return;
    this.value = stored.values[this.#storedAt] ?? null;
    this.isMeasured = stored.derived[this.#storedAt] === 0;
  }
}

/** Collects what is to be written of one derived metric, where no measured reading stands. */
class Settlement {
  readonly metric: DerivedMetric;
  readonly #cursor: Cursor;
  readonly #min: number;
  readonly #max: number;
  readonly #times: Instant[] = [];
  readonly #values: number[] = [];

  constructor(metric: DerivedMetric, cursor: Cursor, ranges: Ranges) {
    this.metric = metric;
    this.#cursor = cursor;
    this.#min = ranges.get(metric)?.min ?? Number.NEGATIVE_INFINITY;
    this.#max = ranges.get(metric)?.max ?? Number.POSITIVE_INFINITY;
  }

  /** Whether there is something to write and no series to write it to. */
  get isHomeless(): boolean {
    return this.#cursor.work === undefined && this.#times.length > 0;
  }

  /** Compares what is to stand with what is stored, at the instant that the cursor is at; returns what will stand. */
  settle(time: Instant, result: number | null): number | null {
    const wanted = result !== null && result >= this.#min && result <= this.#max ? result : null;
    const { value: stored, work } = this.#cursor;
    if (wanted === stored) return wanted;
    if (wanted === null) work?.deleted.push(time);
    else if (stored === null) {
      this.#times.push(time);
      this.#values.push(wanted);
    } else if (work !== undefined) {
      work.corrected.times.push(time);
      work.corrected.values.push(wanted);
      work.corrected.derived.push(true);
      work.corrected.oldValues.push(Number.NaN);
      work.corrected.oldBatchIds.push(0);
    }
    return wanted;
  }

  /** Hands the new readings to the series; returns how many derived readings are written. */
  finish(): number {
    const { work } = this.#cursor;
    const count = this.#times.length;
    if (work === undefined) return 0;
    if (count > 0)
      work.runs.push({ seriesId: work.id, derived: true, times: Float64Array.from(this.#times), values: Float64Array.from(this.#values), from: 0, to: count });
    return count + work.corrected.derived.filter((derived) => derived).length;
  }
}
