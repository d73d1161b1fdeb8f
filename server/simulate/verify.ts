import { setTimeout as sleep } from 'node:timers/promises';
import { type Compared, Comparison, keyOf } from './comparison.ts';
import { GatewayError } from './gateway-error.ts';
import { exportedReadings, knownMetrics, storedSummaries } from './stored-readings.ts';
import type { SeriesTruth, Truth } from './truth.ts';

/** What a gateway has of what was sent. */
export interface Verification {
  /** Series and instants that have to be there. */
  readonly expected: number;
  /** Of these, those that are there with the right value. */
  readonly found: number;
  readonly lost: number;
  /** There more than once. */
  readonly doubled: number;
  /** There with another value than the one that was sent last. */
  readonly wrong: number;
  /** There, and never sent, or to be refused. */
  readonly unexpected: number;
  /** Sent by somebody who was ended before it was known to have arrived: there may be anything, or nothing. */
  readonly uncertain: number;
  /** Series of which count or sum by the gateway's statistics are not those of what was sent. */
  readonly miscounted: number;
  /** The first of what is not as it should be, in words. */
  readonly examples: readonly string[];
}

export interface VerifyOptions {
  readonly gateway: URL;
  readonly signal: AbortSignal;
  /** How long the gateway may go without coming any nearer to the truth before what is missing counts as lost. */
  readonly settleMs: number;
  /** Hears how it stands while it waits. */
  readonly onBehind?: (verification: Verification) => void;
}

const SENSORS_AT_ONCE = 100;
const BETWEEN_LOOKS_MS = 1_000;

/** Whether nothing is lost, doubled, wrong, unexpected or miscounted. */
export function isAsSent({ lost, doubled, wrong, unexpected, miscounted }: Verification): boolean {
  return lost + doubled + wrong + unexpected + miscounted === 0;
}

/** Asks a gateway for all that it has of what was sent, and compares, until it is all there or comes no nearer. Throws GatewayError where it cannot be asked for that long. */
export async function verify(truth: Truth, { gateway, signal, settleMs, onBehind }: VerifyOptions): Promise<Verification> {
  let least = Number.POSITIVE_INFINITY;
  let giveUpAt = performance.now() + settleMs;
  for (;;) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const outcome = await verifyOnce(truth, gateway, signal).catch((error: unknown) => {
      if (error instanceof GatewayError && performance.now() < giveUpAt) return null;
      throw error;
    });
    if (outcome !== null) {
      if (isAsSent(outcome)) return outcome;
      const amiss = outcome.lost + outcome.doubled + outcome.wrong + outcome.unexpected + outcome.miscounted;
      if (amiss < least) giveUpAt = performance.now() + settleMs;
      least = Math.min(least, amiss);
      if (performance.now() >= giveUpAt) return outcome;
      onBehind?.(outcome);
    }
    // What takes long to look at is not looked at all the time.
    await sleep(Math.max(BETWEEN_LOOKS_MS, performance.now() - startedAt), undefined, { signal });
  }
}

/** The same, once, at this moment. */
export async function verifyOnce(truth: Truth, gateway: URL, signal: AbortSignal): Promise<Verification> {
  const comparison = new Comparison(truth.series);
  const { window } = truth;
  if (window !== null) {
    for (const sensors of piecesOf(truth.sensors)) {
      for await (const reading of exportedReadings(gateway, { sensors, window }, signal)) comparison.compare(reading);
    }
  }
  const compared = comparison.end();
  const miscounted = await findMiscounted(truth, gateway, compared);
  return {
    expected: truth.expected,
    found: compared.found,
    lost: compared.lost,
    doubled: compared.doubled,
    wrong: compared.wrong,
    unexpected: compared.unexpected,
    uncertain: truth.uncertain,
    miscounted: miscounted.length,
    examples: [...compared.examples, ...miscounted].slice(0, 20),
  };
}

/** Asks the rollups, where the readings are right: they are another way to the same number. */
async function findMiscounted(
  { series, sensors, window }: Truth,
  gateway: URL,
  { derivedToo, lost, doubled, wrong, unexpected }: Compared,
): Promise<readonly string[]> {
  if (window === null || lost + doubled + wrong + unexpected > 0) return [];
  const known = await knownMetrics(gateway);
  const metrics = [...new Set(series.map(({ metric }) => metric))].filter((metric) => known.has(metric));
  if (metrics.length === 0) return [];
  const stored = new Map<string, { readonly count: number; readonly sum: number | null }>();
  for (const piece of piecesOf(sensors)) {
    for (const row of await storedSummaries(gateway, { sensors: piece, window }, metrics)) stored.set(keyOf(row.sensor, row.metric), row);
  }
  return series.flatMap((truth) => {
    const key = keyOf(truth.sensor, truth.metric);
    if (derivedToo.has(key) || truth.isUncertain.includes(1)) return [];
    const { count, sum } = stored.get(key) ?? { count: 0, sum: null };
    const told = sumOf(truth);
    if (count === told.count && Math.abs((sum ?? 0) - told.sum) <= told.tolerance) return [];
    return [`miscounted: ${truth.sensor} ${truth.metric}: ${count} readings, sum ${sum}, but ${told.count} were sent, sum ${told.sum}`];
  });
}

/** A sum of doubles depends on its order: a billionth of it, or of the greatest value, is no difference. */
function sumOf({ value }: SeriesTruth): { readonly count: number; readonly sum: number; readonly tolerance: number } {
  let sum = 0;
  let greatest = 0;
  for (const one of value) {
    sum += one;
    greatest = Math.max(greatest, Math.abs(one));
  }
  return { count: value.length, sum, tolerance: 1e-9 * Math.max(Math.abs(sum), greatest) };
}

function* piecesOf(sensors: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < sensors.length; at += SENSORS_AT_ONCE) yield sensors.slice(at, at + SENSORS_AT_ONCE);
}
