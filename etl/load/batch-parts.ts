import { copied } from '../read/copied.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import { Validation, type ValidationRules } from '../validate.ts';
import type { ValidBatch } from './valid-batch.ts';

/**
 * The records of one batch, checked, in parts that can be loaded at the same time: all records of a sensor are in the same part, so that what is derived from
 * its readings is too, and no two parts wait for the same series.
 */
export class BatchParts {
  /** Readings so far, good or bad. */
  received = 0;
  /** Readings so far of the part that has most. */
  largest = 0;
  /** Records so far. */
  records = 0;
  /** About how many characters are kept of what the sender chose freely. */
  kept = 0;
  readonly #parts: readonly [Validation, ...Validation[]];
  readonly #bySensor = new Map<string, Validation>();

  constructor(rules: ValidationRules, count: number) {
    const others = Array.from({ length: count - 1 }, () => new Validation(rules));
    this.#parts = [new Validation(rules), ...others];
  }

  /** Takes the next record of the batch. */
  take(record: RawRecord | RefusedRecord): void {
    const part = this.#partOf(record);
    const { received, kept } = part;
    part.take(record);
    this.received += part.received - received;
    this.kept += part.kept - kept;
    this.records += 1;
    this.largest = Math.max(this.largest, part.received);
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
}
