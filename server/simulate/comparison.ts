import { formatInstant } from '../../db/time/instant.ts';
import type { StoredReading } from './stored-readings.ts';
import type { SeriesTruth } from './truth.ts';

/** How what is stored differs from the truth. */
export interface Compared {
  readonly found: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  readonly unexpected: number;
  /** The first differences, in words. */
  readonly examples: readonly string[];
  /** Sensors and metrics of which there are derived readings, by `keyOf`. */
  readonly derivedToo: ReadonlySet<string>;
}

interface Cursor {
  readonly truth: SeriesTruth;
  /** The next instant that has not been met. */
  at: number;
  lastTime: number;
}

const EXAMPLES = 20;

/** A name for a sensor and a metric. */
export function keyOf(sensor: string, metric: string): string {
  return JSON.stringify([sensor, metric]);
}

/** Walks through the truth beside what is stored, which has to come by time within each series: nothing of it is held. */
export class Comparison {
  readonly #cursors: readonly Cursor[];
  readonly #bySensor = new Map<string, Map<string, Cursor>>();
  readonly #examples: string[] = [];
  readonly #derivedToo = new Set<string>();
  readonly #strangers = new Map<string, number>();
  #found = 0;
  #lost = 0;
  #doubled = 0;
  #wrong = 0;
  #unexpected = 0;

  constructor(series: readonly SeriesTruth[]) {
    this.#cursors = series.map((truth) => ({ truth, at: 0, lastTime: Number.NEGATIVE_INFINITY }));
    for (const cursor of this.#cursors) {
      const { sensor, metric } = cursor.truth;
      const byMetric = this.#bySensor.get(sensor) ?? new Map<string, Cursor>();
      this.#bySensor.set(sensor, byMetric.set(metric, cursor));
    }
  }

  /** The next that is stored. */
  compare(stored: StoredReading): void {
    if (stored.isDerived) {
      this.#derivedToo.add(keyOf(stored.sensor, stored.metric));
      return;
    }
    const cursor = this.#bySensor.get(stored.sensor)?.get(stored.metric);
    if (cursor === undefined) this.#meetStranger(stored);
    else if (stored.time === cursor.lastTime) this.#doubled += this.#note('doubled', stored, '');
    else this.#meet(cursor, stored);
  }

  /** What is not met by now is lost. */
  end(): Compared {
    for (const cursor of this.#cursors) this.#loseUntil(cursor, Number.POSITIVE_INFINITY);
    return {
      found: this.#found,
      lost: this.#lost,
      doubled: this.#doubled,
      wrong: this.#wrong,
      unexpected: this.#unexpected,
      examples: this.#examples,
      derivedToo: this.#derivedToo,
    };
  }

  #meet(cursor: Cursor, stored: StoredReading): void {
    this.#loseUntil(cursor, stored.time);
    const { truth, at } = cursor;
    cursor.lastTime = stored.time;
    if (truth.time[at] !== stored.time) {
      this.#unexpected += this.#note('unexpected', stored, '');
      return;
    }
    cursor.at += 1;
    if (truth.isUncertain[at] === 1) return;
    const value = truth.value[at] ?? Number.NaN;
    if (Object.is(value, stored.value) || value === stored.value) this.#found += 1;
    else this.#wrong += this.#note('wrong', stored, `, but ${value} was sent last`);
  }

  #meetStranger(stored: StoredReading): void {
    const key = keyOf(stored.sensor, stored.metric);
    if (this.#strangers.get(key) === stored.time) this.#doubled += this.#note('doubled', stored, '');
    else this.#unexpected += this.#note('unexpected', stored, '');
    this.#strangers.set(key, stored.time);
  }

  #loseUntil(cursor: Cursor, time: number): void {
    const { truth } = cursor;
    for (; cursor.at < truth.time.length && (truth.time[cursor.at] ?? 0) < time; cursor.at++) {
      if (truth.isUncertain[cursor.at] === 1) continue;
      const { sensor, metric } = truth;
      this.#lost += this.#note('lost', { sensor, metric, time: truth.time[cursor.at] ?? 0, value: truth.value[cursor.at] ?? 0 }, '');
    }
  }

  #note(what: string, { sensor, metric, time, value }: Omit<StoredReading, 'isDerived'>, more: string): number {
    if (this.#examples.length < EXAMPLES) this.#examples.push(`${what}: ${sensor} ${metric} at ${formatInstant(time)}: ${value}${more}`);
    return 1;
  }
}
