import { readdirSync, readFileSync } from 'node:fs';
import { parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { chooseVariables, NOTHING_KNOWN, type StoreSummary } from '../web/graphiql/choose-variables.ts';
import { useDatabase } from './support/database.ts';
import { recordRuns } from './support/etl-rows.ts';
import { useOwnFile, useSample } from './support/graphiql-stores.ts';
import { type Answer, type ServedGateway, useGateway } from './support/served-gateway.ts';

const WEB = new URL('../web/graphiql/', import.meta.url);
const EXAMPLES = new URL('examples/', WEB);
const ANY_STORE = ['analyst', 'trend', 'operator', 'engineer', 'steward', 'jobs'];
const PRESENT = new Date('2026-03-05T12:00:00Z');

async function summarise(gateway: ServedGateway): Promise<StoreSummary> {
  return (await gateway.ask(readFileSync(new URL('store-summary.graphql', WEB), 'utf8'))).body.data;
}

/** Asks an example as the page would. */
async function run(gateway: ServedGateway, name: string): Promise<Answer> {
  const variables = new Map(Object.entries(chooseVariables(await summarise(gateway), PRESENT)).map(([title, values]) => [title.toLowerCase(), values]));
  const answer = await gateway.ask(readFileSync(new URL(`${name}.graphql`, EXAMPLES), 'utf8'), variables.get(name) ?? {});
  expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
  return answer;
}

describe('over the bundled sample', () => {
  const db = useDatabase();
  useSample(db);
  const gateway = useGateway(db);

  // The subscription is run in a browser, by graphiql-subscriptions.test.ts; of jobs there is nothing to tell here.
  it.each(readdirSync(EXAMPLES).flatMap((file) => (['breaches.graphql', 'jobs.graphql'].includes(file) ? [] : [file.replace('.graphql', '')])))(
    'the example %s is answered with data',
    async (name) => {
      const { body } = await run(gateway, name);

      expect(JSON.stringify(body.data).length).toBeGreaterThan(name === 'beijing-heat' ? 250 : 1_000);
    },
  );

  it('a query of the README is among them, word for word', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const written = [...readme.matchAll(/```graphql\n(.*?)```/gs)].map(([, query]) => print(parse(query ?? '')));
    const example = readFileSync(new URL('beijing-heat.graphql', EXAMPLES), 'utf8').replace('query BeijingHeat', 'query');

    expect(written).toContain(print(parse(example)));
  });

  it('the analyst gets a week of whole local days of every station, in flat rows', async () => {
    const { body } = await run(gateway, 'analyst');

    expect(body.data.aggregateRows).toHaveLength(8 * 7 * 2);
    expect(new Set(body.data.aggregateRows.map(({ count }: { count: number }) => count))).toContain(24);
    expect(Object.values(body.data.aggregateRows[0]).every((value) => typeof value !== 'object' || value === null)).toBe(true);
  });

  it('the trend is a week in few points beside the week before, and in one row', async () => {
    const { body } = await run(gateway, 'trend');
    const [series] = body.data.aggregates;

    expect(body.data.aggregates).toHaveLength(1);
    expect([series.bucket, series.points.length]).toEqual(['PT12H', 14]);
    expect(
      series.points.every(({ avg, p95, compared }: { avg: number; p95: number; compared: { avg: number } }) => p95 >= avg && Number.isFinite(compared.avg)),
    ).toBe(true);
    expect(body.data.statistics).toHaveLength(1);
    expect(body.data.statistics[0]).toMatchObject({ cadence: 'PT1H', expectedCount: 168 });
  });

  it('the operator sees every sensor, by what has thresholds first', async () => {
    const { body } = await run(gateway, 'operator');
    const seen: { sensor: { id: string }; status: string | null }[] = body.data.latest;

    expect(new Set(seen.map(({ sensor }) => sensor.id)).size).toBe(13);
    expect(seen.filter(({ status }) => status !== null).length).toBeGreaterThan(30);
  });
});

