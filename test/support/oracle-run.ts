import { refreshStaleDays } from '../../db/refresh.ts';
import { MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { startRefresher } from '../../etl/refresher.ts';
import { aggregateCase } from './oracle-aggregate-case.ts';
import { drawChange } from './oracle-changes.ts';
import type { OracleData } from './oracle-data.ts';
import { downsampleCase, drawDownsampleRequest } from './oracle-downsample.ts';
import { drawExport, type ExportingGateway, startExports } from './oracle-export.ts';
import { type AskedGateway, type AskGateway, type Comparison, createAsk, type OracleCase } from './oracle-gateway.ts';
import { drawReadingsRequest, readingsCase } from './oracle-readings.ts';
import { drawAggregateRequest, wholeRequests } from './oracle-requests.ts';
import { drawStatisticsRequest, statisticsCase } from './oracle-statistics.ts';
import { fillStore, type OracleStore } from './oracle-store.ts';
import { type DrawnThreshold, drawThresholds, redrawThreshold } from './oracle-thresholds.ts';
import { createOracleWorld, type OracleWorld } from './oracle-world.ts';
import { createRandom, type Random } from './random.ts';

/** How long and how a gateway is asked. */
export interface OracleRun {
  readonly requests: number;
  /** The same seed draws the same changes and questions. */
  readonly seed: number;
  /** How many loads of corrections and late readings there are for each request. */
  readonly changes: number;
  /** So many requests are drawn but not asked, to come sooner to one that was reported; what changes between them changes. */
  readonly skip: number;
  /** Told every thousand requests, and of each that differs. */
  readonly say: (text: string) => void;
}

/** What came of a run. */
export interface OracleOutcome {
  /** How many points were compared. */
  readonly points: number;
  /** Requests whose answers differ, with what it takes to ask them again. */
  readonly reports: readonly unknown[];
}

const AT_ONCE = 4;
/** From here on thresholds are changed between questions. */
const LAST_SETUP = Date.UTC(2016, 6, 1) * 1000;
/** How many requests with differences are reported before it ends. */
const MOST_REPORTED = 10;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Asks a gateway over an empty store that it fills, between changes and while the refresher runs, and holds all its answers against those of the oracle. */
export async function runOracle(gateway: AskedGateway, data: readonly OracleData[], { requests, seed, changes, skip, say }: OracleRun): Promise<OracleOutcome> {
  const random = createRandom(seed);
  const store = await fillStore(gateway.store, createOracleWorld(data), data);
  const thresholds = await saveThresholds(random, store);
  const judged = createJudge(gateway, say);
  const refresher = startRefresher({ store: gateway.store, log: silent, intervalMs: 200, longestWaitMs: 0 });
  const exports = await startExports(gateway.store);
  const begun = { at: performance.now(), cpu: process.cpuUsage() };
  try {
    for (let asked = 0, changed = 0; asked < requests && judged.reports.length < MOST_REPORTED; asked += AT_ONCE) {
      for (; changed < asked * changes; changed++) await change(random, store, thresholds);
      const cases = Array.from({ length: AT_ONCE }, () => drawCase(random, store.world, exports));
      if (asked >= skip) await Promise.all(cases.map((drawn) => judged.judge(drawn)));
      if (asked % 1000 < AT_ONCE && asked >= 1000)
        say(`${asked} requests, ${changed} changes, ${rate(begun, asked)}, ${judged.points()} points, ${judged.reports.length} differ`);
    }
  } finally {
    await exports.stop();
    await refresher.stop();
  }
  await refreshStaleDays(gateway.store);
  for (const request of wholeRequests(store.world)) await judged.judge(aggregateCase(request, store.world));
  return { points: judged.points(), reports: judged.reports };
}

/** Mostly buckets; statistics, pages of readings and thinned lines among them. */
function drawCase(random: Random, world: OracleWorld, exports: ExportingGateway): OracleCase {
  const kind = random.next();
  if (kind < 0.08) return statisticsCase(drawStatisticsRequest(random, world), world);
  if (kind < 0.16) return readingsCase(drawReadingsRequest(random, world));
  if (kind < 0.19) return downsampleCase(drawDownsampleRequest(random, world));
  if (kind < 0.24) return exports.exportCase(drawExport(random, world), world);
  return aggregateCase(drawAggregateRequest(random, world), world);
}

function rate(begun: { readonly at: number; readonly cpu: NodeJS.CpuUsage }, asked: number): string {
  const { user, system } = process.cpuUsage(begun.cpu);
  const seconds = (performance.now() - begun.at) / 1000;
  return `${(asked / seconds).toFixed(1)}/s, ${((user + system) / 1000 / asked).toFixed(1)} ms of this process each`;
}

function createJudge(gateway: AskedGateway, say: OracleRun['say']) {
  const ask = createAsk(gateway);
  const reports: unknown[] = [];
  let points = 0;
  const judge = async (drawn: OracleCase): Promise<void> => {
    const compared = await compare(drawn, ask);
    points += compared.points;
    if (compared.differences.length === 0) return;
    const asked: unknown[] = [];
    // A wrong number that goes away by itself has another cause than one that stays.
    const again = await compare(drawn, (text, variables, now) => {
      asked.push({ now: new Date(now / 1000), variables, text });
      return ask(text, variables, now);
    });
    const report = { differences: compared.differences.slice(0, 10), whenAskedAgain: again.differences.length, asked };
    say(JSON.stringify(report));
    reports.push(report);
  };
  return { judge, reports, points: () => points };
}

/** What is thrown is a difference as well. */
async function compare(drawn: OracleCase, ask: AskGateway): Promise<Comparison> {
  try {
    return await drawn(ask);
  } catch (error) {
    return { differences: [String(error)], points: 0 };
  }
}

/** Thresholds, and what becomes of some of them while the record goes on. */
async function saveThresholds(random: Random, { world, saveThreshold }: OracleStore): Promise<DrawnThreshold[]> {
  const thresholds = drawThresholds(random, world);
  for (const threshold of thresholds) await saveThreshold(threshold, null, Date.UTC(2013, 0, 1) * 1000);
  for (const month of [7, 26, 40]) {
    for (const threshold of random.some(thresholds)) {
      const next = redrawThreshold(random, world, threshold);
      await saveThreshold(next, threshold, Date.UTC(2013, month, random.whole(24, 28), random.whole(0, 23), 7) * 1000);
      thresholds[thresholds.indexOf(threshold)] = next;
    }
  }
  return thresholds;
}

/** Corrections and late readings; once in a while, another band. */
async function change(random: Random, { world, write, saveThreshold }: OracleStore, thresholds: DrawnThreshold[]): Promise<void> {
  if (random.chance(0.99)) return write(drawChange(random, world));
  const replaced = random.pick(thresholds);
  const next = redrawThreshold(random, world, replaced);
  // After all that was saved before, and after nearly all readings.
  await saveThreshold(next, replaced, LAST_SETUP + world.thresholds().length * MICROS_PER_HOUR);
  thresholds[thresholds.indexOf(replaced)] = next;
}
