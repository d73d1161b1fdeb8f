/** One event of a stream: its fields. */
export type StreamEvent = Readonly<Record<string, string>>;

/** An event stream as it comes over the wire, for tests that want to see what its clients hide. */
export class EventStreamReader {
  readonly response: Response;
  readonly events: StreamEvent[] = [];
  comments = 0;
  readonly #abort: AbortController;
  readonly #ended: Promise<void>;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#ended = this.#read();
  }

  /** Resolves when the head of the answer is there. */
  static async open(url: string, init: RequestInit = {}): Promise<EventStreamReader> {
    const abort = new AbortController();
    const headers = new Headers(init.headers);
    if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
    const response = await fetch(url, { ...init, headers, signal: abort.signal });
    return new EventStreamReader(response, abort);
  }

  /** Goes away. */
  close(): void {
    this.#abort.abort();
  }

  /** Waits until the other side has ended it. */
  ended(): Promise<void> {
    return this.#ended;
  }

  async #read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #take(block: string): void {
    const lines = block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    if (lines.every(([name]) => name === '')) this.comments += 1;
    else this.events.push(Object.fromEntries(lines));
  }
}
