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
      const message = `${this.#most.toLocaleString('en')} sockets and event streams are open, which is the limit (MAX_SOCKETS): try again later; one WebSocket carries many subscriptions`;
      throw new HttpError(503, 'TOO_MANY_SOCKETS', message, { 'retry-after': '5' }, { limit: this.#most });
    }
    this.#taken += 1;
  }

  /** Gives one back that was taken. */
  release(): void {
    this.#taken -= 1;
  }
}