describe('over a store with jobs', () => {
  const db = useDatabase();
  const gateway = useGateway(db);

  it('the runs of jobs are told, the newest first, with what was wrong', async () => {
    await recordRuns(db, [{ job: 'ovens' }, { job: 'ovens', state: 'FAILED', error: 'the folder is gone' }]);

    const { body } = await run(gateway, 'jobs');

    expect(body.data.etlRuns.nodes.map(({ jobId, state, error }: Record<string, unknown>) => [jobId, state, error])).toEqual([
      ['ovens', 'FAILED', 'the folder is gone'],
      ['ovens', 'SUCCEEDED', null],
    ]);
  });
});

describe('over a file of one’s own, whose sensors have no location', () => {
  const gateway = useGateway(useDatabase());
  useOwnFile(gateway);

  it('the analyst gets rows of the sensors just loaded', async () => {
    const { body } = await run(gateway, 'analyst');
    const rows: { sensor: string; metric: string; start: string; count: number }[] = body.data.aggregateRows;

    expect(rows.map(({ sensor, metric, start, count }) => [sensor, metric, start, count])).toEqual([
      ['press-1', 'temperature', '2026-03-01T00:00:00Z', 144],
      ['press-1', 'temperature', '2026-03-02T00:00:00Z', 56],
      ['press-1', 'vibration', '2026-03-01T00:00:00Z', 144],
      ['press-1', 'vibration', '2026-03-02T00:00:00Z', 56],
      ['press-2', 'temperature', '2026-03-01T00:00:00Z', 144],
      ['press-2', 'temperature', '2026-03-02T00:00:00Z', 56],
    ]);
  });

  it('the operator sees the newest reading of each of them', async () => {
    const { body } = await run(gateway, 'operator');
    const latest: { sensor: { id: string }; metric: { name: string }; value: number }[] = body.data.latest;

    expect(latest.map(({ sensor, metric, value }) => [sensor.id, metric.name, value])).toEqual([
      ['old-logger', 'Temperature', 3.5],
      ['press-1', 'Temperature', 20.3],
      ['press-1', 'vibration', 0.1],
      ['press-2', 'Temperature', 60.4],
    ]);
  });

  it('the engineer sees the newest readings of one of them, what answered for it and how the store stands', async () => {
    const { body } = await run(gateway, 'engineer');

    expect(body.data.store.readings).toBe(601);
    expect(body.data.sensor.readings.nodes).toHaveLength(2);
    expect(body.data.sensor.aggregates.plan.pieces.length).toBeGreaterThan(0);
    expect(body.data.sensor.aggregates.columns.count.reduce((sum: number, count: number) => sum + count, 0)).toBe(56);
  });
});

describe('over an empty store', () => {
  const gateway = useGateway(useDatabase());

  it.each(ANY_STORE)('the example %s is answered without errors', async (name) => {
    const { body } = await run(gateway, name);

    expect(body.data).not.toBeNull();
  });
});

describe('variables', () => {
  const silent = { location: null, metrics: [{ id: 'temperature' }] };

  it('name a few of many sensors, the last heard of first', () => {
    const nodes = Array.from({ length: 150 }, (_, index) => ({ ...silent, id: `s${index}`, lastSeen: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString() }));

    const { Analyst, Operator } = chooseVariables({ ...NOTHING_KNOWN, sensors: { totalCount: 150, nodes } }, PRESENT);

    expect(Analyst.sensors).toEqual(
      nodes
        .slice(-20)
        .reverse()
        .map(({ id }) => id),
    );
    expect(Operator.sensors).toHaveLength(100);
  });

  it('follow the calendar of the place, on which the newest reading may be of tomorrow', () => {
    const nodes = [{ ...silent, id: 'a', lastSeen: '2026-01-31T16:00:00Z', location: { timezone: 'Asia/Seoul' } }];

    const { Analyst, Engineer } = chooseVariables({ ...NOTHING_KNOWN, sensors: { totalCount: 1, nodes } }, PRESENT);

    expect([Analyst.from, Analyst.to, Engineer.from, Engineer.timezone]).toEqual(['2026-01-26', '2026-02-01', '2026-02-01', 'Asia/Seoul']);
  });

  it('make do with UTC where the browser does not know the zone', () => {
    const unknown = { ...NOTHING_KNOWN, store: { newest: null, timezone: 'Mars/Olympus' } };

    expect(chooseVariables(unknown, PRESENT).Analyst.to).toBe('2026-03-05');
  });
});
