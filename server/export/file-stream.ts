import type { ServerResponse } from 'node:http';
import { constants, createGzip, type Gzip } from 'node:zlib';

/** Ends an export whose client takes nothing of it for too long, or too long for all of it. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

/** Ends an export whose client has gone. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** Fast: a second of work for a hundred megabytes, which become a tenth. */
const LEVEL = constants.Z_BEST_SPEED;

/** Bytes that are handed over at a time. */
const PIECE = 65_536;

/** How long a client is waited for, in milliseconds. */
export interface Patience {
  /** For a piece of the file. */
  readonly stallMs: number;
  /** For all of it: who takes a piece now and then would hold a snapshot and a connection of the database for days. */
  readonly timeoutMs: number;
}

/** The body of a file that is sent as it is made: no more is made than the client takes, and one that takes nothing is not waited for. */
export class FileStream {
  readonly #response: ServerResponse;
  readonly #gzip: Gzip | null;
  readonly #patience: Patience;
  readonly #since = performance.now();

  /** Of a response whose head is written. */
  constructor(response: ServerResponse, { isGzip, stallMs, timeoutMs }: Patience & { readonly isGzip: boolean }) {
    this.#response = response;
    this.#gzip = isGzip ? createGzip({ level: LEVEL }) : null;
    this.#patience = { stallMs, timeoutMs };
    this.#gzip?.pipe(response);
    response.on('close', () => this.#gzip?.destroy());
  }

  /** Resolves when the bytes are handed over, and may be written over. Throws GoneError or StalledError where they will not be. */
  async write(bytes: Buffer): Promise<void> {
    const sink = this.#gzip ?? this.#response;
    // Piece by piece, so that a slow client is told from one that takes nothing.
    for (let from = 0; from < bytes.length; from += PIECE) {
      const piece = bytes.subarray(from, from + PIECE);
      await this.#within((done) => sink.write(piece, done));
    }
  }

  /** Resolves when all is handed over to the system. */
  async end(): Promise<void> {
    if (this.#gzip === null) await this.#within((done) => this.#response.end(done));
    else await this.#within((done) => this.#response.once('finish', done) && this.#gzip?.end());
  }

  /** Breaks the connection, so that nobody takes what was sent for the whole file: also those who know its end only by the end of the connection. */
  break(): void {
    const { socket } = this.#response;
    if (socket === null) this.#response.destroy();
    else socket.resetAndDestroy();
  }

  /** What the client takes part in has so long; whether it failed is told by the end of the response. */
  #within(work: (done: () => void) => unknown): Promise<void> {
    if (this.#response.destroyed) return Promise.reject(new GoneError('the client has gone'));
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null) => {
        clearTimeout(timer);
        this.#response.off('close', onClose);
        if (error === null) resolve();
        else reject(error);
      };
      const onClose = () => settle(new GoneError('the client has gone'));
      const { stallMs, timeoutMs } = this.#patience;
      const left = this.#since + timeoutMs - performance.now();
      const impatience = left < stallMs ? `the file took longer than ${timeoutMs} ms` : `the client has taken nothing for ${stallMs} ms`;
      const timer = setTimeout(() => settle(new StalledError(impatience)), Math.max(0, Math.min(left, stallMs)));
      this.#response.on('close', onClose);
      work(() => settle(this.#response.destroyed ? new GoneError('the client has gone') : null));
    });
  }
}
