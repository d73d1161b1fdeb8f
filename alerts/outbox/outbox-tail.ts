import { setTimeout } from 'node:timers/promises';
import { BREACH_CHANNEL, type BreachPage, type BreachRow, selectBreachesAfter } from '../../db/breach.ts';
import { type Listener, openListener } from '../../db/listener.ts';
import type { StoreLog } from '../../db/open-store.ts';
import type { Pool, Queryable } from '../../db/pool.ts';
import type { OutboxState } from './breach-cursor.ts';
import { BreachRing } from './breach-ring.ts';

/** How far the outbox has been read. */
export interface TailPosition {
  /** Of the newest breach that was read. */
  readonly number: number;
  /** Every breach committed before this instant, RFC 3339, is numbered at most `number`. */
  readonly evaluatedThrough: string;
}

/** What a look into the outbox has brought: `rows` are numbered without a gap up to the position. */
export interface TailUpdate {
  readonly rows: readonly BreachRow[];
  readonly position: TailPosition;
  /** Of the catalogue that knows the series of `rows`. */
  readonly catalogueVersion: number;
}

/** Who is told what is new. The tail waits for its listeners, so that what they have yet to do does not pile up. */
export interface TailListener {
  /** Also without rows, about once a second, as the position moves on in time. What throws is told the same again, and more with it. */
  advanced(update: TailUpdate): Promise<void>;
  /** The outbox is another one, such as after a restore: what was told before has nothing to do with what comes now. */
  startedAnew(): void;
}

/** How long a look waits for a notification, which may be lost. It also shows whether the connection is still there. */
const POLL_MS = 1_000;
/** Rows that are read and told at a time. */
const PAGE = 200;
/** Rows in memory for those who resume: some 5 MB. */
const KEPT = 10_000;
/** A statement that takes longer has lost its connection. */
const READ_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Follows the outbox of a store by number, on a connection of its own: notifications wake it, and what is committed is read in order whether they come or not. */
export class OutboxTail {
  readonly #pool: Pool;
  readonly #log: StoreLog;
  readonly #ring = new BreachRing(KEPT);
  readonly #listeners: TailListener[] = [];
  readonly #stopping = new AbortController();
  #connection: Listener | null = null;
  #state: OutboxState = { storeId: '', lastNumber: 0, expiredThrough: 0 };
  #position: TailPosition = { number: 0, evaluatedThrough: '' };
  #catalogueVersion = 0;
  #failures = 0;
  #failingSince: number | null = null;
  #isWoken = false;
  #wake = (): void => undefined;
  #lookers: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  private constructor(pool: Pool, log: StoreLog) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Begins behind the newest breach there is; nothing is told before `run`. Throws where the database cannot be reached; later it is waited for. */
  static async open({ pool, log }: { readonly pool: Pool; readonly log: StoreLog }): Promise<OutboxTail> {
    const tail = new OutboxTail(pool, log);
    try {
      tail.#begin(await read(await tail.#connected(), Number.MAX_SAFE_INTEGER));
    } catch (error) {
      tail.#connection?.close();
      throw error;
    }
    return tail;
  }

  /** Tells those who follow what comes, until `stop`. */
  run(): void {
    this.#running = this.#run();
  }

  /** Where the outbox stood at the last look. */
  get state(): OutboxState {
    return this.#state;
  }

  get position(): TailPosition {
    return this.#position;
  }

  /** Of the catalogue that knows the series of what is remembered. */
  get catalogueVersion(): number {
    return this.#catalogueVersion;
  }

  /** For how long the database could not be reached, in milliseconds; 0 while it can. */
  get failingMs(): number {
    return this.#failingSince === null ? 0 : performance.now() - this.#failingSince;
  }

  /** Before `run`: whoever came later would not know what it was not told. */
  follow(listener: TailListener): void {
    this.#listeners.push(listener);
  }

  /** The first `limit` breaches after a number, from memory; null where they are not there. */
  remembered(number: number, limit: number): readonly BreachRow[] | null {
    return this.#ring.after(number, limit);
  }

