import { type ClientOptions, WebSocket } from 'ws';

/** A message as it came. */
export type RawMessage = Readonly<Record<string, unknown>>;

/** A WebSocket without a client of GraphQL: sends what a test wants, and keeps what comes. */
export class RawSocket {
  readonly ws: WebSocket;
  readonly messages: RawMessage[] = [];
  readonly #closed: Promise<{ readonly code: number; readonly reason: string }>;
  #onMessage: (() => void) | null = null;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()));
      this.#onMessage?.();
    });
    ws.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Resolves when the handshake is done; throws the status where it is refused. */
  static async open(url: string, protocols: string | readonly string[] = 'graphql-transport-ws', options: ClientOptions = {}): Promise<RawSocket> {
    const ws = new WebSocket(url, typeof protocols === 'string' ? protocols : [...protocols], options);
    const socket = new RawSocket(ws);
    await new Promise<void>((resolve, reject) => {
      ws.on('open', () => resolve());
      ws.on('error', reject);
      ws.on('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => reject(new Error(`${response.statusCode} ${text}`)));
      });
    });
    return socket;
  }

  /** A socket whose connection is acknowledged. */
  static async initialised(url: string): Promise<RawSocket> {
    const socket = await RawSocket.open(url);
    socket.send({ type: 'connection_init' });
    await socket.received(1);
    socket.messages.length = 0;
    return socket;
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, ...more } });
  }

  /** Waits until as many messages are there; gives them. */
  async received(count: number): Promise<readonly RawMessage[]> {
    while (this.messages.length < count) {
      const more = new Promise<'more'>((resolve) => {
        this.#onMessage = () => resolve('more');
      });
      const outcome = await Promise.race([more, this.#closed]);
      if (outcome !== 'more' && this.messages.length < count)
        throw new Error(`closed with ${outcome.code} ${outcome.reason} after ${this.messages.length} messages`);
    }
    return this.messages;
  }

  /** Waits for the end. */
  closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#closed;
  }
}
