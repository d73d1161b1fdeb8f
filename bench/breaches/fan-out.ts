import { setTimeout as sleep } from 'node:timers/promises';
import { benchFile, cpuMsOf, type RunningServer, startServer } from '../answers/processes.ts';
import { figure, quantile, sorted, spread, table } from './figures.ts';
import { QUESTION } from './plant.ts';
import type { Bench, Section } from './run.ts';

const SUBSCRIBERS = 5_000;
const WARM_UP_ROUNDS = 5;
const ROUNDS = 40;
/** Between two shots; garbage may be collected. */
const PAUSE_MS = 250;
const PATIENCE_MS = 10_000;

const NUMBER = /"number":(\d+)/;

/** One message to all clients, in milliseconds. */
interface Shot {
  /** From its start to the first and the last client. */
  readonly first: number;
  readonly last: number;
  /** Processor time of the server, and of the process with the clients. */
  readonly serverCpu: number;
  readonly clientsCpu: number;
}

type Round = Readonly<Record<'gateway' | 'bare', Shot>>;

/** One breach to all, beside a bare broadcast of the same bytes to as many clients in the same process, in turn. */
export async function compareFanOut(bench: Bench): Promise<Section> {
  const { gateway, crowds } = bench;
  const bare = await startServer({ command: [process.execPath, benchFile('peers/broadcast.mjs')], environment: {}, core: null });
  try {
    await crowds.grow('gateway', { url: gateway.url, path: '/graphql', query: QUESTION }, SUBSCRIBERS);
    await crowds.grow('bare', { url: bare.url, path: '/', query: null }, SUBSCRIBERS);
    await breach(bench);
    const sample = (await crowds.collect('gateway')).sample ?? '';
    const ours = (): Promise<Shot> => shoot(bench, 'gateway', gateway.pid, () => breach(bench));
    const theirs = (): Promise<Shot> => shoot(bench, 'bare', bare.pid, () => broadcast(bench, bare, sample));
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await both(ours, theirs, round);
    const rounds: Round[] = [];
    await bench.profiled('fan-out', async () => {
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await both(ours, theirs, round));
    });
    await crowds.leave('gateway');
    await crowds.leave('bare');
    return report(rounds, Buffer.byteLength(sample));
  } finally {
    await bare.stop();
  }
}

/** Which one begins changes from round to round. */
async function both(ours: () => Promise<Shot>, theirs: () => Promise<Shot>, round: number): Promise<Round> {
  if (round % 2 === 0) return { gateway: await ours(), bare: await theirs() };
  const bare = await theirs();
  return { gateway: await ours(), bare };
}

/** `fire` resolves when everybody has it, with the instant of its start in milliseconds since 1970. */
async function shoot({ crowds, signal }: Bench, crowd: string, pid: number, fire: () => Promise<number>): Promise<Shot> {
  await sleep(PAUSE_MS, undefined, { signal });
  await crowds.begin();
  const before = (await cpuMsOf(pid)) ?? Number.NaN;
  const startedAt = await fire();
  const serverCpu = ((await cpuMsOf(pid)) ?? Number.NaN) - before;
  const { arrivals, cpuMs } = await crowds.collect(crowd);
  const times = arrivals[0]?.times ?? new Float64Array();
  if (times.length !== SUBSCRIBERS) throw new Error(`${crowd} has reached ${times.length} clients`);
  return { first: (times[0] ?? Number.NaN) - startedAt, last: (times.at(-1) ?? Number.NaN) - startedAt, serverCpu, clientsCpu: cpuMs };
}

/** Starts with its commit. */
async function breach({ crowds, probe, signal }: Bench): Promise<number> {
  const number = probe.nextNumber;
  const everybody = crowds.everybodyHas('gateway', number, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
  await Promise.all([probe.send(), everybody]);
  return (await probe.commitTimes([number])).get(number) ?? Number.NaN;
}

/** Starts with the first call of `send`. */
async function broadcast({ crowds, signal }: Bench, { url }: RunningServer, sample: string): Promise<number> {
  const everybody = crowds.everybodyHas('bare', Number(NUMBER.exec(sample)?.[1]), AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
  const [response] = await Promise.all([fetch(url, { method: 'POST', body: sample }), everybody]);
  const { startedAt } = (await response.json()) as { startedAt: number };
  return startedAt;
}

function report(rounds: readonly Round[], bytes: number): Section {
  const rowOf = (name: string, of: readonly Shot[]): string[] => [
    name,
    spread(
      of.map(({ last }) => last),
      1,
    ),
    spread(
      of.map(({ first }) => first),
      1,
    ),
    spread(
      of.map(({ first, last }) => last - first),
      1,
    ),
    figure(mean(of.map(({ serverCpu }) => serverCpu)), 0),
    figure(mean(of.map(({ clientsCpu }) => clientsCpu)), 0),
  ];
  const ratios = rounds.map(({ gateway, bare }) => gateway.last / bare.last);
  return [
    `### One breach to ${figure(SUBSCRIBERS, 0)} subscribers, beside a bare broadcast by ws`,
    '',
    `${rounds.length} rounds, in each a breach and a broadcast of the same ${bytes} bytes, to as many clients of the same process; median, least and most.`,
    '',
    ...table([
      ['', 'ms to the last client', 'ms to the first', 'ms from the first to the last', 'its processor time, ms', 'the clients’, ms'],
      rowOf(
        'Thermograph, from the commit',
        rounds.map(({ gateway }) => gateway),
      ),
      rowOf(
        'bare, from the first send',
        rounds.map(({ bare }) => bare),
      ),
    ]),
    '',
    `Ratio of the times to the last client, round by round: ${spread(ratios, 2)}; nine of ten are below ${figure(quantile(sorted(ratios), 0.9), 2)}.`,
  ];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
