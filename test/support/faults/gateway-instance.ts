import { setTimeout as sleep } from 'node:timers/promises';
import { RunningCommand } from '../command.ts';
import type { LogLine } from '../served-gateway.ts';
import { urlOf } from '../test-server.ts';
import { CuttingProxy } from './cutting-proxy.ts';

/** Far longer than a gateway waits for what is under way. */
const ENDS_WITHIN_MS = 60_000;

/** One gateway of several over a database. Its clients reach it, and it reaches its database, through proxies that stay where they are while processes come and go. */
export class GatewayInstance {
  /** Between its clients and it. */
  readonly front: CuttingProxy;
  /** Between it and its database. */
  readonly back: CuttingProxy;
  readonly #databaseUrl: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #troubles: LogLine[] = [];
  #process: RunningCommand | null = null;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(front: CuttingProxy, back: CuttingProxy, databaseUrl: string, settings: Readonly<Record<string, string>>) {
    this.front = front;
    this.back = back;
    this.#databaseUrl = databaseUrl;
    this.#settings = settings;
  }

  /** Starts one; resolves once it is ready. */
  static async start(databaseUrl: string, settings: Readonly<Record<string, string>>): Promise<GatewayInstance> {
    const [front, back] = await Promise.all([CuttingProxy.open(), CuttingProxy.open()]);
    const direct = new URL(databaseUrl);
    back.leadTo(Number(direct.port));
    const url = new URL(urlOf(databaseUrl, direct.pathname.slice(1)));
    url.port = String(back.port);
    const instance = new GatewayInstance(front, back, url.href, settings);
    await instance.#start();
    return instance;
  }

  /** Where its clients find it, whether it runs or not. */
  get origin(): string {
    return `http://127.0.0.1:${this.front.port}`;
  }

  /** Whether a process of it takes requests, as far as nobody has lost it. */
  get isRunning(): boolean {
    return this.#process !== null;
  }

  /** What all its processes said at level error, and those of them that ended on their own. */
  get errors(): readonly LogLine[] {
    return [...this.#troubles, ...errorsOf(this.#process)];
  }

  /** Ends its process as it is told to, `SIGKILL` without a word, and starts another; resolves once that is ready. */
  async replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.#starting;
    const gone = this.#process;
    if (gone === null || this.#isClosed) return;
    this.#process = null;
    // Somebody else may get the port.
    if (signal === 'SIGKILL') this.front.leadTo(null);
    gone.signal(signal);
    const late = setTimeout(() => {
      this.#troubles.push({ msg: `did not end within ${ENDS_WITHIN_MS} ms of ${signal}` });
      gone.signal('SIGKILL');
    }, ENDS_WITHIN_MS);
    await gone.exitCode();
    clearTimeout(late);
    this.#troubles.push(...errorsOf(gone));
    await this.#start();
  }

  /** Ends it and its proxies. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting;
    await this.#process?.end();
    await Promise.all([this.front.close(), this.back.close()]);
  }

  #start(): Promise<void> {
    this.#starting = this.#startUntilReady();
    return this.#starting;
  }

  /** As whatever runs services does: one that could not start, such as while its database was away, is started again. */
  async #startUntilReady(): Promise<void> {
    for (let attempt = 1; !this.#isClosed; attempt++) {
      const command = new RunningCommand(['serve', '--port', '0', '--sample', 'none'], { DATABASE_URL: this.#databaseUrl, ...this.#settings });
      try {
        const { url } = await command.line('ready');
        this.front.leadTo(Number(new URL(String(url)).port));
        this.#process = command;
        return;
      } catch (error) {
        await command.end();
        if (attempt === 20) throw error;
        await sleep(500);
      }
    }
  }
}

function errorsOf(command: RunningCommand | null): readonly LogLine[] {
  return command === null ? [] : command.lines.filter(({ level }) => level === 'error' || level === 'fatal');
}
