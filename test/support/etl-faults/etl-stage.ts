import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '../../../db/engines/engine.ts';
import { RunningCommand } from '../command.ts';
import { makeTestDirectory } from '../directory.ts';
import { type BreakableDatabase, openBreakableDatabase, type ServerEnd } from '../faults/breakable-database.ts';
import { GatewayInstance } from '../faults/gateway-instance.ts';
import type { Random } from '../random.ts';
import type { LogLine } from '../served-gateway.ts';

/** Gateways that run jobs over one database, which can be killed, and whose database can be taken away. */
export interface EtlStage {
  readonly database: BreakableDatabase;
  readonly instances: readonly GatewayInstance[];
  /** Of this run alone; removed with it. */
  readonly folder: string;
  /** Where a gateway answers, whichever process it is. */
  readonly url: string;
  close(): Promise<void>;
}

/** What a stage has. */
export interface EtlStageOptions {
  readonly instances: number;
  /** The YAML of each job, by its id; `folder` is the stage's. */
  readonly jobs: (folder: string) => Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
}

/** ETL_ENGINE=timescale takes the server of TEST_TIMESCALE_URL, which is nobody's to restart: there instances are killed instead. */
const ENGINE: EngineName = process.env.ETL_ENGINE === 'timescale' ? 'timescale' : 'postgres';

/** Opens a database and starts gateways with the jobs. */
export async function openEtlStage({ instances: count, jobs, settings = {} }: EtlStageOptions): Promise<EtlStage> {
  const folder = await makeTestDirectory();
  const database = await openBreakableDatabase(ENGINE);
  const instances: GatewayInstance[] = [];
  const close = async () => {
    await Promise.all(instances.map((instance) => instance.close()));
    await database.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const [id, yaml] of Object.entries(jobs(folder))) await writeFile(join(folder, `${id}.yaml`), yaml);
    const all = { THERMOGRAPH_JOBS: folder, ...settings };
    // The first one makes the store.
    instances.push(await GatewayInstance.start(database.url, all));
    instances.push(...(await Promise.all(Array.from({ length: count - 1 }, () => GatewayInstance.start(database.url, all)))));
    return { database, instances, folder, url: instances[0]?.origin ?? '', close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Something that goes wrong, and is over when it resolves. */
export type EtlFault = 'instance killed' | 'PostgreSQL restarted' | 'PostgreSQL crashed';

/** An embedded server that ends more often than four times a minute is given up. */
const SERVER_PAUSE_MS = 16_000;
const RUNNING_WITHIN_MS = 300_000;
const LOADING_WITHIN_MS = 120_000;

/**
 * Lets faults happen one after another and waits until all instances run again. Each comes at random, `pauseMs` on average, after something was loaded since the one before: an instance that is
 * killed before it has come to loading proves nothing. It is killed by SIGKILL, only while another one runs.
 */
export async function letEtlFaultsHappen(
  stage: EtlStage,
  faults: readonly EtlFault[],
  { random, pauseMs }: { readonly random: Random; readonly pauseMs: number },
): Promise<void> {
  const replacing: Promise<void>[] = [];
  let serverMayEndAt = 0;
  let loadedUpTo = 0;
  for (const fault of faults) {
    loadedUpTo = await untilLoadedBeyond(stage, loadedUpTo);
    await sleep(random.next() * 2 * pauseMs);
    const end = serverEndOf(fault);
    if (end === null || !stage.database.ends.includes(end)) {
      replacing.push((await oneOfSeveral(stage.instances, random)).replace('SIGKILL'));
      continue;
    }
    await sleep(Math.max(0, serverMayEndAt - Date.now()));
    serverMayEndAt = Date.now() + SERVER_PAUSE_MS;
    await stage.database.end(end);
  }
  await Promise.all(replacing);
}

function serverEndOf(fault: EtlFault): ServerEnd | null {
  if (fault === 'instance killed') return null;
  return fault === 'PostgreSQL crashed' ? 'crash' : 'restart';
}

/** Waits until a batch with a higher number is committed; answers the highest. */
async function untilLoadedBeyond({ database }: EtlStage, known: number): Promise<number> {
  for (const giveUpAt = Date.now() + LOADING_WITHIN_MS; Date.now() < giveUpAt; await sleep(100)) {
    const { rows } = await database.pool.query<{ last: number | null }>('select max(id) as last from batch').catch(() => ({ rows: [] }));
    const last = rows[0]?.last ?? 0;
    if (last > known) return last;
  }
  throw new Error(`nothing was loaded within ${LOADING_WITHIN_MS} ms after batch ${known}`);
}

async function oneOfSeveral(instances: readonly GatewayInstance[], random: Random): Promise<GatewayInstance> {
  for (const giveUpAt = Date.now() + RUNNING_WITHIN_MS; Date.now() < giveUpAt; await sleep(50)) {
    const running = instances.filter(({ isRunning }) => isRunning);
    if (running.length === instances.length) return random.pick(running);
  }
  throw new Error(
    `the instances have not run within ${RUNNING_WITHIN_MS} ms: ${JSON.stringify(instances.map(({ isRunning, errors }) => ({ isRunning, errors: errors.slice(-5) })))}`,
  );
}

/** A simulator under way. */
export interface RunningSimulator {
  /** Ends it as Ctrl-C does; answers what it sent. */
  end(): Promise<LogLine>;
  /** Resolves when it has told all that it was to tell. */
  ended(): Promise<LogLine>;
}

/** Starts `thermograph simulate` with the truth in a file of the stage, once its factory is registered and it sends. */
export async function startSimulator(stage: EtlStage, args: readonly string[]): Promise<RunningSimulator> {
  const command = new RunningCommand(['simulate', '--url', stage.url, '--truth', truthOf(stage), '--patience', '5m', ...args]);
  await command.line('simulation started');
  const ended = async () => {
    const code = await command.exitCode();
    const line = command.lines.find(({ msg }) => msg === 'simulated');
    if (code !== 0 || line === undefined) throw new Error(`the simulator ended with ${code}:\n${command.output}\n${command.errors}`);
    return line;
  };
  return {
    ended,
    end: () => {
      command.signal('SIGINT');
      return ended();
    },
  };
}

/** What `thermograph simulate --verify` says: what of the truth is lost, doubled or wrong at the gateway. */
export async function verifySimulated(stage: EtlStage, args: readonly string[] = []): Promise<LogLine> {
  const command = new RunningCommand(['simulate', '--verify', '--url', stage.url, '--truth', truthOf(stage), '--settle', '60s', ...args]);
  await command.exitCode();
  const line = command.lines.find(({ msg }) => msg === 'verified');
  if (line === undefined) throw new Error(`nothing was verified:\n${command.output}\n${command.errors}`);
  return line;
}

/** What runs of a job counted, all together, and in which states they are. */
export async function countedInRuns(stage: EtlStage, job: string): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await stage.database.pool.query(
    `select sum(received)::int as received, sum(loaded)::int as loaded, sum(corrected)::int as corrected, sum(unchanged)::int as unchanged, sum(rejected)::int as rejected,
            count(*)::int as runs, count(*) filter (where state = 'RUNNING')::int as running, count(*) filter (where state = 'FAILED')::int as failed,
            count(distinct batch.run_id)::int as "runsWithBatches", sum(batches)::int as batches
       from etl_run
       left join lateral (select run_id, count(*) as batches from batch where run_id = etl_run.id group by run_id) as batch on true
      where job_id = $1`,
    [job],
  );
  return rows[0] ?? {};
}

function truthOf({ folder }: EtlStage): string {
  return join(folder, 'sent.truth');
}
