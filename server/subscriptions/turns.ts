import { setImmediate } from 'node:timers/promises';

/** So long at most may work go on before the process looks at what else has come: a tenth of what a person notices. */
const SLICE_MS = 10;

/** Parts what has to be done for thousands at about the same time into slices: sockets are read, and breaches sent, in between. */
export class Turns {
  #waiting: (() => void)[] = [];
  #isRunning = false;

  /** Resolves when it is the caller's turn, the first come first; what it does until it next waits is its turn. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let slice = new Slice();
    while (this.#waiting.length > 0) {
      const round = this.#waiting;
      this.#waiting = [];
      for (const begin of round) {
        begin();
        // The turn is taken before this goes on: who was woken first runs first.
        await Promise.resolve();
        if (slice.isOver) slice = await nextSlice();
      }
    }
    this.#isRunning = false;
  }
}

/** A stretch of work that began when it was made. */
export class Slice {
  readonly #since = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#since > SLICE_MS;
  }
}

/** Lets everything else that has come be done, then begins another slice. */
export async function nextSlice(): Promise<Slice> {
  await setImmediate();
  return new Slice();
}
