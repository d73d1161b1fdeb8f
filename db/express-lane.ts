import pg from 'pg';
import { columnsOf, type KnownColumns, type KnownParts, KnownStatement, plainParameters } from './known-statement.ts';

/** More than this many under way, or nothing answered for so long: something is slow, and nobody else shall wait for it. */
const MOST_UNDER_WAY = 32;
const STUCK_MS = 50;
/** A connection that failed is made again after this long. */
const RETRY_MS = 1_000;

/**
 * One connection on which short statements are sent without waiting for the answers to those before, and all of one turn of the event loop together: half the work of handing each
 * to a connection of a pool. A gateway's one thread cannot keep a second connection busy with such statements.
 */
export class ExpressLane {
  readonly #config: pg.ClientConfig;
  readonly #idleMs: number;
  #client: pg.Client | null = null;
  /** Of the statements that this connection has answered, by name. */
  readonly #columns = new Map<string, KnownColumns>();
  #isReady = false;
  #isEnded = false;
  #retryAt = 0;
  #underWay = 0;
  /** When the last answer came, or the first statement was sent since. */
  #movedAt = 0;
  #isCorked = false;
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(config: pg.ClientConfig, idleMs: number) {
    this.#config = config;
    this.#idleMs = idleMs;
  }

  /** Whether there is a connection, or one is being made. */
  get isOpen(): boolean {
    return this.#client !== null;
  }

  /**
   * Sends a statement and tells `onAnswer` of its answer, or null where it failed for whatever reason and is worth another way. False where it has to go another way at once: there is
   * no connection yet, or what is under way is slow.
   */
  send<R extends pg.QueryResultRow>(statement: pg.QueryConfig, onAnswer: (result: pg.QueryResult<R> | null) => void): boolean {
    const client = this.#client;
    const nowMs = performance.now();
    if (client === null || !this.#isReady) {
      if (client === null && !this.#isEnded && nowMs >= this.#retryAt) this.#open();
      return false;
    }
    if (this.#underWay >= MOST_UNDER_WAY || (this.#underWay > 0 && nowMs - this.#movedAt > STUCK_MS)) return false;
    if (this.#underWay === 0) this.#movedAt = nowMs;
    this.#underWay += 1;
    this.#cork(client);
    const known = this.#whatIsKnown(statement);
    const hear = (error: Error | null, result: pg.QueryResult<R>): void => {
      if (error !== null) this.#drop(client);
      else if (known === null) this.#learn(client, statement, result);
      this.#move(client);
      onAnswer(error === null ? result : null);
    };
    if (known === null) client.query<R>(statement, hear);
    else client.query(new KnownStatement<R>(known, hear));
    return true;
  }

  /** null where it has no name, was not answered here yet, or has parameters that are left to pg to write. */
  #whatIsKnown({ name = '', text, values = [] }: pg.QueryConfig): KnownParts | null {
    const columns = this.#columns.get(name);
    const parameters = columns === undefined ? null : plainParameters(values);
    return columns === undefined || parameters === null ? null : { name, text, parameters, columns };
  }

  #learn(client: pg.Client, { name }: pg.QueryConfig, result: pg.QueryResult): void {
    if (name !== undefined && this.#client === client) this.#columns.set(name, columnsOf(result, client));
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    const client = this.#client;
    this.#forget();
    await client?.end();
  }

  #open(): void {
    const client = new pg.Client({ ...this.#config, pipeline: true });
    this.#client = client;
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    client.connect().then(
      () => {
        if (this.#client !== client) return;
        this.#isReady = true;
        this.#movedAt = performance.now();
        this.#idleTimer = setInterval(() => this.#closeIfIdle(client), this.#idleMs).unref();
      },
      () => this.#drop(client),
    );
  }

  /** What is written during this turn goes out in one piece after it. */
  #cork({ connection: { stream } }: pg.Client): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    stream.cork();
    setImmediate(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  #move(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#underWay -= 1;
    this.#movedAt = performance.now();
  }

  #closeIfIdle(client: pg.Client): void {
    if (this.#underWay === 0 && performance.now() - this.#movedAt >= this.#idleMs) this.#drop(client);
  }

  /** Whoever waits for an answer gets it, or an error. */
  #drop(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#forget();
    this.#retryAt = performance.now() + RETRY_MS;
    client.end().catch(() => undefined);
  }

  #forget(): void {
    if (this.#idleTimer !== null) clearInterval(this.#idleTimer);
    this.#client = null;
    this.#columns.clear();
    this.#isReady = false;
    this.#underWay = 0;
  }
}
