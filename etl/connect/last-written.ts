import type { Catalogue } from '../../db/catalogue.ts';
import { instantKey } from '../../db/etl/stream-sequence.ts';
import { type Column, columnOf, isWithin } from '../load/faults.ts';
import { isTooLong } from '../load/refusal.ts';
import type { RawRecord } from '../record.ts';
import { ConnectError } from './connect-error.ts';

/** Two bits of so many are set for an instant: at ten million readings one in 700 at most is taken for written twice and remembered without need. */
const BITS = 2 ** 29;
/** Of so many instants the last place is remembered: in some 300 MB. */
const MOST_TWICE = 2_000_000;

/**
 * Which of the messages of a log is the last to write an instant. A log has a reading and its corrections; loaded one after the other they would correct what is stored back and forth.
 * Readings are noted in a first reading of the log; what is remembered of all but those that come twice is two bits.
 */
export class LastWritten {
  readonly #catalogue: Catalogue;
  readonly #columns = new Map<string, Column>();
  readonly #seen = new Uint8Array(BITS / 8);
  /** By instants that come more than once: the place of the last message. */
  readonly #last = new Map<string, string>();
  readonly #most: number;
  #isFollowing = false;

  /** What the catalogue refuses writes nothing. */
  constructor(catalogue: Catalogue, most: number = MOST_TWICE) {
    this.#catalogue = catalogue;
    this.#most = most;
  }

  /** What is noted from now on counts only where it writes an instant that was noted before, and all else is left out: what was loaded so far may have set such an instant back. */
  follow(): void {
    this.#isFollowing = true;
    this.#last.clear();
  }

  /** Notes what a message writes, the messages in their order. Throws ConnectError where too much comes twice. */
  note(record: RawRecord, place: string): void {
    const { sensor, metrics, time } = record;
    if (time === null || isTooLong(record)) return;
    metrics.forEach((metric, at) => {
      if (this.#isWritten(metric, record.values[at]) && this.#isSeen(instantKey(sensor, metric, time))) this.#last.set(nameOf(sensor, metric, time), place);
    });
    if (this.#last.size > this.#most)
      throw new ConnectError(
        `more than ${this.#most.toLocaleString('en')} readings of the window come more than once in what the broker has kept, which is more than is remembered: load the window in shorter ones`,
      );
  }

  /** The record without the readings that later messages write too, or that do not count; null: nothing is left of it. */
  withoutCorrected(record: RawRecord, place: string): RawRecord | null {
    const { sensor, metrics, time } = record;
    if (this.#last.size === 0) return this.#isFollowing ? null : record;
    if (time === null) return record;
    const isLeftOut = (at: number): boolean => {
      const metric = metrics[at] ?? '';
      const last = this.#isWritten(metric, record.values[at]) ? this.#last.get(nameOf(sensor, metric, time)) : undefined;
      return last === undefined ? this.#isFollowing : last !== place;
    };
    const leftOut = metrics.map((_, at) => isLeftOut(at));
    if (!leftOut.includes(true)) return record;
    const values = record.values.map((value, at) => (leftOut[at] === true ? undefined : value));
    return values.every((value) => value === undefined) ? null : { ...record, values };
  }

  #isWritten(metric: string, value: number | undefined): boolean {
    if (value === undefined) return false;
    let column = this.#columns.get(metric);
    if (column === undefined) {
      column = columnOf(metric, this.#catalogue.metrics.get(metric) ?? null, '');
      this.#columns.set(metric, column);
    }
    return isWithin(column, value);
  }

  /** Whether an instant was noted before, or perhaps another one; it is from now on, unless only those count that are. */
  #isSeen(key: number): boolean {
    const low = key >>> 0;
    const high = Math.floor(key / 2 ** 32);
    const isOne = this.#set(low % BITS);
    const isOther = this.#set((Math.imul(low ^ (high << 11), 0x9e3779b1) ^ high) >>> 3);
    return isOne && isOther;
  }

  #set(bit: number): boolean {
    const at = bit >>> 3;
    const mask = 1 << (bit & 7);
    const before = this.#seen[at] ?? 0;
    if (!this.#isFollowing) this.#seen[at] = before | mask;
    return (before & mask) !== 0;
  }
}

function nameOf(sensor: string, metric: string, time: number): string {
  return `${sensor}\0${metric}\0${time}`;
}
