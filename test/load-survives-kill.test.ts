import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterDirectoryOf } from '../db/embedded/data-directory.ts';
import { readLockFile } from '../db/embedded/lock-file.ts';
import { createPool, type Queryable } from '../db/pool.ts';
import { describeEachEngine } from './support/database.ts';
import { endServerOver, makeTestDirectory } from './support/directory.ts';
import { BATCH_RECORDS, BATCH_SIZE, ENDLESS_SINCE } from './support/endless-records.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { inconsistencies, storedReadings, unmarked, wronglyDerived, wrongRollups } from './support/loading-model.ts';

const script = fileURLToPath(new URL('support/loading-gateway.ts', import.meta.url));
const ROUNDS = 20;

/** How many batches of a killed load are stored, once none is found in part and none that was acknowledged is missing. */
async function expectWholeBatches(db: Queryable, sensor: string, acknowledgedRecords: number): Promise<void> {
  const { rows } = await db.query<{ batch: number; readings: number }>({
    text: `
      select floor((extract(epoch from reading.time) * 1000000 - $2::bigint) / (60000000::bigint * $3::int))::int as batch, count(*) as readings
        from reading join series on series.id = reading.series_id
       where series.sensor_id = $1 and not reading.derived
       group by 1 order by 1`,
    values: [sensor, ENDLESS_SINCE, BATCH_RECORDS],
  });
  expect(rows).toEqual(rows.map((_, batch) => ({ batch, readings: BATCH_SIZE })));
  const acknowledged = acknowledgedRecords / BATCH_RECORDS;
  // One more may be committed whose acknowledgement the kill cut off.
  expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
  expect(rows.length).toBeLessThanOrEqual(acknowledged + 1);
}

async function expectExact(db: Queryable): Promise<void> {
  expect(wronglyDerived(await storedReadings(db))).toEqual([]);
  expect(await inconsistencies(db)).toEqual([]);
  expect(await unmarked(db)).toEqual([]);
  expect(await wrongRollups(db)).toEqual([]);
}

function acknowledgedBy(gateway: GatewayProcess): number {
  return gateway.events.reduce((most, event) => Math.max(most, Number(event.acknowledged ?? 0)), 0);
}

describeEachEngine('a loading process killed at random moments', (db) => {
  it(`leaves every acknowledged batch whole and none in part, ${ROUNDS} times`, async () => {
    let total = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const sensor = `round-${round}`;
      const gateway = new GatewayProcess('-', { script, settings: [`url=${db.url}`, `sensor=${sensor}`] });
      await gateway.ready();
      await sleep(Math.random() * 250);
      await gateway.end('SIGKILL');
      await expectNobodyLoads(db.pool);
      total += acknowledgedBy(gateway);
      await expectWholeBatches(db.pool, sensor, acknowledgedBy(gateway));
    }
    expect(total).toBeGreaterThan(ROUNDS);
    await expectExact(db.pool);
  }, 180_000);
});

/** The server notices that a client is gone only when it next listens to it. */
async function expectNobodyLoads(db: Queryable): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await db.query({
        text: `select pid from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      });
      return rows.length;
    })
    .toBe(0);
}

describe('a loading process killed together with its embedded server', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await makeTestDirectory();
  });
  afterAll(async () => {
    await endServerOver(clusterDirectoryOf(directory));
    await rm(directory, { recursive: true, force: true });
  });

  it(`leaves every acknowledged batch whole and none in part, ${ROUNDS} times`, async () => {
    let gateway = new GatewayProcess(directory, { script, settings: ['sensor=round-0'] });
    for (let round = 0; round < ROUNDS; round += 1) {
      await gateway.event('acknowledged');
      await sleep(Math.random() * 400);
      const server = await readLockFile(clusterDirectoryOf(directory));
      if (server === null) throw new Error('no server runs');
      // Every other time the server survives its gateway, and is taken over by the next one.
      if (round % 2 === 0) process.kill(server.process, 'SIGKILL');
      await gateway.end('SIGKILL');
      const acknowledged = acknowledgedBy(gateway);

      gateway = new GatewayProcess(directory, { script, settings: [`sensor=round-${round + 1}`] });
      const pool = createPool(await gateway.ready(), { max: 1, statementTimeoutMs: 0, onError: () => undefined });
      await expectWholeBatches(pool, `round-${round}`, acknowledged);
      if (round === ROUNDS - 1) {
        await gateway.end('SIGKILL');
        await expectNobodyLoads(pool);
        await expectExact(pool);
      }
      await pool.end();
    }
  }, 300_000);
});
