import { describe, expect, it } from 'vitest';
import { createSchema } from '../resolvers/schema.ts';
import { createRequestExecutor } from '../server/execute-request.ts';
import { describeEachEngine } from './support/database.ts';
import { loadOracleData } from './support/oracle-data.ts';
import { runOracle } from './support/oracle-run.ts';

const REQUESTS = Number(process.env.ORACLE_REQUESTS ?? 1000);
/** Said when it fails. */
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);
const CHANGES = Number(process.env.ORACLE_CHANGES ?? 0.25);
/** From which request on the gateway is asked. */
const SKIP = Number(process.env.ORACLE_SKIP ?? 0);
/** Only this engine, where one has two processors for both. */
const ENGINE = process.env.ORACLE_ENGINE ?? null;

const data = await loadOracleData();
const schema = createSchema();
const executeRequest = createRequestExecutor(schema);

describe('answers, asked through GraphQL between corrections and late readings while the refresher runs', () => {
  describeEachEngine('the gateway', (db) => {
    it.skipIf(ENGINE !== null && ENGINE !== db.engine)(
      `equal an independent computation over the readings of ${data.map(({ name }) => name).join(' and ')}`,
      async () => {
        const say = (text: string) => process.stderr.write(`${new Date().toISOString()} ${db.engine}: ${text}\n`);
        const run = { requests: REQUESTS, seed: SEED, changes: CHANGES, skip: SKIP, say };

        const { points, reports } = await runOracle({ store: db.store, schema, executeRequest }, data, run);

        expect(reports, JSON.stringify({ seed: SEED, requests: REQUESTS, changes: CHANGES, reports }, null, 1)).toEqual([]);
        // Nearly all answers being empty would prove nothing.
        expect(points).toBeGreaterThan(REQUESTS * 10);
      },
      240_000 + REQUESTS * 300,
    );
  });
});
