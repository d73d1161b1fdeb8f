import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../answers/processes.ts';
import type { Arrival, Seen } from './crowd.ts';
import { figure, percent, quantile, sorted, table } from './figures.ts';
import { startHelper } from './helper.ts';
import { QUESTION, SENSORS } from './plant.ts';
import type { Probe, ProbeSent } from './probe.ts';
import type { Bench, Section } from './run.ts';

/** Ten thousand messages take a good part of a second of two cores. */
const CROWDS = [
  { subscribers: 100, breachesPerSecond: 4 },
  { subscribers: 1_000, breachesPerSecond: 4 },
  { subscribers: 10_000, breachesPerSecond: 2 },
] as const;
const INPUTS_PER_SECOND = 10;
const READINGS_PER_INPUT = 1_000;
/** Of each number of subscribers. */
const SECONDS = 25;
/** Before the first: every sensor has measured before, and what judges them is compiled. */
const FIRST_SECONDS = 10;
const WARM_UP_SECONDS = 2;
/** Time for the last breach to arrive. */
const SETTLE_MS = 2_000;

interface Flooded {
  readonly loaded: number;
  readonly seconds: number;
  readonly durations: readonly number[];
  readonly behindMs: number;
  readonly hurried: number;
  readonly cpuMs: number;
}

/** Milliseconds of the messages of some breaches. */
export interface Latencies {
  /** From the commit to each client, ascending. */
  readonly each: Float64Array;
  /** From when the database told of the commit to each client, ascending. */
  readonly eachOnceSeen: Float64Array;
  /** From the commit to when the database told of it, a breach each, ascending. */
  readonly seen: Float64Array;
  /** From the commit to the first and to the last client, a breach each, ascending. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** From the beginning of the input to the commit, a breach each, ascending. */
  readonly commit: Float64Array;
}

/** From the commit of a reading to the frame at the client, while readings are loaded. */
export async function measureLatency(bench: Bench): Promise<Section> {
  const rows: string[][] = [];
  await withFlood(bench, FIRST_SECONDS, () => Promise.resolve());
  for (const [index, crowd] of CROWDS.entries()) {
    const before = CROWDS[index - 1]?.subscribers ?? 0;
    await bench.crowds.grow('all', { url: bench.gateway.url, path: '/graphql', query: QUESTION }, crowd.subscribers - before);
    rows.push(await bench.profiled(`latency-${crowd.subscribers}`, () => measureCrowd(bench, crowd)));
    console.log(rows.at(-1)?.join(', '));
  }
  await bench.crowds.leave('all');
  return [
    '### From the commit of a reading to the frame at the client, while 10,000 readings a second are loaded',
    '',
    ...table([
      [
        'subscribers',
        'p50 of all frames, ms',
        'p99',
        'most',
        'of this until the database tells of the commit, p50 (p99)',
        'and from then on, p50 (p99)',
        'to the first client, p50 (p99)',
        'to the last client, p50 (p99)',
        'input sent to commit, p50 (p99)',
        'breaches',
        'readings/s loaded',
        'their input to its answer, p50 (p99)',
        'gateway, of a core',
        'clients, of a core',
      ],
      ...rows,
    ]),
  ];
}

