import { setTimeout as sleep } from 'node:timers/promises';
import type { RunContext } from './connector.ts';
import { type FoundFile, lookAt } from './find-files.ts';

/** What the log says of a file that is never whole. */
export const GOES_ON_CHANGING = 'file goes on changing, and is left to the next run';

/** How many times the settling time a file that goes on changing is waited for. */
const PATIENCE = 10;

/** Files as they are whole: those that have not changed for the settling time at once, the others after it. One that goes on changing is left to the next run. */
export async function* whenWhole(
  files: readonly FoundFile[],
  settleMs: number,
  { signal, log, job }: Pick<RunContext, 'signal' | 'log' | 'job'>,
): AsyncGenerator<FoundFile> {
  let waiting: FoundFile[] = [];
  for (const file of files) {
    if (settleMs === 0 || Date.now() - file.changedAtMs >= settleMs) yield file;
    else waiting.push(file);
  }
  for (let round = 0; waiting.length > 0 && round < PATIENCE; round += 1) {
    await sleep(settleMs, undefined, { signal });
    const { settled, changing } = await lookAgain(waiting);
    yield* settled;
    waiting = changing;
  }
  for (const { path } of waiting) log.warn({ job: job.id, file: path }, GOES_ON_CHANGING);
}

async function lookAgain(files: readonly FoundFile[]): Promise<{ readonly settled: FoundFile[]; readonly changing: FoundFile[] }> {
  const settled: FoundFile[] = [];
  const changing: FoundFile[] = [];
  for (const before of files) {
    const file = await lookAt(before.path);
    if (file !== null) (file.tag === before.tag ? settled : changing).push(file);
  }
  return { settled, changing };
}
