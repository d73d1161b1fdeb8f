import { describe, expect, it } from 'vitest';
import { saveLocations, saveSensors } from '../alerts/change-places.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import { saveMetrics } from '../db/save-metric.ts';
import type { Store } from '../db/store.ts';
import { now } from '../db/time/instant.ts';
import { ingest } from '../etl/ingest.ts';
import type { RawRecord } from '../etl/record.ts';
import { startRefresher } from '../etl/refresher.ts';
import { createSchema } from '../resolvers/schema.ts';
import { createRequestExecutor } from '../server/execute-request.ts';
import { describeEachEngine } from './support/database.ts';
import { askOracle } from './support/oracle.ts';
import { askGateway, differences } from './support/oracle-answer.ts';
import { BUILT_IN_METRICS, loadOracleData, type OracleData, type OracleRow } from './support/oracle-data.ts';
import { drawChange, drawRequest, type OracleRequest, wholeRequests } from './support/oracle-requests.ts';
import { createOracleWorld, type OracleWorld } from './support/oracle-world.ts';
import { createRandom } from './support/random.ts';
import { temporal } from './support/zoned-time.ts';

const REQUESTS = Number(process.env.ORACLE_REQUESTS ?? 1000);
/** Said when it fails; the same seed draws the same changes and questions. */
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 4;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const data = await loadOracleData();
const executeRequest = createRequestExecutor(createSchema());

describe('aggregates, asked through GraphQL between corrections and late readings while the refresher runs', () => {
  describeEachEngine('the gateway', (db) => {
    it(
      `equal an independent computation over the readings of ${data.map(({ name }) => name).join(' and ')}`,
      async () => {
        const random = createRandom(SEED);
        const world = createOracleWorld(data);
        await register(db.store, data);
        const refresher = startRefresher({ store: db.store, log: silent, intervalMs: 200 });
        let points = 0;
        try {
          for (const { rows } of data) await change(db.store, world, rows);
          for (let asked = 0; asked < REQUESTS; asked += AT_ONCE) {
            await change(db.store, world, drawChange(random, world));
            const requests = Array.from({ length: AT_ONCE }, () => drawRequest(random, world));
            points += sum(await Promise.all(requests.map((request) => expectSameAnswer(db.store, world, request))));
          }
        } finally {
          await refresher.stop();
        }
        // Nearly all answers being empty would prove nothing.
        expect(points).toBeGreaterThan(REQUESTS * 10);

        await refreshStaleDays(db.store);
        for (const request of wholeRequests(world)) await expectSameAnswer(db.store, world, request);
      },
      240_000 + REQUESTS * 300,
    );
  });
});

/** Loads rows, and takes them into the oracle's world. */
async function change(store: Store, world: OracleWorld, rows: readonly OracleRow[]): Promise<void> {
  const { loaded, corrected, unchanged, rejected } = await ingest(store, recordsOf(rows), { register: false });
  expect({ loaded, corrected, unchanged, rejected }, `seed ${SEED}`).toEqual({ ...world.write(rows), rejected: [] });
}

/** Asks both, and returns how many points they agree on. */
async function expectSameAnswer(store: Store, world: OracleWorld, request: OracleRequest): Promise<number> {
  const expected = askOracle(request.question, world.sensors, world.locations, world.readingsOf);
  const answered = await askGateway(store, executeRequest, request);
  const found = differences(request.question, expected, answered);
  if (found.length > 0) {
    // A wrong number that goes away by itself has another cause than one that stays.
    const again = differences(request.question, expected, await askGateway(store, executeRequest, request));
    const evidence = { seed: SEED, ...request, differencesWhenAskedAgain: again.length, plans: answered.map(({ plan }) => plan) };
    expect(found.slice(0, 20), JSON.stringify(evidence)).toEqual([]);
  }
  return sum([...expected.values()].map((series) => series.length));
}

async function register(store: Store, sets: readonly OracleData[]): Promise<void> {
  const builtIn = new Set<string>(BUILT_IN_METRICS);
  const metrics = new Set(sets.flatMap(({ rows }) => rows.flatMap((row) => row.metrics)).filter((metric) => !builtIn.has(metric)));
  await saveMetrics(
    store.writePool,
    [...metrics].map((id) => ({ id, unit: '1' })),
  );
  for (const { locations, sensors } of sets) {
    await saveLocations(store.writePool, [...locations]);
    await saveSensors(
      store.writePool,
      sensors.filter(({ placements }) => placements.length === 0).map(({ id }) => ({ id })),
      now(),
    );
    // One placement after the other, as a move is a change of its own.
    for (const turn of [0, 1]) {
      const moves = sensors.flatMap(({ id, placements }) => {
        const placement = placements[turn];
        return placement === undefined ? [] : [{ id, location: placement.location, since: temporal(placement.since).toString() }];
      });
      await saveSensors(store.writePool, moves, now());
    }
  }
}

async function* recordsOf(rows: readonly OracleRow[]): AsyncGenerator<readonly RawRecord[]> {
  const chunk = 1000;
  for (let start = 0; start < rows.length; start += chunk) {
    yield rows
      .slice(start, start + chunk)
      .map((row, i) => ({ ...row, index: start + i, timeText: temporal(row.time).toString(), texts: row.values.map(String) }));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
