import { HttpError } from './http-error.ts';

/** How many connections may stay open at the same time: sockets and event streams together, because either costs a file handle and memory as long as its client likes. */
export class Seats {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Throws HttpError where all are taken. */
  take(): void {
    if (this.#taken >= this.#most) {
      const most = this.#most.toLocaleString('en');
      throw new HttpError(503, 'TOO_MANY_SOCKETS', `${most} sockets and event streams are open, and the limit is ${most}`, { 'retry-after': '5' });
    }
    this.#taken += 1;
  }

  /** Gives one back that was taken. */
  release(): void {
    this.#taken -= 1;
  }
}