  /** Resolves after a look that begins from now on; while the database cannot be reached, when it can be again. */
  look(): Promise<void> {
    return new Promise((resolve) => {
      this.#lookers.push(resolve);
      this.#wakeUp();
    });
  }

  /** Ends after the look under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp();
    await this.#running;
    this.#connection?.close();
    for (const done of this.#lookers.splice(0)) done();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#readAll(await this.#connected());
        this.#reached();
        await this.#untilWoken(POLL_MS);
      } catch (error) {
        this.#missed(error);
        await setTimeout(pauseAfter(this.#failures), undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** Listening comes before reading: what is committed after a look wakes the next. */
  async #connected(): Promise<Listener> {
    this.#connection ??= await openListener(this.#pool, [BREACH_CHANNEL], {
      onNotification: () => this.#wakeUp(),
      onLost: (error) => {
        this.#connection = null;
        this.#log.warn({ err: error }, 'connection that listens for breaches lost, taking another');
        this.#wakeUp();
      },
    });
    return this.#connection;
  }

  async #readAll(db: Queryable): Promise<void> {
    this.#isWoken = false;
    const lookers = this.#lookers;
    this.#lookers = [];
    try {
      while (!(await this.#readPage(db))) if (this.#stopping.signal.aborted) break;
    } catch (error) {
      this.#lookers.push(...lookers);
      throw error;
    }
    for (const done of lookers) done();
  }

  /** Whether it has read everything there was. */
  async #readPage(db: Queryable): Promise<boolean> {
    const page = await read(db, this.#position.number);
    if (!this.#goesOn(page)) {
      this.#begin(page);
      this.#log.error({ storeId: page.storeId, number: page.lastNumber }, 'the outbox is another one than before: subscriptions begin anew');
      for (const listener of this.#listeners) listener.startedAnew();
      return true;
    }
    const number = page.rows.at(-1)?.number ?? this.#position.number;
    const isAll = number === page.lastNumber;
    const position = { number, evaluatedThrough: isAll ? page.at : this.#position.evaluatedThrough };
    this.#state = page;
    this.#catalogueVersion = page.catalogueVersion;
    this.#ring.push(page.rows);
    await Promise.all(this.#listeners.map((listener) => listener.advanced({ rows: page.rows, position, catalogueVersion: page.catalogueVersion })));
    this.#position = position;
    return isAll;
  }

  /** Whether nothing lies between what was read before and a page: a restore or what is no longer kept would. */
  #goesOn({ storeId, lastNumber, expiredThrough }: BreachPage): boolean {
    return storeId === this.#state.storeId && lastNumber >= this.#position.number && expiredThrough <= this.#position.number;
  }

  #begin(page: BreachPage): void {
    this.#ring.clear();
    this.#state = page;
    this.#catalogueVersion = page.catalogueVersion;
    this.#position = { number: page.lastNumber, evaluatedThrough: page.at };
  }

  #reached(): void {
    if (this.#failures > 0) this.#log.info({ number: this.#position.number, failures: this.#failures }, 'breaches are followed again');
    this.#failures = 0;
    this.#failingSince = null;
  }

  #missed(error: unknown): void {
    this.#connection?.close();
    this.#connection = null;
    this.#failures += 1;
    this.#failingSince ??= performance.now();
    if (this.#failures === 1) this.#log.warn({ err: error }, 'breaches could not be read, trying again');
  }

  #wakeUp(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async #untilWoken(ms: number): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await setTimeout(ms, undefined, { signal: woken.signal }).catch(() => undefined);
    this.#wake = () => undefined;
  }
}

/** Longer and longer, and never the same for all instances that lost one database. */
function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** A connection whose peer has gone without a word never answers. */
async function read(db: Queryable, number: number): Promise<BreachPage> {
  const done = new AbortController();
  const late = setTimeout(READ_MS, null, { signal: done.signal }).catch(() => null);
  try {
    const page = await Promise.race([selectBreachesAfter(db, number, PAGE), late]);
    if (page === null) throw new Error(`the outbox was not read within ${READ_MS} ms`);
    return page;
  } finally {
    done.abort();
  }
}
