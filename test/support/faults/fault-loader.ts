import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { LIVE_SENSORS, SENSORS, timeOf, valuesAt } from './fault-world.ts';
import type { GatewayInstance } from './gateway-instance.ts';

/** What loaders share: how far the past has been told, and what was acknowledged. */
export class LoadRecord {
  /** The step that comes next. */
  front = 0;
  requests = 0;
  retries = 0;
  /** What kept inputs from being loaded, by how often. */
  readonly hindrances = new Map<string, number>();
  /** Sensor, metric and time of every reading that was acknowledged. */
  readonly acknowledged = new Set<string>();
  /** Answers that no fault explains. */
  readonly refusals: string[] = [];

  hindered(why: string): void {
    this.retries += 1;
    this.hindrances.set(why, (this.hindrances.get(why) ?? 0) + 1);
  }

  note(rows: readonly TestRow[], answer: Exclude<LoadAnswer, { hindrance: string }>): void {
    if ('refusal' in answer) {
      this.refusals.push(answer.refusal);
      return;
    }
    for (const rejected of answer.rejected) this.refusals.push(JSON.stringify(rejected));
    for (const { sensor, metric, time } of rows) this.acknowledged.add(`${sensor} ${metric} ${time}`);
  }
}

/** How a loader works. */
export interface LoaderOptions {
  readonly instances: readonly GatewayInstance[];
  readonly random: Random;
  readonly record: LoadRecord;
  readonly signal: AbortSignal;
  /** Between two inputs, on average. */
  readonly pauseMs: number;
}

interface TestRow {
  readonly sensor: string;
  readonly metric: string;
  readonly time: string;
  readonly value: number;
}

/** An answer takes this long at most, else the input is sent again. */
const PATIENCE_MS = 20_000;
const PASSING = new Set(['DATABASE_UNAVAILABLE', 'SHUTTING_DOWN', 'TOO_MANY_REQUESTS']);
/** However much goes wrong, an input is loaded within this. */
const LOADED_WITHIN_MS = 120_000;

/** Loads stretches of the past that overlap those of other loaders, some long past, some corrected, until it is told to stop. */
export async function loadPast(options: LoaderOptions): Promise<void> {
  const { random, record, signal, pauseMs } = options;
  while (!signal.aborted) {
    const from = random.chance(0.2) ? random.whole(0, record.front) : Math.max(0, record.front - random.whole(0, 6));
    const to = Math.min(from + random.whole(2, 8), record.front + 2);
    record.front = Math.max(record.front, to);
    await send(options, pastRows(random, from, to));
    await pause(random.next() * 2 * pauseMs, signal);
  }
}

/** Loads what is now, one reading after the other, with pauses longer than the thresholds allow. */
export async function loadPresent(options: LoaderOptions): Promise<void> {
  const { random, signal } = options;
  while (!signal.aborted) {
    const { id } = random.pick(LIVE_SENSORS);
    const rows = [{ sensor: id, metric: 'wind_speed', time: new Date().toISOString(), value: random.pick([2, 5, 12, 15]) }];
    await send(options, rows);
    await pause(random.pick([50, 300, 1_500]), signal);
  }
}

function pastRows(random: Random, from: number, to: number): TestRow[] {
  const rows: TestRow[] = [];
  const corrects = random.chance(0.15);
  for (const [index, { id: sensor }] of SENSORS.entries()) {
    if (random.chance(0.6)) continue;
    for (let step = from; step < to; step++) {
      const { temperature, humidity } = valuesAt(index, step);
      const time = timeOf(step);
      const wrong = corrects && random.chance(0.3) ? random.whole(-10, 10) : 0;
      rows.push({ sensor, metric: 'temperature', time, value: temperature + wrong });
      if (random.chance(0.7)) rows.push({ sensor, metric: 'humidity', time, value: humidity });
    }
  }
  return rows;
}

/** Sends an input to one instance after the other until one acknowledges all of it, whatever the ones before have done with it. */
async function send({ instances, random, record }: LoaderOptions, rows: readonly TestRow[]): Promise<void> {
  if (rows.length === 0) return;
  const body = `time,sensor,metric,value\n${rows.map(({ time, sensor, metric, value }) => `${time},${sensor},${metric},${value}`).join('\n')}\n`;
  record.requests += 1;
  const hindrances: string[] = [];
  for (const giveUpAt = Date.now() + LOADED_WITHIN_MS; Date.now() < giveUpAt; ) {
    const answer = await post(random.pick(instances).origin, body);
    if (!('hindrance' in answer)) return record.note(rows, answer);
    hindrances.push(answer.hindrance);
    record.hindered(answer.hindrance);
    await sleep(random.whole(50, 400));
  }
  throw new Error(`an input was not acknowledged within ${LOADED_WITHIN_MS} ms: ${hindrances.join(', ')}`);
}

/** `hindrance`: the same input may do better another time. */
type LoadAnswer = { readonly rejected: readonly unknown[] } | { readonly refusal: string } | { readonly hindrance: string };

async function post(origin: string, body: string): Promise<LoadAnswer> {
  try {
    const response = await fetch(`${origin}/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.status === 200) return JSON.parse(text);
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? '';
    return PASSING.has(code) ? { hindrance: code } : { refusal: `${response.status} ${text}` };
  } catch (error) {
    return { hindrance: error instanceof Error && error.name === 'TimeoutError' ? `no answer within ${PATIENCE_MS} ms` : 'network' };
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
