import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  countedInRuns,
  type EtlFault,
  type EtlStage,
  letEtlFaultsHappen,
  openEtlStage,
  startSimulator,
  verifySimulated,
} from './support/etl-faults/etl-stage.ts';
import { createRandom } from './support/random.ts';

/** As in etl-survives-faults.test.ts: none in the default run. */
const FAULTS = Number(process.env.ETL_FAULTS ?? 0);
const SEED = Number(process.env.ETL_SEED ?? Math.floor(Math.random() * 1_000_000));
const RATE = process.env.ETL_RATE ?? '1500';

describe.skipIf(FAULTS === 0)(`two gateways that watch one folder, faults at random (ETL_FAULTS=${FAULTS} ETL_SEED=${SEED})`, () => {
  const faults: Readonly<Record<string, readonly EtlFault[]>> = {
    'instances killed': Array.from({ length: FAULTS }, (): EtlFault => 'instance killed'),
    'PostgreSQL restarted and crashed': Array.from({ length: FAULTS }, (_, at): EtlFault => (at % 2 === 0 ? 'PostgreSQL restarted' : 'PostgreSQL crashed')),
  };

  it.each(Object.entries(faults))(
    '%s: nothing is lost, doubled or wrong, and each record counts once',
    async (_name, happening) => {
      const stage = await openEtlStage({
        instances: 2,
        jobs: (folder) => {
          mkdirSync(join(folder, 'in'));
          // Batches so small that most files are left in their middle; files have their names only once they are whole.
          return {
            readings: `source: { kind: files, paths: '${folder}/in/*.csv', watch: true, settle: 0s }\nlimits: { retries: 100, retryDelay: 1s, sla: null, batchSize: 200 }`,
          };
        },
      });
      const startedAt = Date.now();
      try {
        const sink = `csv:${join(stage.folder, 'in')}/`;
        const told = ['--gather', '2s', '--rate', RATE, '--sensors', '40', '--seed', String(SEED), '--faults', 'unknown=0,range=0,corrections=0.05'];
        const simulator = await startSimulator(stage, ['--sink', sink, ...told]);
        await letEtlFaultsHappen(stage, happening, { random: createRandom(SEED), pauseMs: 2_000 });
        const sent = await simulator.end();
        const verified = await verifySimulated(stage);
        const counted = await countedInRuns(stage, 'readings');
        const files = (await readdir(join(stage.folder, 'in'))).length;
        report(stage, { seconds: (Date.now() - startedAt) / 1000, sent, verified, counted, files, faults: happening.length });

        expect(verified).toMatchObject({ lost: 0, doubled: 0, wrong: 0, unexpected: 0, miscounted: 0 });
        expect(counted.received).toBe(sent.readings ?? sent.sent);
      } finally {
        await stage.close();
      }
    },
    300_000 + FAULTS * 30_000,
  );
});

/** The figures of a run that nobody starts for its colour alone. */
function report({ instances }: EtlStage, figures: Readonly<Record<string, unknown>>): void {
  const errors = instances.flatMap((instance) => instance.errors).map(({ msg, err }) => `${String(msg)} ${JSON.stringify(err ?? '').slice(0, 200)}`);
  process.stderr.write(`${JSON.stringify({ ...figures, seed: SEED, errors: [...new Set(errors)].slice(0, 10) }, null, 1)}\n`);
}
