import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';

const HOST = '127.0.0.1';
/** A connection that is to be cut halfway and passes nothing any more is cut after this long. */
const HALFWAY_MS = 400;

/** Passes connections on to one port after another, and loses them as networks do. */
export class CuttingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pipes = new Set<Pipe>();
  #target: number | null = null;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (client) => {
      if (this.#target === null) {
        client.on('error', () => undefined).resetAndDestroy();
        return;
      }
      const pipe = new Pipe(client, createConnection({ host: HOST, port: this.#target }), () => this.#pipes.delete(pipe));
      this.#pipes.add(pipe);
    });
  }

  /** At a free port; nobody is reached before `leadTo`. */
  static async open(): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens at no port');
    return new CuttingProxy(server, address.port);
  }

  get connections(): number {
    return this.#pipes.size;
  }

  /** Where new connections lead from now on; null: they are reset. */
  leadTo(port: number | null): void {
    this.#target = port;
  }

  /** Resets that share of the connections after some more bytes, in the middle of whatever is being said. */
  cutHalfway(random: Random, share: number): number {
    const chosen = this.#chosen(random, share);
    for (const pipe of chosen) pipe.cutAfter(random.whole(0, 3_000));
    return chosen.length;
  }

  /** Passes nothing for a while, then goes on or, of half of them, loses one side, which the other is not told for a while. */
  freeze(random: Random, share: number, ms: number): number {
    const chosen = this.#chosen(random, share);
    for (const pipe of chosen) void pipe.freeze(ms, random.chance(0.5));
    return chosen.length;
  }

  /** Resets all connections, and new ones for a while. */
  async part(ms: number): Promise<void> {
    const target = this.#target;
    this.#target = null;
    for (const pipe of this.#pipes) pipe.cut();
    await sleep(ms);
    // Unless it has been led elsewhere meanwhile.
    this.#target ??= target;
  }

  async close(): Promise<void> {
    for (const pipe of this.#pipes) pipe.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #chosen(random: Random, share: number): Pipe[] {
    return [...this.#pipes].filter(() => random.chance(share));
  }
}

/** One connection through the proxy. */
class Pipe {
  readonly #client: Socket;
  readonly #server: Socket;
  /** Bytes that still pass. */
  #budget = Number.POSITIVE_INFINITY;
  #isFrozen = false;

  constructor(client: Socket, server: Socket, onClose: () => void) {
    this.#client = client;
    this.#server = server;
    this.#pass(client, server);
    this.#pass(server, client);
    client.on('close', () => {
      onClose();
      // The server keeps a connection whose client has gone while the network says nothing of it.
      if (!this.#isFrozen) server.destroy();
    });
    server.on('close', () => client.destroy());
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  cutAfter(bytes: number): void {
    this.#budget = bytes;
    setTimeout(() => this.cut(), HALFWAY_MS).unref();
  }

  async freeze(ms: number, losesClient: boolean): Promise<void> {
    this.#isFrozen = true;
    this.#client.pause();
    this.#server.pause();
    if (losesClient) this.#client.resetAndDestroy();
    await sleep(ms);
    this.#isFrozen = false;
    if (this.#client.destroyed) this.#server.destroy();
    this.#client.resume();
    this.#server.resume();
  }

  #pass(from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      const passing = chunk.subarray(0, this.#budget);
      this.#budget -= passing.length;
      if (!to.destroyed && !to.write(passing)) from.pause();
      if (this.#budget <= 0) setImmediate(() => this.cut());
    });
    to.on('drain', () => {
      if (!this.#isFrozen) from.resume();
    });
    from.on('end', () => to.end());
    // A close follows.
    from.on('error', () => undefined);
  }
}
