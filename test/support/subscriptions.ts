import { afterEach, beforeAll, expect, vi } from 'vitest';
import type { Store } from '../../db/store.ts';
import { createSchema } from '../../resolvers/schema.ts';
import { createCostGuard } from '../../server/cost-guard.ts';
import { createLogger } from '../../server/logger.ts';
import { readServingSettings } from '../../server/settings.ts';
import { type StartedSubscriptions, type StartOptions, startSubscriptions } from '../../server/subscriptions/start-subscriptions.ts';
import type { Frame, Subscription, SubscriptionEnd, SubscriptionRequest, SubscriptionSink } from '../../server/subscriptions/subscription.ts';
import type { TestDatabase } from './database.ts';
import { build } from './plant.ts';
import { collectLines, type LogLine } from './served-gateway.ts';

/** One frame of `breaches`, parsed. */
export interface BreachFrame {
  readonly cursor: string;
  // biome-ignore lint/suspicious/noExplicitAny: which fields there are, the document of the test says.
  readonly breach: any;
  readonly evaluatedThrough: string;
  readonly live: boolean;
}

/** A client that keeps all that it is sent. */
export class Collector implements SubscriptionSink {
  readonly sent: Frame[] = [];
  ended: SubscriptionEnd | null = null;
  /** What the client has not taken: nothing, unless a test says otherwise. */
  backlog = 0;
  subscription: Subscription | null = null;

  send(frame: Frame): void {
    if (this.ended !== null || this.subscription === GONE) throw new Error('a frame came after the end');
    this.sent.push(frame);
  }

  end(end: SubscriptionEnd): void {
    if (this.ended !== null) throw new Error('the subscription ended twice');
    this.ended = end;
  }

  close(): void {
    this.subscription?.close();
    this.subscription = GONE;
  }

  get frames(): readonly BreachFrame[] {
    return this.sent.map(({ json }) => JSON.parse(json).data.breaches);
  }

  /** Of the breaches, in the order in which they came. */
  get numbers(): readonly number[] {
    return this.frames.flatMap(({ breach }) => (breach === null ? [] : [breach.number]));
  }

  get cursor(): string {
    return this.sent.at(-1)?.cursor ?? '';
  }

  /** The errors that it ended with. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an error, it says in its assertion.
  get errors(): any {
    return this.ended?.kind === 'errors' ? this.ended.errors : null;
  }
}

const GONE: Subscription = { close: () => undefined };

/** What most tests look at. */
export const FIELDS = '{ cursor live evaluatedThrough breach { number } }';
export const EVERYTHING = `subscription ($after: String) { breaches(after: $after) ${FIELDS} }`;

/** Subscriptions over a store, as a gateway has them. */
export interface RunningSubscriptions extends StartedSubscriptions {
  readonly lines: readonly LogLine[];
  /** Subscribes a client of its own to a document. */
  open(query: string, rest?: Omit<SubscriptionRequest, 'query'>): Collector;
}

/** Starts subscriptions that end with the test. */
export function useSubscriptions(db: TestDatabase): (options?: Partial<StartOptions>) => Promise<RunningSubscriptions> {
  const running: StartedSubscriptions[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });
  return async (options = {}) => {
    const started = await start(options.store ?? db.store, options);
    running.push(started);
    return started;
  };
}

async function start(store: Store, options: Partial<StartOptions>): Promise<RunningSubscriptions> {
  const lines: LogLine[] = [];
  const settings = readServingSettings({});
  const schema = createSchema();
  const started = await startSubscriptions({
    store,
    schema,
    limits: { maxPoints: settings.MAX_POINTS, maxReadings: settings.MAX_READINGS, maxNodes: settings.MAX_NODES },
    documentLimits: { maxBytes: 100_000, maxTokens: 10_000, maxDepth: 12, maxRootFields: 30, maxAliases: 100, maxFields: 1_000 },
    costs: createCostGuard(schema, settings.MAX_COST),
    heartbeatMs: 10_000,
    maxSubscribers: 1_000,
    maxBacklog: 262_144,
    log: createLogger({ level: 'debug', stream: collectLines(lines) }),
    ...options,
  });
  return {
    lines,
    subscribe: (request, sink) => started.subscribe(request, sink),
    stop: () => started.stop(),
    whyBehind: () => started.whyBehind(),
    get executions() {
      return started.executions;
    },
    open(query, rest = {}) {
      const collector = new Collector();
      collector.subscription = started.subscribe({ query, ...rest }, collector);
      return collector;
    },
  };
}

/** Sensors at two places and at none, with series that breaches can be recorded of. */
export function usePlant(db: TestDatabase): void {
  beforeAll(() =>
    build(db, {
      locations: [
        { id: 'A031', factory: 'North' },
        { id: 'B001', factory: 'South' },
      ],
      sensors: [{ id: 'S1', location: 'A031' }, { id: 'S2', location: 'B001' }, { id: 'S3' }],
      readings: ['S1', 'S2', 'S3'].flatMap((sensor) => [
        [sensor, 'temperature', '2024-05-01T00:00:00Z', 20] as const,
        [sensor, 'humidity', '2024-05-01T00:00:00Z', 40] as const,
      ]),
    }),
  );
}

/** Waits until a check no longer fails. */
export async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 20_000, interval: 10 });
}

/** Waits until a client was told of so many breaches, and of as much as the frames say. */
export async function told(client: Collector, breaches: number, frames = 0): Promise<void> {
  await eventually(() => {
    if (client.ended?.kind === 'errors') throw new Error(JSON.stringify(client.errors));
    expect(client.numbers.length).toBeGreaterThanOrEqual(breaches);
    expect(client.sent.length).toBeGreaterThanOrEqual(frames);
  });
}

/** The number of the newest breach. */
export async function lastNumber({ pool }: TestDatabase): Promise<number> {
  const { rows } = await pool.query<{ number: number }>('select last_number as number from outbox');
  return rows[0]?.number ?? 0;
}

/** Whole numbers from the first to the last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** In a cursor, which is opaque to everybody else. */
export function numberIn(cursor: string): number {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))[2];
}

/** Cuts the connections that read the outbox, and listen; answers how many there were. */
export async function cutListeners({ pool }: TestDatabase): Promise<number> {
  const { rows } = await pool.query(`
    select pg_terminate_backend(pid, 5000)
      from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query ilike any ('{listen %,%(select id from store)%}') and query not ilike '%pg_stat_activity%'`);
  return rows.length;
}

/** As insertBreaches does, but that nobody is notified. */
export async function recordInSilence({ pool }: TestDatabase, alertId = '0'): Promise<void> {
  await pool.query(
    `with counter as (update outbox set last_number = last_number + 1 returning last_number)
     insert into breach (series_id, number, kind, time, late, status, alert_id, levels)
     select (select min(id) from series), last_number, 'OPENED', now(), false, 'WARNING', $1, '{WARNING}' from counter`,
    [alertId],
  );
}
