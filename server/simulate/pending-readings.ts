/** A reading that is sent later than it was measured. */
export interface PendingReading {
  readonly series: number;
  readonly time: number;
  readonly value: number;
  readonly flags: number;
  /** When it is to be sent. */
  readonly due: number;
}

interface Entry extends PendingReading {
  readonly number: number;
}

/** Readings that wait for their time, the next due first; of two that are due at once the one that was put in first. */
export class PendingReadings {
  readonly #heap: Entry[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next is due; never where there is none. */
  get nextDue(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  put(reading: PendingReading): void {
    const entry = { ...reading, number: this.#count++ };
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = parentAt;
    }
    this.#heap[at] = entry;
  }

  /** Takes the next out. */
  take(): PendingReading | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    let at = 0;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = this.#heap[leftAt];
      if (left === undefined) break;
      const right = this.#heap[leftAt + 1];
      const [child, childAt] = right !== undefined && isBefore(right, left) ? [right, leftAt + 1] : [left, leftAt];
      if (!isBefore(child, entry)) break;
      this.#heap[at] = child;
      at = childAt;
    }
    this.#heap[at] = entry;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.due < other.due || (one.due === other.due && one.number < other.number);
}
