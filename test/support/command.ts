import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LogLine } from './served-gateway.ts';

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const PATIENCE_MS = 45_000;

/** How a command is started: by a shell that becomes the command, or as npm does where the shell stays between the two. */
export type Starter = 'shell' | 'npm';

/** `thermograph …` in a process of its own, as a shell runs it. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #starter: Starter;
  readonly #closed: Promise<unknown>;
  #output = '';
  #errors = '';
  #isOver = false;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}, starter: Starter = 'shell') {
    this.#starter = starter;
    // Nothing of the settings of whoever runs the tests.
    const { PATH = '', HOME = '' } = process.env;
    const command = [process.execPath, '--import', TSX, MAIN, ...args];
    this.#child =
      starter === 'shell'
        ? spawn(process.execPath, command.slice(1), { env: { PATH, HOME, ...environment }, stdio: 'pipe' })
        : // What comes after the command keeps every shell from becoming it; in a process group of its own, so that both can be ended.
          spawn('sh', ['-c', '"$@"; exit $?', 'sh', ...command], {
            env: { PATH, HOME, npm_lifecycle_event: 'start', ...environment },
            stdio: 'pipe',
            detached: true,
          });
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

  /** Sends a signal to what was started: under npm that is the shell. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for the end of all its processes and gives the exit code of what was started; null where a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Ends it, however. */
  async end(): Promise<void> {
    if (!this.#isOver) {
      const { pid } = this.#child;
      if (this.#starter === 'npm' && pid !== undefined) process.kill(-pid, 'SIGKILL');
      else this.#child.kill('SIGKILL');
    }
    await this.#closed;
  }
}
