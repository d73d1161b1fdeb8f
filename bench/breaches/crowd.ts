import { type Helper, startHelper } from './helper.ts';

/** When one breach was there at each client, in milliseconds since 1970, the first first. */
export interface Arrival {
  readonly number: number;
  readonly times: Float64Array;
}

/** What a crowd has seen since the last `begin`. */
export interface Seen {
  readonly arrivals: readonly Arrival[];
  /** Close codes that clients were told, and sockets that are gone, since the crowd was made. */
  readonly codes: readonly number[];
  readonly closed: number;
  /** The newest message with a breach. */
  readonly sample: string | null;
  /** Processor time of the process with all crowds, and the share of the time in which it was not waiting. */
  readonly cpuMs: number;
  readonly busy: number;
}

/** Where a crowd connects to, and what it asks for; null on a bare WebSocket. */
export interface CrowdTarget {
  readonly url: string;
  readonly path: string;
  readonly query: string | null;
}

/** The process in which all clients are, in crowds with a name each. */
export class Crowds {
  readonly #helper: Helper;
  readonly #waiting = new Map<string, () => void>();

  constructor() {
    this.#helper = startHelper('crowd.mjs', ({ crowd, number }) => this.#waiting.get(`${String(crowd)}/${Number(number)}`)?.());
  }

  get pid(): number {
    return this.#helper.pid;
  }

  /** Adds clients; resolves when each is sent what comes. */
  async grow(name: string, { url, path, query }: CrowdTarget, count: number): Promise<void> {
    await this.#helper.ask('grow', { name, port: Number(new URL(url).port), path, query, count });
  }

  /** Forgets what has arrived so far. */
  async begin(): Promise<void> {
    await this.#helper.ask('begin');
  }

  async collect(name: string): Promise<Seen> {
    return this.#helper.ask<Seen>('collect', { name });
  }

  /** Its clients read no more. */
  async stall(name: string): Promise<void> {
    await this.#helper.ask('stall', { name });
  }

  /** Its clients read again. */
  async resume(name: string): Promise<void> {
    await this.#helper.ask('resume', { name });
  }

  async leave(name: string): Promise<void> {
    await this.#helper.ask('leave', { name });
  }

  /** Resolves when a breach has reached everybody in a crowd; to be called before it is sent. */
  async everybodyHas(name: string, number: number, signal: AbortSignal): Promise<void> {
    const key = `${name}/${number}`;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(key, resolve);
      signal.addEventListener('abort', () => reject(new Error(`breach ${number} did not reach everybody`)), { once: true });
    });
    this.#waiting.delete(key);
  }

  async stop(): Promise<void> {
    await this.#helper.stop();
  }
}
