import type { Frame } from './subscription.ts';

/** A thousand breaches in a few shapes. */
const MOST = 4_096;
/** Of the texts of all frames, however few they are. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Frames that were made a moment ago, or are being made: groups that differ in their filters alone send the same ones. */
export class FrameMemo {
  readonly #frames = new Map<string, Frame | Promise<Frame>>();
  #characters = 0;

  /** `cursor` is of the frame; `key` says everything that the frame depends on. */
  get(key: string, cursor: string, make: () => string | Promise<string>): Frame | Promise<Frame> {
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const made = make();
    const frame = typeof made === 'string' ? { json: made, cursor } : this.#whenMade(key, cursor, made);
    this.#frames.set(key, frame);
    this.#weigh(frame);
    return frame;
  }

  clear(): void {
    this.#frames.clear();
    this.#characters = 0;
  }

  async #whenMade(key: string, cursor: string, made: Promise<string>): Promise<Frame> {
    const frame = { json: await made, cursor };
    // It may have been dropped meanwhile, and made anew.
    if (this.#frames.get(key) instanceof Promise) {
      this.#frames.set(key, frame);
      this.#weigh(frame);
    }
    return frame;
  }

  /** The oldest make room for one that has come. */
  #weigh(come: Frame | Promise<Frame>): void {
    this.#characters += lengthOf(come);
    for (const [key, frame] of this.#frames) {
      if (this.#frames.size <= MOST && this.#characters <= MOST_CHARACTERS) return;
      this.#frames.delete(key);
      this.#characters -= lengthOf(frame);
    }
  }
}

/** One that is being made has no length yet. */
function lengthOf(frame: Frame | Promise<Frame>): number {
  return frame instanceof Promise ? 0 : frame.json.length;
}
