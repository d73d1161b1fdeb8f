import { setTimeout as sleep } from 'node:timers/promises';
import { figure, table } from './figures.ts';
import type { Memory } from './gateway.ts';
import { QUESTION } from './plant.ts';
import type { Bench, Section } from './run.ts';

const STEP = 5_000;
const STEPS = 2;
/** Their code is compiled, and what everybody shares is there. */
const WARM_UP = 200;
/** Longer than the gateway has for clients that have gone, and for a heartbeat to everybody. */
const SETTLE_MS = 6_000;

/** What an idle subscriber holds. */
export async function measureIdle({ gateway, crowds, signal }: Bench): Promise<Section> {
  const target = { url: gateway.url, path: '/graphql', query: QUESTION };
  await crowds.grow('warm-up', target, WARM_UP);
  await crowds.leave('warm-up');
  const measured: Memory[] = [];
  for (let step = 0; step <= STEPS; step += 1) {
    if (step > 0) await crowds.grow('idle', target, STEP);
    await sleep(SETTLE_MS, undefined, { signal });
    measured.push(await gateway.collectedMemory());
  }
  await crowds.leave('idle');
  const [none] = measured;
  if (none === undefined) throw new Error('nothing was measured');
  const perSubscriber = (step: number, of: (memory: Memory) => number): string =>
    step === 0 ? '' : `**${figure((of(measured[step] ?? none) - of(none)) / (step * STEP) / 1000, 1)}**`;
  return [
    '### Memory of idle subscribers',
    '',
    ...table([
      ['subscribers', 'heap after collection, MB', 'kB a subscriber', 'buffers outside, MB', 'kB a subscriber', 'resident, MB', 'kB a subscriber'],
      ...measured.map((memory, step) => [
        figure(step * STEP, 0),
        mb(memory.heapUsed),
        perSubscriber(step, ({ heapUsed }) => heapUsed),
        mb(memory.external),
        perSubscriber(step, ({ external }) => external),
        mb(memory.rss),
        perSubscriber(step, ({ rss }) => rss),
      ]),
    ]),
  ];
}

function mb(bytes: number): string {
  return figure(bytes / 1e6, 1);
}
