import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { StoreError } from '../errors.ts';
import { endLeftovers, isAlive, isServerOf, type LockFile, readLockFile } from './lock-file.ts';
import { connectTo, type OwnerSession, own, selectOwner, selectStarter } from './owner-session.ts';
import { type Postmaster, type PostmasterPlan, startPostmaster } from './postmaster.ts';

/** A server that this process has started and owns. */
export interface Claim {
  readonly postmaster: Postmaster;
  readonly owner: OwnerSession;
}

/** Recovery after a crash replays up to max_wal_size, minutes on a slow disk. */
const OTHER_SERVER_MS = 300_000;
/** A gateway owns the server that it starts within milliseconds of being able to, on a machine under load within seconds. Waited for in vain only where the starter is suspended, or its process id somebody else's by now. */
const STARTER_OWNS_MS = 10_000;
const LEFTOVERS_MS = 1_000;
const FAILED_STARTS = 10;
const POLL_MS = 50;
const SAY_EVERY_MS = 10_000;

/**
 * Starts a server over the cluster and owns it. What an earlier gateway left running is ended first; what another living gateway owns is refused.
 *
 * PostgreSQL's own lock file lets one server run over a directory, and the owner's lock in it lets one gateway have it. So of gateways that start at the same moment each either starts the server or finds it, and the first to lock it wins.
 * `fixedPort` is the port of a server that is brought back; null takes any that is free.
 */
export async function claimCluster(plan: PostmasterPlan, fixedPort: number | null, signal: AbortSignal): Promise<Claim> {
  const waiting = new Waiting(plan);
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    const found = await lookForServer(plan, waiting);
    if (found.kind === 'left') await endServer(plan, found);
    if (found.kind === 'busy') await waiting.pause();
    if (found.kind !== 'none') continue;

    const postmaster = startPostmaster(plan, fixedPort ?? (await findFreePort()), found.staleProcess);
    const claim = await ownStarted(plan, postmaster, signal);
    if (claim !== null) return claim;
    failures += 1;
    await refuseFailure(plan, postmaster, failures);
    await sleep(POLL_MS * failures);
  }
}

/** `left`: it runs and nobody owns it. `busy`: it is somebody's a moment from now, or nobody's. `none`: a server may be started. */
type Found =
  | { readonly kind: 'left'; readonly process: number; readonly client: pg.Client }
  | { readonly kind: 'busy' }
  | { readonly kind: 'none'; readonly staleProcess: number | null };

async function lookForServer({ cluster }: PostmasterPlan, waiting: Waiting): Promise<Found> {
  const lockFile = await readLockFile(cluster.directory);
  if (lockFile === null) return { kind: 'none', staleProcess: null };
  waiting.on(lockFile);
  const connected = lockFile.port === null ? null : await connectTo(cluster, lockFile.port);
  if (connected?.kind === 'connected') {
    return lookForOwner(connected.client, lockFile, waiting, () => own(connected.client, cluster)).catch(busyUnlessRefused);
  }
  if (connected?.kind === 'busy') return { kind: 'busy' };
  if (lockFile.process === 0 || (await isServerOf(lockFile.process, cluster.directory))) return { kind: 'busy' };
  return { kind: 'none', staleProcess: isAlive(lockFile.process) ? lockFile.process : null };
}

async function lookForOwner(client: pg.Client, lockFile: LockFile, waiting: Waiting, takeOver: () => Promise<OwnerSession>): Promise<Found> {
  const starterMayOwn = isAlive(await selectStarter(client)) && waiting.letInForMs() < STARTER_OWNS_MS;
  if (starterMayOwn && (await selectOwner(client)) === null) {
    await client.end();
    return { kind: 'busy' };
  }
  await takeOver();
  return { kind: 'left', process: lockFile.process, client };
}

/** Anything else than a refusal is a server that ended while it was asked. */
function busyUnlessRefused(error: unknown): { readonly kind: 'busy' } {
  if (error instanceof StoreError) throw error;
  return { kind: 'busy' };
}

/** Ended rather than taken over: its log has nowhere to go, and it has the settings of the release that started it. */
async function endServer({ cluster, log }: PostmasterPlan, found: { readonly process: number; readonly client: pg.Client }): Promise<void> {
  log.warn({ process: found.process }, 'an earlier gateway ended without stopping its embedded PostgreSQL; stopping it');
  if (isAlive(found.process)) process.kill(found.process, 'SIGINT');
  const giveUpAt = Date.now() + OTHER_SERVER_MS;
  // The lock file goes last. The process may stay in the table after its end, where nobody waits for orphans.
  while ((await readLockFile(cluster.directory))?.process === found.process && (await isServerOf(found.process, cluster.directory))) {
    if (Date.now() > giveUpAt) throw stuck(cluster.directory, found.process);
    await sleep(POLL_MS);
  }
  await found.client.end().catch(() => undefined);
}

