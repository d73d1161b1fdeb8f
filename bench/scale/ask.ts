import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ScaleQuestion } from './questions.ts';

/** An answer over HTTP, and how long it took from the first byte of the request to the last of the answer. */
export interface TimedAnswer {
  readonly ms: number;
  readonly body: Buffer;
}

/** One client with one connection that stays open. */
export class Client {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = new URL('/graphql', url);
  }

  /** Throws where the answer has errors. */
  async ask({ document, variables }: Pick<ScaleQuestion, 'document' | 'variables'>, extensions?: object): Promise<TimedAnswer> {
    const text = JSON.stringify({ query: document, variables, extensions });
    const startedAt = performance.now();
    const body = await this.#send(text);
    const ms = performance.now() - startedAt;
    if (body.subarray(0, 10).toString() === '{"errors":') throw new Error(`the question was refused: ${body.subarray(0, 500).toString()}`);
    return { ms, body };
  }

  /** The answer, and the time that its statements took as the gateway saw it. */
  async explained(question: ScaleQuestion): Promise<{ readonly sqlMs: number; readonly body: Buffer }> {
    const { body } = await this.ask(question, { explain: true });
    const { extensions } = JSON.parse(body.toString()) as { extensions: { explain: { statements: readonly { durationMs: number }[] } } };
    return { sqlMs: extensions.explain.statements.reduce((sum, { durationMs }) => sum + durationMs, 0), body };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(text: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers: { 'content-type': 'application/json' } }, (response) => {
        buffer(response).then(resolve, reject);
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }
}
