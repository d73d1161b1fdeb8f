import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { compareWithTable, openChangingTable } from './support/etl-faults/changing-table.ts';
import { countedInRuns, type EtlFault, type EtlStage, letEtlFaultsHappen, openEtlStage } from './support/etl-faults/etl-stage.ts';
import { createRandom, type Random } from './support/random.ts';

/** How many faults; none are in the default run, as one of them takes as long as a gateway takes to start. ETL_SEED for the draws of another run. */
const FAULTS = Number(process.env.ETL_FAULTS ?? 0);
const SEED = Number(process.env.ETL_SEED ?? Math.floor(Math.random() * 1_000_000));
const QUIET_WITHIN_MS = 120_000;

const JOB = `
source:
  kind: database
  url: \${DATABASE_URL}
  table: plant.sample
  columns: { time: time, sensor: sensor, temperature: value }
  incremental: { column: changed_at, overlap: 30s }
  pageRows: 1000
mapping: { register: true }
schedule: null
limits: { retries: 100, retryDelay: 1s, sla: null, batchSize: 500 }`;

describe.skipIf(FAULTS === 0)(`two gateways that read a table, faults at random (ETL_FAULTS=${FAULTS} ETL_SEED=${SEED})`, () => {
  it(
    'instances killed and PostgreSQL restarted under both the table and the store: nothing is lost, doubled or wrong',
    async () => {
      const random = createRandom(SEED);
      const stage = await openEtlStage({ instances: 2, jobs: () => ({ pull: JOB }) });
      const startedAt = Date.now();
      try {
        const table = await openChangingTable(stage.database.pool, random);
        const starting = startRuns(stage, random);
        const kinds: readonly EtlFault[] = ['instance killed', 'PostgreSQL restarted', 'instance killed', 'PostgreSQL crashed'];
        const faults = Array.from({ length: FAULTS }, (_, at): EtlFault => kinds[at % kinds.length] ?? 'instance killed');
        await letEtlFaultsHappen(stage, faults, { random, pauseMs: 2_000 });
        await table.stop();
        await starting.stop();
        await untilQuiet(stage);
        await startRun(stage, random);
        await untilQuiet(stage);

        const compared = await compareWithTable(stage.database.pool);
        const counted = await countedInRuns(stage, 'pull');
        process.stderr.write(`${JSON.stringify({ seconds: (Date.now() - startedAt) / 1000, faults: FAULTS, compared, counted, seed: SEED }, null, 1)}\n`);
        expect(compared).toMatchObject({ lost: 0, unexpected: 0, wrong: 0 });
        expect(compared.rows).toBeGreaterThan(0);
        // Each of them counts as new exactly once, whatever was read twice.
        expect(counted).toMatchObject({ loaded: compared.rows, rejected: 0, failed: 0 });
      } finally {
        await stage.close();
      }
    },
    300_000 + FAULTS * 30_000,
  );
});

/** Starts a run whenever none is under way, at any instance. */
function startRuns(stage: EtlStage, random: Random): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const starting = (async () => {
    while (!stopping.signal.aborted) {
      if ((await unfinished(stage)) === 0) await startRun(stage, random).catch(() => undefined);
      await sleep(300);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await starting;
    },
  };
}

async function startRun({ instances }: EtlStage, random: Random): Promise<void> {
  const answer = await fetch(`${random.pick(instances).origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'mutation { startEtlRun(job: "pull") { id } }' }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data } = (await answer.json()) as { data?: unknown };
  if (data == null) throw new Error('the run was not started');
}

/** Runs that are not over; null where nobody can say. */
async function unfinished({ database }: EtlStage): Promise<number | null> {
  try {
    const { rows } = await database.pool.query<{ n: number }>(`select count(*)::int as n from etl_run where state in ('QUEUED', 'RUNNING')`);
    return rows[0]?.n ?? 0;
  } catch {
    return null;
  }
}

async function untilQuiet(stage: EtlStage): Promise<void> {
  for (const giveUpAt = Date.now() + QUIET_WITHIN_MS; Date.now() < giveUpAt; await sleep(200)) if ((await unfinished(stage)) === 0) return;
  throw new Error(`runs were not over within ${QUIET_WITHIN_MS} ms`);
}
