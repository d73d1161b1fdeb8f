/**
 * What a long record costs: the same questions of a year of readings by the minute, 52.56 million, and of its last tenth, through gateways over both; and TimescaleDB's
 * own real-time aggregates, asked by hand. What is there already under these names is taken as it is.
 *
 *   npx tsx bench/scale.ts --postgres postgres://…/postgres --timescale postgres://…/postgres    both engines; writes their sections of bench/RESULTS.md
 *   npx tsx bench/scale.ts --timescale postgres://…/postgres --fill                               only fills the stores, and keeps them
 *   npx tsx bench/scale.ts --postgres postgres://…/postgres --keep --rounds 3 --plans             a quick look, with the plans of all statements; --keep leaves RESULTS.md alone
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { EngineName } from '../db/engines/engine.ts';
import { openStore } from '../db/open-store.ts';
import type { Store } from '../db/store.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, now } from '../db/time/instant.ts';
import { describeRun } from './answers/machine.ts';
import { benchFile, startServer } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { createDatabase, dropDatabase, selectFacts } from './answers/store.ts';
import { Client } from './scale/ask.ts';
import { createByHand } from './scale/by-hand.ts';
import { compareByHand, compareSides, type Side } from './scale/compare.ts';
import { fillHistory, type History, readingsIn } from './scale/fill.ts';
import { questionsBehind, questionsUntil, wholeRecord } from './scale/questions.ts';
import { type Asked, composeReport, type Found } from './scale/report.ts';
import { explain, type SentStatement, statementsOf } from './scale/statements.ts';

const MAIN = benchFile('../dist/server/main.js');
const YEAR_MINUTES = 365 * 1440;
const LENGTHS = { tenth: YEAR_MINUTES / 10, year: YEAR_MINUTES } as const;
type Length = keyof typeof LENGTHS;

const { values } = parseArgs({
  options: {
    postgres: { type: 'string' },
    timescale: { type: 'string' },
    database: { type: 'string', default: 'thermograph_bench_scale' },
    fill: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    plans: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
  },
});
const rounds = Number(values.rounds);

const cleanups: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
try {
  if (!existsSync(MAIN)) throw new Error('there is no build: npm run build');
  if (values.postgres === undefined && values.timescale === undefined)
    throw new Error('no server is named: --postgres postgres://… or --timescale postgres://…, or both');
  if (values.postgres !== undefined) await run('postgres', values.postgres);
  if (values.timescale !== undefined) await run('timescale', values.timescale);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
process.exit();

/** One engine, from the stores to the report. */
async function run(engine: EngineName, serverUrl: string): Promise<void> {
  const stores = { tenth: await openFilled(engine, serverUrl, 'tenth'), year: await openFilled(engine, serverUrl, 'year') };
  if (engine === 'timescale')
    for (const { store, history } of Object.values(stores)) if (await createByHand(store.writePool, history)) console.log('made the real-time aggregates');
  if (values.fill) return;
  const { history } = stores.year;
  if (stores.tenth.history.to !== history.to) throw new Error('the stores end at different times: drop one of them');
  const sides = { tenth: await startSide(stores.tenth), year: await startSide(stores.year) };
  const asked: Asked[] = [];
  for (const question of questionsUntil(history.to)) asked.push(await askOne(question, stores, sides, engine === 'timescale'));
  for (const { store } of Object.values(stores)) await leaveBehind(store, history.to - MICROS_PER_DAY / 2);
  for (const question of questionsBehind(history.to)) asked.push(await askOne(question, stores, sides, false));
  for (const { store } of Object.values(stores)) await store.writePool.query({ text: 'delete from stale_day' });
  const whole = await wholeRecords(stores, sides);
  const facts = await selectFacts(stores.year.url);
  const report = composeReport({
    title: engine === 'postgres' ? 'Ten times the record, on plain PostgreSQL' : 'Ten times the record, on TimescaleDB',
    facts: describeRun(facts, {
      script: 'bench/scale.ts',
      circumstances: 'nothing tied to a core',
      versions: `pg, one connection at a time; ${sizes(stores)}`,
    }),
    asked,
    whole,
  });
  console.log(report);
  if (!values.keep) await writeSection(`scale ${engine}`, report);
}

async function askOne(question: Asked['question'], stores: Record<Length, Filled>, sides: Record<Length, Side>, hasByHand: boolean): Promise<Asked> {
  stopping.signal.throwIfAborted();
  const found: Found = {
    ...(await compareSides(sides, question, rounds)),
    tenth: await planOf(stores.tenth.store, question),
    year: await planOf(stores.year.store, question),
  };
  const byHand = hasByHand ? await besideByHand(question, sides.year, stores.year.store) : null;
  console.log(
    `${question.name}: ${found.tenthMs.median.toFixed(1)} and ${found.yearMs.median.toFixed(1)} ms, ratio ${found.ratio.median.toFixed(2)}${byHand === null ? '' : `; beside by hand ${byHand.ratio.median.toFixed(2)}`}`,
  );
  return { question, found, byHand };
}

