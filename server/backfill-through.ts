import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { NotFoundError } from '../db/errors.ts';
import { formatInstant } from '../db/time/instant.ts';
import type { BackfillReport, BackfillState } from './backfill-report.ts';
import { askGateway } from './simulate/gateway-client.ts';
import { GatewayError } from './simulate/gateway-error.ts';
import type { WantedBackfill } from './wanted-backfill.ts';

const LOOK_EVERY_MS = 1_000;
/** In a row, until a gateway that does not answer is given up. */
const MOST_FAILURES = 60;

const counts = {
  received: z.number(),
  loaded: z.number(),
  corrected: z.number(),
  unchanged: z.number(),
  derived: z.number(),
  rejected: z.number(),
  breaches: z.number(),
};

const run = z.object({
  id: z.string(),
  jobId: z.string(),
  state: z.string(),
  dryRun: z.boolean(),
  progress: z.number().nullable(),
  error: z.string().nullable(),
  ...counts,
  wouldChange: z.object(counts).nullable(),
});

const COUNTS = Object.keys(counts).join(' ');
const FIELDS = `id jobId state dryRun progress error ${COUNTS} wouldChange { ${COUNTS} }`;

/** Has a running gateway do a backfill and follows it. Answers how it ended; null: it is no longer followed, and the gateway goes on with it. */
export async function backfillThrough(
  gateway: URL,
  wanted: WantedBackfill,
  { report, signal }: { readonly report: BackfillReport; readonly signal: AbortSignal },
): Promise<BackfillState | null> {
  let state = await begin(gateway, wanted);
  report.progressed(state);
  while (state.state === 'QUEUED' || state.state === 'RUNNING') {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) {
      report.close();
      report.interrupted(state.id, `the gateway goes on with it; to follow it again: ${howToFollow(gateway, state.id)}`);
      return null;
    }
    state = await lookAgain(gateway, state.id, signal);
    report.progressed(state);
  }
  return state;
}

async function begin(gateway: URL, wanted: WantedBackfill): Promise<BackfillState> {
  if (wanted.kind === 'resume') return look(gateway, String(wanted.run));
  const { job, from, to, dryRun } = wanted;
  const { startEtlRun } = await askGateway(
    gateway,
    `mutation Backfill($job: ID!, $from: TimeBound, $to: TimeBound, $dryRun: Boolean!) {
       startEtlRun(job: $job, from: $from, to: $to, dryRun: $dryRun) { ${FIELDS} }
     }`,
    { job, from: formatInstant(from), to: formatInstant(to), dryRun },
    z.object({ startEtlRun: run }),
  );
  return startEtlRun;
}

async function look(gateway: URL, id: string): Promise<BackfillState> {
  const { etlRun } = await askGateway(gateway, `query Backfill($id: ID!) { etlRun(id: $id) { ${FIELDS} } }`, { id }, z.object({ etlRun: run.nullable() }));
  if (etlRun === null) throw new NotFoundError('--resume', id, 'run', []);
  return etlRun;
}

/** Like `look`, but a gateway that is started anew is waited for: what it was at it goes on with. */
async function lookAgain(gateway: URL, id: string, signal: AbortSignal): Promise<BackfillState> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await look(gateway, id);
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === 'GATEWAY_UNREACHABLE') || signal.aborted) throw error;
      if (failures === MOST_FAILURES)
        throw new GatewayError(error.code, `${error.message}. To follow the run again: ${howToFollow(gateway, id)}`, { cause: error });
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function howToFollow(gateway: URL, id: string): string {
  return `thermograph backfill --resume ${id} --url ${gateway.origin}`;
}
