import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Random } from '../random.ts';
import type { BreachFollower } from './breach-follower.ts';
import type { BreakableDatabase } from './breakable-database.ts';
import { drawFilter } from './fault-world.ts';
import type { GatewayInstance } from './gateway-instance.ts';

/** What can go wrong, and what clients do. */
export type FaultKind =
  | 'connections of clients cut halfway'
  | 'connections of clients frozen'
  | 'instance parted from its clients'
  | 'clients moved to another instance'
  | 'connections to the database cut halfway'
  | 'listener terminated'
  | 'sessions terminated'
  | 'instance killed'
  | 'instance stopped'
  | 'PostgreSQL restarted'
  | 'PostgreSQL crashed';

/** What faults happen to. */
interface Targets {
  readonly database: BreakableDatabase;
  readonly instances: readonly GatewayInstance[];
  readonly followers: readonly BreachFollower[];
}

/** In what order, and how quickly, they follow on each other. */
export interface FaultPace {
  readonly random: Random;
  /** Between two, on average. */
  readonly pauseMs: number;
}

/** An embedded server that ends more often within a minute is given up. */
const SERVER_ENDS_A_MINUTE = 4;
const MINUTE_MS = 60_000;
const STARTS_WITHIN_MS = 180_000;

/** Kinds in random order, each as often as any other, as far as the database allows. */
export function drawFaults(count: number, random: Random, database: BreakableDatabase): readonly FaultKind[] {
  const kinds: readonly FaultKind[] = [
    'connections of clients cut halfway',
    'connections of clients frozen',
    'instance parted from its clients',
    'clients moved to another instance',
    'connections to the database cut halfway',
    'listener terminated',
    'sessions terminated',
    'instance killed',
    'instance stopped',
    ...(database.ends.includes('restart') ? (['PostgreSQL restarted'] as const) : []),
    ...(database.ends.includes('crash') ? (['PostgreSQL crashed'] as const) : []),
  ];
  const drawn: FaultKind[] = [];
  while (drawn.length < count) drawn.push(...shuffled(kinds, random));
  return drawn.slice(0, count);
}

/** Lets one fault after another happen, some into the recovery from the last. Resolves when all instances run again. */
export async function letHappen(kinds: readonly FaultKind[], targets: Targets, { random, pauseMs }: FaultPace): Promise<void> {
  const replacing: Promise<void>[] = [];
  for (const kind of kinds) {
    await sleep(random.next() * 2 * pauseMs);
    const { meanwhile } = await happen(kind, targets, random);
    if (meanwhile !== undefined) replacing.push(meanwhile);
  }
  await Promise.all(replacing);
}

/** When a server was ended last, across all calls. */
const endings: number[] = [];

async function untilServerMayEnd(): Promise<void> {
  const [first] = endings.slice(-SERVER_ENDS_A_MINUTE);
  if (endings.length >= SERVER_ENDS_A_MINUTE && first !== undefined) await sleep(Math.max(0, first + MINUTE_MS - Date.now()));
  endings.push(Date.now());
}

/** Answers, wrapped, what goes on in the background: an instance that comes back. */
async function happen(kind: FaultKind, { database, instances, followers }: Targets, random: Random): Promise<{ readonly meanwhile?: Promise<void> }> {
  const instance = random.pick(instances);
  switch (kind) {
    case 'connections of clients cut halfway':
      for (const { front } of instances) front.cutHalfway(random, 0.3);
      break;
    case 'connections of clients frozen':
      instance.front.freeze(random, 0.5, random.whole(300, 3_000));
      break;
    case 'instance parted from its clients':
      await instance.front.part(random.whole(100, 1_500));
      break;
    case 'clients moved to another instance':
      for (const follower of followers) if (random.chance(0.3)) move(follower, instances.length, random);
      break;
    case 'connections to the database cut halfway':
      instance.back.cutHalfway(random, 0.7);
      break;
    case 'listener terminated':
      await terminate(database.url, `query ilike '%outbox%' or query ilike 'listen%'`, 1);
      break;
    case 'sessions terminated':
      await terminate(database.url, 'true', random.next());
      break;
    case 'instance killed':
      return { meanwhile: (await oneOfSeveral(instances, random)).replace('SIGKILL') };
    case 'instance stopped':
      return { meanwhile: (await oneOfSeveral(instances, random)).replace('SIGTERM') };
    case 'PostgreSQL restarted':
      await untilServerMayEnd();
      await database.end('restart');
      break;
    case 'PostgreSQL crashed':
      await untilServerMayEnd();
      await database.end('crash');
      break;
  }
  return {};
}

/** One that runs beside another: where starting takes longer than the next fault, there would soon be none. */
async function oneOfSeveral(instances: readonly GatewayInstance[], random: Random): Promise<GatewayInstance> {
  for (const giveUpAt = Date.now() + STARTS_WITHIN_MS; Date.now() < giveUpAt; await sleep(50)) {
    const running = instances.filter(({ isRunning }) => isRunning);
    if (running.length > 1) return random.pick(running);
  }
  throw new Error(`no two instances have run within ${STARTS_WITHIN_MS} ms`);
}

function move(follower: BreachFollower, instances: number, random: Random): void {
  follower.move(random.whole(0, instances - 1), random.chance(0.3) ? drawFilter(random) : null, random.pick(['closed', 'dropped']));
}

/** On a connection of its own, which no proxy leads. A database that is away has no sessions to end. */
async function terminate(url: string, which: string, share: number): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'thermograph' and (${which}) and random() < $1`,
      [share],
    );
  } catch {
    return;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
