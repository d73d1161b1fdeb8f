import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Listener, openListener } from '../../db/listener.ts';
import type { Pool, Queryable } from '../../db/pool.ts';

/** What has happened since the look before: the payloads of notifications by channel, or null: anything may have. */
export type Woken = ReadonlyMap<string, ReadonlySet<string>> | null;

/** Who looks at the store when something about jobs has happened there. */
export interface EtlFollower {
  /** Whether there is anything to look for: while nobody has, there is neither a connection nor a look. */
  readonly isWatching: boolean;
  /** What throws is told again as `null`, as soon as the database can be reached. */
  look(db: Queryable, woken: Woken): Promise<void>;
}

/** Channels on which changes of runs and missed service levels are told. */
export const RUN_CHANNEL = 'thermograph_etl';
export const SLA_CHANNEL = 'thermograph_sla';

/** How long a look waits for a notification, which may be lost. It also shows whether the connection is still there. */
const POLL_MS = 1_000;
/** Between two looks: a run of thousands of batches is not told thousands of times a second. */
const LEAST_MS = 200;
/** A look that takes longer has lost its connection. */
const LOOK_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** One connection that listens for what becomes of jobs, for all who follow them: notifications wake it, and a look now and then finds what they did not tell. */
export class EtlWatch {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #followers: EtlFollower[] = [];
  readonly #stopping = new AbortController();
  #connection: Listener | null = null;
  #woken = new Map<string, Set<string>>();
  #pollAt = 0;
  #failures = 0;
  #wake = (): void => undefined;
  #running: Promise<void> | null = null;

  constructor({ pool, log }: { readonly pool: Pool; readonly log: Logger }) {
    this.#pool = pool;
    this.#log = log;
  }

  add(follower: EtlFollower): void {
    this.#followers.push(follower);
  }

  /** A follower has something to look for. */
  begin(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted) this.begin();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  get #isWanted(): boolean {
    return !this.#stopping.signal.aborted && this.#followers.some(({ isWatching }) => isWatching);
  }

  async #run(): Promise<void> {
    this.#pollAt = 0;
    while (this.#isWanted) {
      const began = performance.now();
      try {
        await this.#look(await this.#connected());
        this.#reached();
        await this.#pause(began + LEAST_MS - performance.now());
        await this.#untilWoken();
      } catch (error) {
        this.#missed(error);
        await this.#pause(pauseAfter(this.#failures));
      }
    }
    this.#close();
  }

  /** Listening comes before looking: what is committed after a look wakes the next. */
  async #connected(): Promise<Listener> {
    this.#connection ??= await openListener(this.#pool, [RUN_CHANNEL, SLA_CHANNEL], {
      onNotification: ({ channel, payload = '' }) => this.#hear(channel, payload),
      onLost: (error) => {
        this.#connection = null;
        this.#pollAt = 0;
        this.#log.warn({ err: error }, 'connection that listens for jobs lost, taking another');
        this.#wake();
      },
    });
    return this.#connection;
  }

  async #look(db: Queryable): Promise<void> {
    const isPoll = performance.now() >= this.#pollAt;
    if (isPoll) this.#pollAt = performance.now() + POLL_MS;
    const woken = isPoll ? null : this.#woken;
    this.#woken = new Map();
    for (const follower of this.#followers) if (follower.isWatching) await inTime(follower.look(db, woken));
  }

  #hear(channel: string, payload: string): void {
    const payloads = this.#woken.get(channel) ?? new Set();
    this.#woken.set(channel, payloads.add(payload));
    this.#wake();
  }

  async #untilWoken(): Promise<void> {
    if (this.#woken.size > 0 || !this.#isWanted) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await setTimeout(Math.max(0, this.#pollAt - performance.now()), undefined, { signal: woken.signal }).catch(() => undefined);
    this.#wake = () => undefined;
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await setTimeout(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #reached(): void {
    if (this.#failures > 0) this.#log.info({ failures: this.#failures }, 'jobs are followed again');
    this.#failures = 0;
  }

  #missed(error: unknown): void {
    this.#close();
    this.#failures += 1;
    if (this.#failures === 1) this.#log.warn({ err: error }, 'jobs could not be followed, trying again');
  }

  /** What was heard may not have been looked at. */
  #close(): void {
    this.#connection?.close();
    this.#connection = null;
    this.#pollAt = 0;
  }
}

/** Longer and longer, and never the same for all instances that lost one database. */
function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** A connection whose peer has gone without a word never answers. */
async function inTime(looking: Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = setTimeout(LOOK_MS, 'late' as const, { signal: done.signal }).catch(() => 'done' as const);
  try {
    if ((await Promise.race([looking, late])) === 'late') throw new Error(`jobs were not looked at within ${LOOK_MS} ms`);
  } finally {
    done.abort();
  }
}
