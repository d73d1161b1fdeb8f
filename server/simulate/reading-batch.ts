/** A sensor and a metric of a simulation, known by its position in a table. */
export interface SimulatedSeries {
  readonly sensor: string;
  readonly metric: string;
  /** Counts the sensors in the order in which they came: readings of one sensor stay in one lane. */
  readonly sensorNumber: number;
}

/** Readings in columns, in the order in which they are sent: objects for millions of them would cost more than making them. */
export interface ReadingBatch {
  readonly length: number;
  /** Positions in the table of series. */
  readonly series: Int32Array;
  /** Instants. */
  readonly time: Float64Array;
  readonly value: Float64Array;
  /** What is peculiar about each: a sum of PECULIAR. */
  readonly flags: Uint8Array;
}

/** A batch that says when each of its readings is to be sent, in the time of its story; in this order. */
export interface DueBatch extends ReadingBatch {
  readonly due: Float64Array;
}

/** What is peculiar about a reading. Readings that are refused must not be found afterwards. */
export const PECULIAR = { refused: 1, late: 2, again: 4, correction: 8, stuck: 16, spike: 32 } as const;

/** The name of something peculiar. */
export type Peculiarity = keyof typeof PECULIAR;

export const PECULIARITIES: readonly Peculiarity[] = ['refused', 'late', 'again', 'correction', 'stuck', 'spike'];

/** All series of a simulation; grows as they come. */
export class SeriesTable {
  readonly #series: SimulatedSeries[] = [];
  readonly #bySensor = new Map<string, { readonly number: number; readonly byMetric: Map<string, number> }>();

  get size(): number {
    return this.#series.length;
  }

  get sensors(): readonly string[] {
    return [...this.#bySensor.keys()];
  }

  /** The series at a position that `add` gave. */
  at(position: number): SimulatedSeries {
    const found = this.#series[position];
    if (found === undefined) throw new RangeError(`there is no series at ${position}`);
    return found;
  }

  /** The position of a series, which is added where nobody knew it. */
  add(sensor: string, metric: string): number {
    let known = this.#bySensor.get(sensor);
    if (known === undefined) {
      known = { number: this.#bySensor.size, byMetric: new Map() };
      this.#bySensor.set(sensor, known);
    }
    const found = known.byMetric.get(metric);
    if (found !== undefined) return found;
    known.byMetric.set(metric, this.#series.length);
    return this.#series.push({ sensor, metric, sensorNumber: known.number }) - 1;
  }

  /** The position of a series; undefined where nobody knows it. */
  find(sensor: string, metric: string): number | undefined {
    return this.#bySensor.get(sensor)?.byMetric.get(metric);
  }
}

/** Columns that grow up to a length that is known before. */
export class BatchBuilder {
  readonly capacity: number;
  readonly #series: Int32Array;
  readonly #time: Float64Array;
  readonly #value: Float64Array;
  readonly #flags: Uint8Array;
  readonly #due: Float64Array;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#series = new Int32Array(capacity);
    this.#time = new Float64Array(capacity);
    this.#value = new Float64Array(capacity);
    this.#flags = new Uint8Array(capacity);
    this.#due = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.capacity;
  }

  push(series: number, time: number, value: number, flags: number, due = time): void {
    const at = this.#length++;
    this.#series[at] = series;
    this.#time[at] = time;
    this.#value[at] = value;
    this.#flags[at] = flags;
    this.#due[at] = due;
  }

  /** What was pushed so far, in columns of its own; the builder is empty again. */
  take(): DueBatch {
    const length = this.#length;
    this.#length = 0;
    return {
      length,
      series: this.#series.slice(0, length),
      time: this.#time.slice(0, length),
      value: this.#value.slice(0, length),
      flags: this.#flags.slice(0, length),
      due: this.#due.slice(0, length),
    };
  }
}

/** Counts to begin with. */
export const NONE_PECULIAR: Readonly<Record<Peculiarity, number>> = { refused: 0, late: 0, again: 0, correction: 0, stuck: 0, spike: 0 };

/** How many readings are peculiar in each way; a reading may be in several. */
export function countPeculiar({ length, flags }: ReadingBatch): Readonly<Record<Peculiarity, number>> {
  const counts = { ...NONE_PECULIAR };
  for (let at = 0; at < length; at++) {
    const flag = flags[at] ?? 0;
    if (flag === 0) continue;
    for (const peculiarity of PECULIARITIES) if ((flag & PECULIAR[peculiarity]) !== 0) counts[peculiarity] += 1;
  }
  return counts;
}
