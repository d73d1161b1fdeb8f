import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What embedded-gateway.ts says: see there. */
export type GatewayEvent = Readonly<Record<string, unknown>>;

/** How a gateway process is started. */
export interface GatewayOptions {
  readonly settings?: readonly string[];
  /** The script to run instead of this checkout's. */
  readonly script?: string;
}

const SCRIPT = fileURLToPath(new URL('embedded-gateway.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const PATIENCE_MS = 60_000;

/** A gateway in a process of its own, at the head of its own process group, as a shell would start it. */
export class GatewayProcess {
  readonly events: GatewayEvent[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #errors = '';
  #isOver = false;

  constructor(dataDirectory: string, { settings = [], script = SCRIPT }: GatewayOptions = {}) {
    this.#child = spawn(process.execPath, ['--import', TSX, script, dataDirectory, ...settings], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#closed = once(this.#child, 'close').then(() => {
      this.#isOver = true;
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    if (this.#child.stdout === null) throw new Error('no pipe');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits for the first event that has the field, or its value; throws when the gateway ends without. */
  async event(field: string, value?: unknown): Promise<GatewayEvent> {
    return this.#until(`"${field}"`, (event) => field in event && (value === undefined || event[field] === value));
  }

  /** Waits until it is ready or refused. */
  async outcome(): Promise<GatewayEvent> {
    return this.#until('an outcome', (event) => 'ready' in event || 'refused' in event);
  }

  /** The URL of its database `postgres`, once it is ready. */
  async ready(): Promise<string> {
    return String((await this.event('ready')).ready);
  }

  /** Sends a signal to the process alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends a signal to its process group, as a terminal does on Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-this.pid, name);
  }

  /** Ends it and waits until it is over. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#isOver) this.#child.kill(signal);
    await this.#closed;
  }

  async #until(what: string, isIt: (event: GatewayEvent) => boolean): Promise<GatewayEvent> {
    for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await sleep(20)) {
      // Asked before looking: what it said last is heard before its end.
      const isOver = this.#isOver;
      const found = this.events.find(isIt);
      if (found !== undefined) return found;
      if (isOver) throw new Error(`the gateway ended without ${what}: ${this.#report()}`);
    }
    throw new Error(`no ${what} within ${PATIENCE_MS} ms: ${this.#report()}`);
  }

  #report(): string {
    return `${this.events.map((event) => JSON.stringify(event)).join('\n')}\n${this.#errors}`;
  }
}