async function measureCrowd(bench: Bench, { subscribers, breachesPerSecond }: (typeof CROWDS)[number]): Promise<string[]> {
  const { gateway, crowds, probe, signal } = bench;
  const { worked, flooded } = await withFlood(bench, WARM_UP_SECONDS + SECONDS, async () => {
    await probe.sendFor(WARM_UP_SECONDS, breachesPerSecond, signal);
    await crowds.begin();
    const [startedAt, cpuBefore] = [performance.now(), await cpuMsOf(gateway.pid)];
    const sent = await probe.sendFor(SECONDS, breachesPerSecond, signal);
    const [elapsedMs, cpuAfter] = [performance.now() - startedAt, await cpuMsOf(gateway.pid)];
    await sleep(SETTLE_MS, undefined, { signal });
    const seen = await crowds.collect('all');
    checkComplete(seen, sent, subscribers);
    return { sent, seen, elapsedMs, gatewayMs: (cpuAfter ?? Number.NaN) - (cpuBefore ?? Number.NaN) };
  });
  const { sent, seen, elapsedMs, gatewayMs } = worked;
  const latencies = await latenciesOf(probe, sent, seen.arrivals);
  if (flooded.hurried > 0 || flooded.behindMs > 1_000)
    console.log(`the load was late ${flooded.hurried} times, and ${figure(flooded.behindMs, 0)} ms at the end`);
  return [
    figure(subscribers, 0),
    `**${figure(quantile(latencies.each, 0.5), 1)}**`,
    `**${figure(quantile(latencies.each, 0.99), 1)}**`,
    figure(latencies.each.at(-1) ?? Number.NaN, 1),
    both(latencies.seen),
    both(latencies.eachOnceSeen),
    both(latencies.first),
    both(latencies.last),
    both(latencies.commit),
    figure(sent.length, 0),
    figure(flooded.loaded / flooded.seconds, 0),
    both(sorted(flooded.durations)),
    percent(gatewayMs / elapsedMs),
    percent(seen.cpuMs / (elapsedMs + SETTLE_MS)),
  ];
}

/** Does something while readings are loaded. */
async function withFlood<T>({ gateway }: Bench, seconds: number, work: () => Promise<T>): Promise<{ worked: T; flooded: Flooded }> {
  const flood = startHelper('flood.mjs');
  try {
    const rate = { inputsPerSecond: INPUTS_PER_SECOND, readingsPerInput: READINGS_PER_INPUT };
    const [flooded, worked] = await Promise.all([flood.ask<Flooded>('flood', { url: gateway.url, sensors: SENSORS, ...rate, seconds }), work()]);
    return { worked, flooded };
  } finally {
    await flood.stop();
  }
}

/** By the database's record of the commits and the clock of this machine. */
export async function latenciesOf(probe: Probe, sent: readonly ProbeSent[], arrivals: readonly Arrival[]): Promise<Latencies> {
  const commits = await probe.commitTimes(sent.map(({ number }) => number));
  const delays = arrivals.flatMap(({ number, times }) => {
    const at = commits.get(number);
    return at === undefined ? [] : [times.map((time) => time - at)];
  });
  return {
    each: sorted(delays.flatMap((times) => [...times])),
    eachOnceSeen: sorted(arrivals.flatMap(({ number, times }) => [...times].map((time) => time - probe.seenAt(number)))),
    seen: sorted(sent.map(({ number }) => probe.seenAt(number) - (commits.get(number) ?? Number.NaN))),
    first: sorted(delays.map((times) => times[0] ?? Number.NaN)),
    last: sorted(delays.map((times) => times.at(-1) ?? Number.NaN)),
    commit: sorted(sent.map(({ number, sentAt }) => (commits.get(number) ?? Number.NaN) - sentAt)),
  };
}

/** Throws where somebody lacks a breach. */
export function checkComplete({ arrivals, closed }: Seen, sent: readonly ProbeSent[], count: number): void {
  const counts = new Map(arrivals.map(({ number, times }) => [number, times.length]));
  const incomplete = sent.filter(({ number }) => counts.get(number) !== count);
  if (incomplete.length === 0) return;
  const found = incomplete.map(({ number }) => `${number}: ${counts.get(number) ?? 0}`).join(', ');
  throw new Error(`each breach was to reach ${count} clients, but some reached fewer (${closed} sockets were closed): ${found}`);
}

/** The median, and 99 % in brackets. */
export function both(ascending: Float64Array): string {
  return `${figure(quantile(ascending, 0.5), 1)} (${figure(quantile(ascending, 0.99), 1)})`;
}
