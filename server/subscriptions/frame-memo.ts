import type { Frame } from './subscription.ts';

/** A thousand breaches in a few shapes: a few megabytes. */
const MOST = 4_096;

/** Frames that were made a moment ago, or are being made: groups that differ in their filters alone send the same ones. */
export class FrameMemo {
  readonly #frames = new Map<string, Frame | Promise<Frame>>();

  /** `cursor` is of the frame; `key` says everything that the frame depends on. */
  get(key: string, cursor: string, make: () => string | Promise<string>): Frame | Promise<Frame> {
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const made = make();
    const frame = typeof made === 'string' ? { json: made, cursor } : this.#whenMade(key, cursor, made);
    if (this.#frames.size >= MOST) this.#dropOldest();
    this.#frames.set(key, frame);
    return frame;
  }

  clear(): void {
    this.#frames.clear();
  }

  async #whenMade(key: string, cursor: string, made: Promise<string>): Promise<Frame> {
    const frame = { json: await made, cursor };
    if (this.#frames.has(key)) this.#frames.set(key, frame);
    return frame;
  }

  #dropOldest(): void {
    for (const key of this.#frames.keys()) {
      this.#frames.delete(key);
      return;
    }
  }
}
