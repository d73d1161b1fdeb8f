import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LogLine } from './served-gateway.ts';

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const PATIENCE_MS = 45_000;

/** `thermograph …` in a process of its own, as a shell runs it. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';
  #errors = '';
  #isOver = false;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    // Nothing of the settings of whoever runs the tests.
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], { env: { PATH, HOME, ...environment }, stdio: 'pipe' });
    this.#closed = once(this.#child, 'close').then(() => {
      this.#isOver = true;
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#child.stdin?.on('error', () => undefined);
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** The log so far; what is no JSON is left out. */
  get lines(): readonly LogLine[] {
    return this.#output.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
  }

  /** Waits for the first line with this message. */
  async line(message: string): Promise<LogLine> {
    for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; ) {
      const isOver = this.#isOver;
      const found = this.lines.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      if (isOver) throw new Error(`the command ended without "${message}":\n${this.#output}\n${this.#errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no "${message}" within ${PATIENCE_MS} ms:\n${this.#output}\n${this.#errors}`);
  }

  /** Gives it its standard input, whole. */
  input(text: string): void {
    this.#child.stdin?.end(text);
  }

  /** Gives it a part of its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for its end and gives its exit code; null where a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Ends it, however. */
  async end(): Promise<void> {
    if (!this.#isOver) this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
