/**
 * Streams of numbers from 0 up to 1 that are the same for the same seed (mulberry32, by Tommy Ettinger). Each member of a simulation draws from a stream of its own,
 * so that what befalls one does not change what the others measure.
 */
export class SeededDraws {
  readonly #states: Uint32Array;

  constructor(seed: number, streams: number, purpose: number) {
    // Neighbouring seeds must not give neighbouring streams.
    this.#states = Uint32Array.from({ length: streams }, (_, stream) => mixed(mixed(seed ^ Math.imul(purpose, 0x9e3779b9)) + stream));
  }

  next(stream: number): number {
    const state = ((this.#states[stream] ?? 0) + 0x6d2b79f5) >>> 0;
    this.#states[stream] = state;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Around 0, with a standard deviation of 1, and never beyond 3: three draws are near enough to a bell. */
  bell(stream: number): number {
    return 2 * (this.next(stream) + this.next(stream) + this.next(stream) - 1.5);
  }
}

function mixed(number: number): number {
  let bits = number >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
