import type { ServerResponse } from 'node:http';
import { constants, createGzip, type Gzip } from 'node:zlib';

/** Ends an export whose client takes nothing of it for too long. */
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

/** The body of a file that is sent as it is made: no more is made than the client takes, and one that takes nothing is not waited for. */
export class FileStream {
  readonly #response: ServerResponse;
  readonly #gzip: Gzip | null;
  readonly #stallMs: number;

  /** Of a response whose head is written. */
  constructor(response: ServerResponse, { isGzip, stallMs }: { readonly isGzip: boolean; readonly stallMs: number }) {
    this.#response = response;
    this.#gzip = isGzip ? createGzip({ level: LEVEL }) : null;
    this.#stallMs = stallMs;
    this.#gzip?.pipe(response);
    response.on('close', () => this.#gzip?.destroy());
  }

  /** Resolves when the client has taken enough for more to be made. Throws GoneError or StalledError where it will not. */
  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const sink = this.#gzip ?? this.#response;
    // Piece by piece, so that a slow client is told from one that takes nothing.
    for (let from = 0; from < bytes.length; from += PIECE) {
      if (this.#response.destroyed) throw new GoneError('the client has gone');
      if (!sink.write(bytes.subarray(from, from + PIECE))) await this.#drained(sink);
    }
  }

  /** Resolves when all is handed over to the system. */
  async end(): Promise<void> {
    (this.#gzip ?? this.#response).end();
    if (!this.#response.writableFinished) await this.#until(this.#response, 'finish');
  }

  /** Breaks the connection, so that nobody takes what was sent for the whole file: also those who know its end only by the end of the connection. */
  break(): void {
    const { socket } = this.#response;
    if (socket === null) this.#response.destroy();
    else socket.resetAndDestroy();
  }

  #drained(sink: Gzip | ServerResponse): Promise<void> {
    return sink.writableNeedDrain ? this.#until(sink, 'drain') : Promise.resolve();
  }

  #until(sink: Gzip | ServerResponse, event: 'drain' | 'finish'): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null) => {
        clearTimeout(timer);
        sink.off(event, onEvent);
        this.#response.off('close', onClose);
        if (error === null) resolve();
        else reject(error);
      };
      const onEvent = () => settle(null);
      const onClose = () => settle(new GoneError('the client has gone'));
      const timer = setTimeout(() => settle(new StalledError(`the client has taken nothing for ${this.#stallMs} ms`)), this.#stallMs);
      sink.on(event, onEvent);
      this.#response.on('close', onClose);
      if (this.#response.destroyed) onClose();
    });
  }
}