/** Waits until the server can be connected to, however long recovery takes, and owns it. Null where it has ended instead. */
async function ownStarted(plan: PostmasterPlan, postmaster: Postmaster, signal: AbortSignal): Promise<Claim | null> {
  const startedAt = Date.now();
  let saidAt = startedAt;
  while (!postmaster.hasEnded()) {
    if (signal.aborted) {
      await postmaster.shutdown();
      signal.throwIfAborted();
    }
    const connected = await connectTo(plan.cluster, postmaster.port);
    const owner = connected.kind === 'connected' ? await ownOrAbandon(plan, postmaster, connected.client) : null;
    if (owner !== null) return { postmaster, owner };
    if (Date.now() - saidAt > SAY_EVERY_MS) {
      saidAt = Date.now();
      plan.log.info({ waitedMs: saidAt - startedAt }, 'embedded PostgreSQL is still starting, recovering what a crash has left');
    }
    await Promise.race([postmaster.ended, sleep(POLL_MS)]);
  }
  return null;
}

async function ownOrAbandon(plan: PostmasterPlan, postmaster: Postmaster, client: pg.Client): Promise<OwnerSession | null> {
  try {
    return await own(client, plan.cluster);
  } catch (error) {
    if (!(error instanceof StoreError)) return null;
    // Another gateway has locked it first and will do with it what it sees fit.
    postmaster.abandon();
    throw error;
  }
}

/** Throws unless the reason that the server ended for is one that passes. */
async function refuseFailure({ cluster, log }: PostmasterPlan, postmaster: Postmaster, failures: number): Promise<void> {
  const { tail } = postmaster;
  if (failures < FAILED_STARTS) {
    // Another gateway was faster; or the port, free a moment ago, is not any more.
    if (tail.says('lock file "postmaster.pid" already exists') || tail.says('could not create any TCP/IP sockets')) return;
    // Told to end, and not by us: another gateway took it for one that was left behind, and is found at the next look.
    if ((await postmaster.ended) === 'exit code 0') return;
    if (tail.says('pre-existing shared memory block')) {
      await sleep(LEFTOVERS_MS);
      const processes = await endLeftovers(cluster.name);
      if (processes > 0) log.warn({ processes }, 'ended sessions that a killed embedded PostgreSQL had left behind');
      return;
    }
  }
  throw new StoreError('DATABASE_START_FAILED', `PostgreSQL did not start over ${cluster.directory} (${await postmaster.ended}):\n${tail.lines().join('\n')}`);
}

/** How long the same other server has kept us from starting ours. */
class Waiting {
  readonly #plan: PostmasterPlan;
  #process = 0;
  #since = 0;
  #letInAt: number | null = null;
  #saidAt = 0;

  constructor(plan: PostmasterPlan) {
    this.#plan = plan;
  }

  on(lockFile: LockFile): void {
    if (lockFile.process === this.#process) return;
    this.#process = lockFile.process;
    this.#since = Date.now();
    this.#letInAt = null;
    this.#saidAt = this.#since;
  }

  /** Since it first let us in, which this notes. Before that its starter could not own it either: a server that recovers may take minutes. */
  letInForMs(): number {
    this.#letInAt ??= Date.now();
    return Date.now() - this.#letInAt;
  }

  forMs(): number {
    return Date.now() - this.#since;
  }

  async pause(): Promise<void> {
    if (this.forMs() > OTHER_SERVER_MS) throw stuck(this.#plan.cluster.directory, this.#process);
    if (Date.now() - this.#saidAt > SAY_EVERY_MS) {
      this.#saidAt = Date.now();
      this.#plan.log.info(
        { process: this.#process, waitedMs: this.forMs() },
        'waiting for the embedded PostgreSQL that an earlier gateway has left to start or to end',
      );
    }
    await sleep(POLL_MS);
  }
}

function stuck(clusterDirectory: string, pid: number): StoreError {
  return new StoreError(
    'DATA_DIRECTORY_IN_USE',
    `process ${pid} is a PostgreSQL server over ${clusterDirectory} that neither answers nor ends: end it (kill -INT ${pid}, and if that does not help kill -QUIT ${pid}) and start again`,
  );
}

/** Free at this moment; who loses the race for it tries another one. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
