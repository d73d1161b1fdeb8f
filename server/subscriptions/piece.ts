import type { Frame } from './subscription.ts';

/** Before anything is known of the frames of a question. */
const FIRST = 5;
/** As many breaches as a page of the past has. */
const MOST = 100;
/** Characters of frames that are made together: an ordinary frame has some hundreds, the largest may have a megabyte. */
const MOST_CHARACTERS = 1024 * 1024;

/** How many frames of one question are made together: many where they are short, few where they are long, because all of them are in memory at the same time. */
export class PieceSize {
  #size = FIRST;

  get size(): number {
    return this.#size;
  }

  /** What the last piece was. */
  learn(frames: readonly Frame[]): void {
    if (frames.length === 0) return;
    this.#size = Math.min(MOST, Math.max(1, Math.floor((MOST_CHARACTERS * frames.length) / (1 + charactersOf(frames)))));
  }
}

/** Characters of the texts of frames. */
export function charactersOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { json }) => sum + json.length, 0);
}
