import { copied } from '../read/copied.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import { Validation, type ValidationRules } from '../validate.ts';
import type { ValidBatch } from './valid-batch.ts';

/**
 * The records of one batch, checked, in parts that can be loaded at the same time: all records of a sensor are in the same part, so that what is derived from
 * its readings is too, and no two parts wait for the same series.
 */
export class BatchParts {
  readonly #parts: readonly [Validation, ...Validation[]];
  readonly #bySensor = new Map<string, Validation>();

  constructor(rules: ValidationRules, count: number) {
    const others = Array.from({ length: count - 1 }, () => new Validation(rules));
    this.#parts = [new Validation(rules), ...others];
  }

  /** Readings so far, good or bad. */
  get received(): number {
    return this.#sum((part) => part.received);
  }

  /** Readings so far of the part that has most. */
  get largest(): number {
    let largest = 0;
    for (const { received } of this.#parts) largest = Math.max(largest, received);
    return largest;
  }

  /** Records so far. */
  get records(): number {
    return this.#sum((part) => part.records);
  }

  /** About how many characters are kept of what the sender chose freely. */
  get kept(): number {
    return this.#sum((part) => part.kept);
  }

  /** Takes the next record of the batch. */
  take(record: RawRecord | RefusedRecord): void {
    this.#partOf(record).take(record);
  }

  /** The parts in which there is something. */
  finish(): ValidBatch[] {
    return this.#parts.filter((part, position) => position === 0 || part.records > 0).map((part) => part.finish());
  }

  #partOf(record: RawRecord | RefusedRecord): Validation {
    const [first] = this.#parts;
    if (this.#parts.length === 1 || 'raw' in record) return first;
    const known = this.#bySensor.get(record.sensor);
    if (known !== undefined) return known;
    const part = this.#parts[this.#bySensor.size % this.#parts.length] ?? first;
    this.#bySensor.set(copied(record.sensor), part);
    return part;
  }

  #sum(of: (part: Validation) => number): number {
    let sum = 0;
    for (const part of this.#parts) sum += of(part);
    return sum;
  }
}
