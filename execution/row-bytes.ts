/** As many bytes are handed on at a time, or a row more. */
const CHUNK = 65_536;
const LEAST = 8_192;
/** Longer texts are quicker to write by one call than character by character. */
const SHORT = 64;
const MOST_SPARE = 8;

/**
 * The bytes of rows, written cell by cell in one place that is used again and again. Texts joined row by row would be made, flattened and encoded, each time anew: a million rows
 * of seven cells took 1.5 s of processor time that way, a third of it to collect the garbage.
 */
export class RowBytes {
  /** Of files that were short, for the next ones: making a buffer takes longer than filling it. */
  static readonly #spare: RowBytes[] = [];

  #bytes = Buffer.allocUnsafeSlow(LEAST);
  #at = 0;
  #generation = 0;

  /** One that is empty. */
  static borrow(): RowBytes {
    return RowBytes.#spare.pop() ?? new RowBytes();
  }

  /** For whoever borrowed it, when what it took is no longer looked at. One that was handed on more than once is left alone: a socket may still hold it. */
  giveBack(): void {
    if (this.#generation > 1 || RowBytes.#spare.length >= MOST_SPARE) return;
    this.#at = 0;
    this.#generation = 0;
    RowBytes.#spare.push(this);
  }

  /** How many there are. */
  get length(): number {
    return this.#at;
  }

  /** Whether it is time to hand them on. */
  get isFull(): boolean {
    return this.#at >= CHUNK;
  }

  /** Another one whenever what was written before is no longer there. */
  get generation(): number {
    return this.#generation;
  }

  write(text: string): void {
    const { length } = text;
    // A character is three bytes at most, or a half of four.
    if (this.#at + 3 * length > this.#bytes.length) this.#grow(3 * length);
    const bytes = this.#bytes;
    if (length > SHORT) {
      this.#at += bytes.write(text, this.#at);
      return;
    }
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.#at += bytes.write(text, this.#at);
        return;
      }
      bytes[at++] = code;
    }
    this.#at = at;
  }

  /** Writes once more what stands from `from` to before `to`. */
  repeat(from: number, to: number): void {
    if (this.#at + to - from > this.#bytes.length) this.#grow(to - from);
    this.#bytes.copyWithin(this.#at, from, to);
    this.#at += to - from;
  }

  /** What was written. It is written over by what comes next. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    this.#generation += 1;
    return taken;
  }

  #grow(more: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
  }
}
