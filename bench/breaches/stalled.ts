import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from './crowd.ts';
import { figure, percent, quantile, table } from './figures.ts';
import { type Memory, saveLongPlace } from './gateway.ts';
import { both, checkComplete, latenciesOf } from './latency.ts';
import { LONG_QUESTION, SHORT_QUESTION } from './plant.ts';
import type { ProbeSent } from './probe.ts';
import type { Bench, Section } from './run.ts';

const READING = 9_900;
const STALLED = 100;
const SECONDS = 15;
const BREACHES_PER_SECOND = 4;
const SAMPLE_MS = 500;
const SETTLE_MS = 3_000;

interface Phase {
  readonly name: string;
  readonly sent: readonly ProbeSent[];
  readonly seen: Seen;
  readonly memory: readonly Memory[];
  readonly ms: number;
}

/** Ten thousand subscribers, of whom a hundred, who ask for long messages, begin to read nothing: before, meanwhile, and after the gateway has let them go. */
export async function measureStalled(bench: Bench): Promise<Section> {
  const { gateway, crowds } = bench;
  await saveLongPlace(gateway);
  await crowds.grow('reading', { url: gateway.url, path: '/graphql', query: SHORT_QUESTION }, READING);
  await crowds.grow('stalled', { url: gateway.url, path: '/graphql', query: LONG_QUESTION }, STALLED);
  await bench.probe.sendFor(3, BREACHES_PER_SECOND, bench.signal);
  const phases = [await phase(bench, 'all read')];
  const long = Buffer.byteLength((await crowds.collect('stalled')).sample ?? '');
  await crowds.stall('stalled');
  for (let turn = 1; turn <= 3; turn += 1)
    phases.push(await bench.profiled(`stalled-${turn}`, () => phase(bench, `${STALLED} read nothing, ${(turn - 1) * SECONDS} to ${turn * SECONDS} s`)));
  await crowds.resume('stalled');
  await sleep(SETTLE_MS, undefined, { signal: bench.signal });
  const { closed } = await crowds.collect('stalled');
  await crowds.leave('stalled');
  await crowds.leave('reading');
  const rows: string[][] = [];
  for (const each of phases) rows.push(await rowOf(bench, each));
  return [
    `### ${figure(READING + STALLED, 0)} subscribers, of whom ${STALLED} read nothing`,
    '',
    `The ${STALLED} are sent ${figure(long, 0)} bytes a breach, the others ${figure(Buffer.byteLength(phases[0]?.seen.sample ?? ''), 0)}; ${BREACHES_PER_SECOND} breaches a second, no other load. ${closed} of the ${STALLED} were let go.`,
    '',
    ...table([
      [
        '',
        'from the commit to the others, p50',
        'p99',
        'to the last of them, p50 (p99)',
        'resident, most MB',
        'heap, most MB',
        'buffers outside, most MB',
        'clients, of a core',
      ],
      ...rows,
    ]),
  ];
}

async function phase({ gateway, crowds, probe, signal }: Bench, name: string): Promise<Phase> {
  await crowds.begin();
  const startedAt = performance.now();
  const done = new AbortController();
  const sampling = sampleMemory(() => gateway.memory(), done.signal);
  const sent = await probe.sendFor(SECONDS, BREACHES_PER_SECOND, signal);
  await sleep(SETTLE_MS / 3, undefined, { signal });
  done.abort();
  const memory = await sampling;
  const seen = await crowds.collect('reading');
  checkComplete(seen, sent, READING);
  return { name, sent, seen, memory, ms: performance.now() - startedAt };
}

async function sampleMemory(look: () => Promise<Memory>, signal: AbortSignal): Promise<Memory[]> {
  const samples: Memory[] = [];
  while (!signal.aborted) {
    samples.push(await look());
    await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

async function rowOf({ probe }: Bench, { name, sent, seen, memory, ms }: Phase): Promise<string[]> {
  const { each, last } = await latenciesOf(probe, sent, seen.arrivals);
  const most = (of: (memory: Memory) => number): string => figure(Math.max(...memory.map(of)) / 1e6, 0);
  return [
    name,
    `**${figure(quantile(each, 0.5), 1)}**`,
    `**${figure(quantile(each, 0.99), 1)}**`,
    both(last),
    most(({ rss }) => rss),
    most(({ heapUsed }) => heapUsed),
    most(({ external }) => external),
    percent(seen.cpuMs / ms),
  ];
}