/** As a load would that has just written from then on: the refresher of the gateways here does not come. */
async function leaveBehind(store: Store, since: Instant): Promise<void> {
  cleanups.push(() => store.writePool.query({ text: 'delete from stale_day' }));
  await store.writePool.query({
    text: `insert into stale_day (series_id, day, since) select id, ($1::timestamptz at time zone 'UTC')::date, $1::timestamptz from series`,
    values: [formatInstant(since)],
  });
}

interface Filled {
  readonly url: string;
  readonly store: Store;
  readonly history: History;
  readonly readings: number;
}

async function openFilled(engine: EngineName, serverUrl: string, length: Length): Promise<Filled> {
  const name = `${values.database}_${length}`;
  const isNew = await createDatabase(serverUrl, name);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const log = { info: () => undefined, warn: console.warn, error: console.error };
  const store = await openStore({ url: url.href, timezone: 'UTC', engine, log, statementTimeoutMs: 600_000 });
  cleanups.push(() => store.close());
  if (isNew) {
    const to = Math.floor(now() / MICROS_PER_DAY) * MICROS_PER_DAY;
    await fillHistory(store, { from: to - LENGTHS[length] * MICROS_PER_MINUTE, to }, (line) => console.log(`${engine} ${length}: ${line}`)).catch(
      async (error: unknown) => {
        await dropDatabase(serverUrl, name);
        throw error;
      },
    );
  }
  return { url: url.href, store, ...(await readHistory(store)) };
}

/** What a store holds, by what it knows itself; throws where it is not what was filled in. */
async function readHistory(store: Store): Promise<Pick<Filled, 'history' | 'readings'>> {
  const { rows } = await store.readPool.query<{ from: number; to: number; readings: number; stale: boolean }>({
    text: `
      select (extract(epoch from min(first_time)) * 1000000)::bigint as from, (extract(epoch from max(time)) * 1000000)::bigint as to, sum(readings)::bigint as readings,
             exists (select from stale_day) as stale
        from series_latest`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the store does not say what it holds');
  const history = { from: row.from, to: row.to + MICROS_PER_MINUTE };
  if (row.readings !== readingsIn(history) || row.stale) throw new Error('the store is not as it was filled: drop its database and run again');
  return { history, readings: row.readings };
}

async function startSide({ url, store }: Filled): Promise<Side> {
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', REFRESH_INTERVAL_MS: '1000000000' };
  const gateway = await startServer({ command: [process.execPath, MAIN, 'serve'], environment, core: null });
  const client = new Client(gateway.url);
  cleanups.push(async () => {
    client.close();
    await gateway.stop();
  });
  const { rows } = await store.readPool.query<{ sensor: string; id: number }>({ text: 'select sensor_id as sensor, id from series' });
  return { client, pool: store.readPool, series: new Map(rows.map(({ sensor, id }) => [sensor, id])) };
}

/** The statements of a question, planned and executed by themselves. */
async function planOf(store: Store, question: Asked['question']): Promise<Found['tenth']> {
  const sums = { planningMs: 0, executionMs: 0, pages: 0, relations: 0 };
  for (const statement of await statementsOf(store, question)) add(sums, await explained(store, statement));
  return sums;
}

async function explained(store: Store, statement: SentStatement): Promise<Awaited<ReturnType<typeof explain>>> {
  const plan = await explain(store, statement);
  if (values.plans) console.log(`${statement.text}\n${plan.text}`);
  return plan;
}

function add(sums: { planningMs: number; executionMs: number; pages: number; relations: number }, plan: Found['tenth']): void {
  sums.planningMs += plan.planningMs;
  sums.executionMs += plan.executionMs;
  sums.pages += plan.pages;
  sums.relations += plan.relations;
}

async function besideByHand(question: Asked['question'], side: Side, store: Store): Promise<Asked['byHand']> {
  const compared = await compareByHand(side, question, rounds);
  return compared === null ? null : { ...compared, plan: await explained(store, compared.statement) };
}

/** The whole record by the month: of ten times the record there are ten times the points. */
async function wholeRecords(
  stores: Record<Length, Filled>,
  sides: Record<Length, Side>,
): Promise<readonly { readonly name: string; readonly points: number; readonly ms: number }[]> {
  const found: { name: string; points: number; ms: number }[] = [];
  for (const length of ['tenth', 'year'] as const) {
    const compared = await compareSides({ tenth: sides[length], year: sides[length] }, wholeRecord(stores[length].history), 3);
    found.push({
      name: `${length === 'year' ? 'the year' : 'its last tenth'}, from ${formatInstant(stores[length].history.from).slice(0, 10)}`,
      points: compared.points,
      ms: compared.yearMs.median,
    });
  }
  return found;
}

function sizes({ tenth, year }: Record<Length, Filled>): string {
  return `${tenth.readings.toLocaleString('en')} and ${year.readings.toLocaleString('en')} readings of 100 series by the minute, until ${formatInstant(year.history.to).slice(0, 10)}`;
}
