import type { EngineName } from '../../../db/engines/engine.ts';
import type { Queryable } from '../../../db/pool.ts';
import { createRandom } from '../random.ts';
import { BreachFollower, Told } from './breach-follower.ts';
import { type BreakableDatabase, openBreakableDatabase } from './breakable-database.ts';
import { buildWorld, changeWorld } from './change-world.ts';
import { LoadRecord, loadPast, loadPresent } from './fault-loader.ts';
import { drawFilter } from './fault-world.ts';
import { GatewayInstance } from './gateway-instance.ts';
import { type Witness, watchCounter } from './witness.ts';

/** How large a run is. */
export interface StageSize {
  readonly instances: number;
  readonly loaders: number;
  readonly seed: number;
}

/** Several gateways over one database, clients that follow breaches, and loaders that cause them. */
export interface Stage {
  readonly database: BreakableDatabase;
  readonly instances: readonly GatewayInstance[];
  readonly followers: readonly BreachFollower[];
  readonly told: Told;
  readonly loads: LoadRecord;
  /** Adds clients with filters of all kinds, by all transports; from now on, or behind a cursor. */
  follow(count: number, cursor?: string): void;
  /** Lets loaders load until `stopLoading`. */
  startLoading(): void;
  /** Resolves once all that was being loaded is acknowledged; answers what was seen of the counter meanwhile. */
  stopLoading(): Promise<readonly Witness[]>;
  close(): Promise<void>;
}

/** Small batches, so that an input can be loaded in part; heartbeats, because every client is waited for in the end. */
const SETTINGS = { BATCH_SIZE: '25', HEARTBEAT_INTERVAL_MS: '1000' };

/** Between two inputs of one loader, and two changes of thresholds or places, on average. */
const LOAD_PAUSE_MS = 400;
const CHANGE_PAUSE_MS = 2_000;

/** Opens the database and starts the gateways; nobody follows or loads yet. */
export async function openStage(engine: EngineName, { instances: count, loaders, seed }: StageSize): Promise<Stage> {
  const database = await openBreakableDatabase(engine);
  const instances: GatewayInstance[] = [];
  const followers: BreachFollower[] = [];
  const told = new Told();
  const loads = new LoadRecord();
  const loading = new AbortController();
  let actors: Promise<unknown> = Promise.resolve();
  let witnesses: Promise<readonly Witness[]> = Promise.resolve([]);

  const stopLoading = async () => {
    loading.abort();
    await actors;
    return witnesses;
  };
  const close = async () => {
    await stopLoading().catch(() => undefined);
    await Promise.all(followers.map((follower) => follower.stop()));
    await Promise.all(instances.map((instance) => instance.close()));
    await database.close();
  };

  try {
    // The first one makes the store.
    instances.push(await GatewayInstance.start(database.url, SETTINGS));
    instances.push(...(await Promise.all(Array.from({ length: count - 1 }, () => GatewayInstance.start(database.url, SETTINGS)))));
    const changingThreshold = await buildWorld(`${instances[0]?.origin}/graphql`);
    return {
      database,
      instances,
      followers,
      told,
      loads,
      stopLoading,
      close,
      follow(more, cursor) {
        for (let i = 0; i < more; i++) followers.push(createFollower({ number: followers.length, seed, instances, told, cursor }));
      },
      startLoading() {
        const actor = (number: number, pauseMs: number) => ({
          instances,
          random: createRandom(seed + number),
          record: loads,
          signal: loading.signal,
          pauseMs,
        });
        witnesses = watchCounter(database.pool, loading.signal);
        actors = Promise.all([
          ...Array.from({ length: loaders }, (_, i) => loadPast(actor(1_000 + i, LOAD_PAUSE_MS))),
          ...Array.from({ length: 2 }, (_, i) => loadPresent(actor(2_000 + i, LOAD_PAUSE_MS))),
          changeWorld(actor(3_000, CHANGE_PAUSE_MS), changingThreshold),
        ]).catch(async (error: unknown) => {
          throw new Error(`loading came to a halt over ${await sessionsOf(database.pool)}`, { cause: error });
        });
        // Whoever stops loading hears of it.
        actors.catch(() => undefined);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const TRANSPORTS = ['socket', 'returning socket', 'socket', 'stream', 'event source'] as const;

/** Who does what, and who waits for whom. */
async function sessionsOf(db: Queryable): Promise<string> {
  const { rows } = await db.query({
    text: `select pid, pg_blocking_pids(pid) as waits_for, state, now() - state_change as since, wait_event, left(query, 120) as query
             from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  });
  return JSON.stringify(rows, null, 1);
}

interface NewFollower {
  readonly number: number;
  readonly seed: number;
  readonly instances: readonly GatewayInstance[];
  readonly told: Told;
  readonly cursor: string | undefined;
}

function createFollower({ number, seed, instances, told, cursor }: NewFollower): BreachFollower {
  const random = createRandom(seed + 10_000 + number);
  const transport = TRANSPORTS[number % TRANSPORTS.length] ?? 'socket';
  return new BreachFollower({
    name: `${transport} ${number}`,
    transport,
    filter: drawFilter(random),
    instances,
    home: number % instances.length,
    random,
    told,
    ...(cursor === undefined ? {} : { cursor }),
  });
}
