import type { Instant } from '../../db/time/instant.ts';

const LEAST_ROOM = 1024;

/** The accepted readings of a batch in the order of the input, as columns without an object for each. What lies behind `count` is room. */
export class ReadingColumns {
  count = 0;
  /** Which series of the batch each is of. */
  slots = new Int32Array(0);
  /** Which record of the input each is from. */
  indexes = new Float64Array(0);
  times = new Float64Array(0);
  values = new Float64Array(0);

  /** To be called before so many are added. */
  makeRoom(atLeast: number): void {
    if (this.count + atLeast <= this.times.length) return;
    const room = Math.max(this.times.length * 2, this.count + atLeast, LEAST_ROOM);
    this.slots = enlarged(new Int32Array(room), this.slots);
    this.indexes = enlarged(new Float64Array(room), this.indexes);
    this.times = enlarged(new Float64Array(room), this.times);
    this.values = enlarged(new Float64Array(room), this.values);
  }

  add(slot: number, index: number, time: Instant, value: number): void {
    const position = this.count;
    this.slots[position] = slot;
    this.indexes[position] = index;
    this.times[position] = time;
    // Minus zero equals 0 and yet differs from it to the bit.
    this.values[position] = value + 0;
    this.count = position + 1;
  }
}

/** The first instants of the UTC months of some times. */
export function monthsOf(times: Float64Array): Instant[] {
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
