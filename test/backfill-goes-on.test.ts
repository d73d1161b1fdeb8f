import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import { ingest } from '../etl/ingest.ts';
import { openJobLibrary } from '../etl/jobs/job-library.ts';
import { installQueue } from '../etl/jobs/queue.ts';
import { startRun } from '../etl/jobs/start-run.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';
import { makeTestDirectory } from './support/directory.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { sendJson, useHttpSource } from './support/http-source.ts';
import { interruptedConnectors } from './support/interrupted-pieces.ts';
import { runJobs, SILENT } from './support/jobs/jobs.ts';
import { jobOf, type PerformedRun, performJob } from './support/perform-job.ts';
import { createRandom } from './support/random.ts';
import { recordsOf } from './support/records.ts';

const db = useDatabase();
const undisturbed = useDatabase();
const server = useHttpSource();
beforeAll(() => installQueue(db.store, SILENT));

const START = Date.UTC(2025, 0, 1);
const MINUTE = 60_000;
const SENSORS = 40;
/** Of each sensor, one a minute. */
const MINUTES = 3_000;
/** Of them before the window. */
const BEFORE = 100;
const WINDOW = { from: (START + BEFORE * MINUTE) * 1000, to: (START + 3 * MINUTES * MINUTE) * 1000 };
const BATCHES = 'backfill: { batchSize: 1500, share: 1 }\nlimits: { retries: 100, retryDelay: 0s, rejectedShare: 1 }';

/** In the order of time; of each thousand records one is refused. */
function csvOf(plant: string, { minutes = MINUTES, plus = 0 } = {}): string {
  const rows = Array.from({ length: minutes * SENSORS }, (_, at) => {
    const minute = Math.floor(at / SENSORS);
    return `${new Date(START + minute * MINUTE).toISOString()},${plant}-${at % SENSORS},temperature,${at % 1000 === 999 ? 'broken' : (minute + plus) % 30}\n`;
  });
  return `time,sensor,metric,value\n${rows.join('')}`;
}

/** Readings that are there before: some as the file has them, some that it corrects. */
async function loadBefore({ store }: TestDatabase, plant: string): Promise<void> {
  const readings = Array.from({ length: 600 }, (_, at) => ({
    sensor: `${plant}-0`,
    metric: 'temperature',
    time: new Date(START + at * MINUTE).toISOString(),
    value: at < 400 ? at % 30 : 99,
  }));
  await ingest(store, recordsOf(readings), { register: true });
}

function countsOf({ state, received, loaded, corrected, unchanged, rejected }: PerformedRun) {
  return { state, received, loaded, corrected, unchanged, rejected };
}

async function readingsOf({ pool }: TestDatabase, plant: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select concat_ws(' ', sensor_id, time, value) as text
       from reading join series on series.id = series_id where sensor_id like $1 and not derived order by sensor_id, time`,
    [`${plant}-%`],
  );
  return rows.map(({ text }) => text);
}

async function batchesOf(run: PerformedRun, source: string) {
  const { rows } = await db.pool.query<{ received: number }>(
    `select coalesce(sum(received), 0)::int as received from batch where run_id = $1 and source like '%' || $2`,
    [run.id, source],
  );
  return rows[0]?.received;
}

async function remembered(): Promise<readonly unknown[]> {
  return (await db.pool.query('select * from etl_run_position')).rows;
}

describe('a backfill of a file', () => {
  it('that is interrupted again and again loads and counts what an undisturbed one does', async () => {
    const folder = await makeTestDirectory();
    await writeFile(join(folder, 'plant.csv.gz'), gzipSync(csvOf('often')));
    const job = jobOf(`source: { kind: files, paths: '${folder}/*.gz', settle: 0s }\nmapping: { register: true }\n${BATCHES}`, 'often');
    await loadBefore(db, 'often');
    await loadBefore(undisturbed, 'often');
    const wanted = await performJob(undisturbed, job, WINDOW);

    // In the middle of a stretch, at its first batch and at its last, in batches that reach into the next.
    const random = createRandom(5);
    let left = 0;
    const connectors = interruptedConnectors(() => {
      if (left === 0) left = random.whole(1, 12);
      left -= 1;
      return left === 0;
    });
    let run = await performJob(db, job, WINDOW, undefined, connectors);
    let attempts = 1;
    for (; run.state === 'QUEUED' && attempts < 100; attempts += 1) run = await performJob(db, job, WINDOW, run.id, connectors);

    expect(attempts).toBeGreaterThan(10);
    expect(countsOf(run)).toEqual(countsOf(wanted));
    expect(countsOf(run)).toEqual({ state: 'SUCCEEDED', received: 116_000, loaded: 115_384, corrected: 200, unchanged: 300, rejected: 116 });
    expect(await readingsOf(db, 'often')).toEqual(await readingsOf(undisturbed, 'often'));
    expect(await batchesOf(run, '.gz')).toBe(116_000);
    expect(await remembered()).toEqual([]);
  }, 120_000);

  it('whose process is killed is gone on with by another one, which counts nothing anew', async () => {
    const folder = await makeTestDirectory();
    const [data, jobs] = [join(folder, 'killed.csv'), join(folder, 'killed.yaml')];
    await writeFile(data, csvOf('killed'));
    await writeFile(jobs, `source: { kind: files, paths: '${data}', settle: 0s }\nschedule: null\nmapping: { register: true }\n${BATCHES}`);
    const library = openJobLibrary(folder, {});
    const script = fileURLToPath(new URL('support/jobs/job-runner.ts', import.meta.url));
    const first = new GatewayProcess('-', { script, settings: [`url=${db.url}`, `folder=${folder}`, 'host=first'] });
    await first.ready();
    const id = await startRun({ store: db.store, library, log: SILENT }, 'killed', { ...WINDOW, dryRun: false });
    const receivedOf = async () => (await db.pool.query<{ received: number }>('select received from etl_run where id = $1', [id])).rows[0]?.received;
    await expect.poll(receivedOf, { timeout: 60_000, interval: 20 }).toBeGreaterThan(25_000);

    await first.end('SIGKILL');
    const killedAt = await receivedOf();
    const second = runJobs(db.store, [], CONNECTORS, { library, host: 'second' });
    try {
      const ended = async () => (await db.pool.query<PerformedRun>('select * from etl_run where id = $1 and finished_at is not null', [id])).rows[0];
      await expect.poll(ended, { timeout: 60_000 }).toBeDefined();

      const run = await ended();
      expect(killedAt).toBeLessThan(116_000);
      expect(run).toMatchObject({ state: 'SUCCEEDED', attempt: 2, received: 116_000, loaded: 115_884, unchanged: 0, corrected: 0, rejected: 116 });
      expect(new Set(await readingsOf(db, 'killed')).size).toBe(115_884);
      expect(await remembered()).toEqual([]);
    } finally {
      await second.stop();
    }
  }, 120_000);

  it('that has changed between two attempts is read from its beginning', async () => {
    const folder = await makeTestDirectory();
    const path = join(folder, 'changed.csv');
    await writeFile(path, csvOf('changed', { minutes: 1100 }));
    const job = jobOf(`source: { kind: files, paths: '${path}', settle: 0s }\nmapping: { register: true }\n${BATCHES}`, 'changed');
    const first = await performJob(db, job, WINDOW, undefined, failingAfter(10));
    await writeFile(`${path}.tmp`, csvOf('changed', { minutes: 1100, plus: 1 }));
    await rename(`${path}.tmp`, path);

    const run = await performJob(db, job, WINDOW, first.id);

    expect(first).toMatchObject({ state: 'QUEUED', received: 15_000, loaded: 15_000 });
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 15_000 + 40_000, loaded: 39_960, corrected: 15_000, rejected: 40 });
  }, 60_000);

  it('that was loaded to its end is not read again, where another of the run was not', async () => {
    const folder = await makeTestDirectory();
    await writeFile(join(folder, 'a.csv'), csvOf('two', { minutes: 200 }));
    await writeFile(join(folder, 'b.csv'), csvOf('other', { minutes: 300 }));
    const job = jobOf(`source: { kind: files, paths: '${folder}/*.csv', settle: 0s }\nmapping: { register: true }\n${BATCHES}`, 'two');
    const first = await performJob(
      db,
      job,
      WINDOW,
      undefined,
      interruptedConnectors(({ source }) => source.endsWith('b.csv')),
    );
    const positions = await remembered();

    // Another batch of the file that is done would fail here.
    const run = await performJob(
      db,
      job,
      WINDOW,
      first.id,
      interruptedConnectors(({ source }) => source.endsWith('a.csv')),
    );

    expect(first).toMatchObject({ state: 'QUEUED', received: 4_000 });
    expect(positions).toMatchObject([{ position: { done: true } }]);
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 4_000 + 8_000, loaded: 11_988, unchanged: 0 });
  }, 60_000);

  it('that cannot be read to its end is tried again from where it breaks, and not taken for done', async () => {
    const folder = await makeTestDirectory();
    const whole = gzipSync(csvOf('broken', { minutes: 1500 }));
    await writeFile(join(folder, 'broken.csv.gz'), whole.subarray(0, whole.length - 2000));
    const job = jobOf(`source: { kind: files, paths: '${folder}/*.gz', settle: 0s }\nmapping: { register: true }\n${BATCHES}`, 'broken');
    const first = await performJob(db, job, WINDOW);

    const second = await performJob(db, job, WINDOW, first.id);

    expect(first.received).toBeGreaterThan(10_000);
    expect([first, second]).toMatchObject([{ error_code: 'UNREADABLE_INPUT' }, { error_code: 'UNREADABLE_INPUT' }]);
    expect(second.received).toBe(first.received);
  }, 60_000);
});

describe('a backfill of an address without until', () => {
  const COUNT = 60_000;
  const PAGE = 6_000;

  /** Pages of a plant's readings, of 10 sensors each minute. */
  function answerPages(plant: string, { plus = 0, refused = 0 } = {}): void {
    const all = Array.from({ length: COUNT }, (_, at) => ({
      time: new Date(WINDOW.from / 1000 + Math.floor(at / 10) * MINUTE).toISOString(),
      sensor: `${plant}-${at % 10}`,
      temperature: (at + plus) % 30,
    }));
    let refusals = 0;
    server.answer((_request, response, url) => {
      refusals += 1;
      const page = Number(url.searchParams.get('p') ?? 1);
      const items = all.slice((page - 1) * PAGE, page * PAGE);
      const next = page * PAGE < all.length ? String(page + 1) : null;
      if (refusals <= refused) response.writeHead(410).end();
      else sendJson(response, { items, next }, next === null ? {} : { link: `<${url.pathname}?p=${next}>; rel="next"` });
    });
  }

  const PAGINGS = {
    page: 'records: items, paging: { kind: page, parameter: p }',
    cursor: 'records: items, paging: { kind: cursor, path: next, parameter: p }',
    link: 'records: items, paging: { kind: link }',
  } as const;

  const jobFrom = (plant: string, source: string) =>
    jobOf(`source: { kind: http, url: '${server.origin}/${plant}', ${source} }\nmapping: { register: true }\n${BATCHES}`, plant);
  const pagesAsked = () => server.asked.map((path) => Number(new URL(path, server.origin).searchParams.get('p') ?? 1));

  it.each(['page', 'cursor', 'link'] as const)(
    'goes on with the page from which on not all is loaded (%s)',
    async (paging) => {
      const job = jobFrom(paging, PAGINGS[paging]);
      answerPages(paging);
      // Four pages are put in order together: 24,000 records, then half of the next 24,000.
      const first = await performJob(db, job, WINDOW, undefined, failingAfter(24));
      answerPages(paging);

      const run = await performJob(db, job, WINDOW, first.id);

      expect(first).toMatchObject({ state: 'QUEUED', received: 36_000, loaded: 36_000 });
      expect(pagesAsked()).toEqual([5, 6, 7, 8, 9, 10, ...(paging === 'page' ? [11] : [])]);
      expect(run).toMatchObject({ state: 'SUCCEEDED', received: COUNT, loaded: COUNT, unchanged: 0 });
      expect(await readingsOf(db, paging)).toHaveLength(COUNT);
    },
    60_000,
  );

  it('loads what was put in order together anew where the server says something else than before', async () => {
    const job = jobFrom('another', PAGINGS.page);
    answerPages('another');
    const first = await performJob(db, job, WINDOW, undefined, failingAfter(24));
    answerPages('another', { plus: 1 });

    const run = await performJob(db, job, WINDOW, first.id);

    // The 12,000 that were loaded of pages 5 to 8 are other ones now.
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 36_000 + 36_000, loaded: COUNT, corrected: 12_000, unchanged: 0 });
  }, 60_000);

  it('begins anew where the server no longer knows the page', async () => {
    const job = jobFrom('forgotten', PAGINGS.cursor);
    answerPages('forgotten');
    const first = await performJob(db, job, WINDOW, undefined, failingAfter(24));
    answerPages('forgotten', { refused: 1 });

    const run = await performJob(db, job, WINDOW, first.id);

    expect(pagesAsked()).toEqual([5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 36_000 + COUNT, loaded: COUNT, corrected: 0, unchanged: 36_000 });
  }, 60_000);
});

describe('a backfill of an address with since and until', () => {
  it('asks for the page from which on not all is loaded only in the part of the window that it is of', async () => {
    const PAGE = 12_000;
    const window = { from: WINDOW.from, to: WINDOW.from + 1_500 * MINUTE * 1000 };
    const queries = new Map<string, string>();
    // A cursor is of its query: with another one it breaks the server.
    server.answer((_request, response, url) => {
      const cursor = url.searchParams.get('cursor');
      const [since = 0, until = 0] = ['since', 'until'].map((name) => Number(url.searchParams.get(name)));
      const query = `${since} ${until}`;
      if (cursor !== null && queries.get(cursor) !== query) {
        response.writeHead(500).end();
        return;
      }
      const begin = Number(cursor?.split('-').at(-1) ?? 0);
      const end = Math.min(begin + PAGE, ((until - since) / MINUTE) * SENSORS);
      const items = Array.from({ length: end - begin }, (_, at) => ({
        time: new Date(since + Math.floor((begin + at) / SENSORS) * MINUTE).toISOString(),
        sensor: `asked-${(begin + at) % SENSORS}`,
        temperature: 20,
      }));
      const next = items.length === PAGE ? `${since}-${end}` : null;
      if (next !== null) queries.set(next, query);
      sendJson(response, { items, next });
    });
    const times = ['since', 'until'].map((name) => `${name}: { parameter: ${name}, format: epoch-milliseconds }`).join(', ');
    const paging = 'records: items, paging: { kind: cursor, path: next, parameter: cursor }';
    const source = `{ kind: http, url: '${server.origin}/asked', retries: 0, ${times}, ${paging} }`;
    const job = jobOf(`source: ${source}\nmapping: { register: true }\n${BATCHES}`, 'asked');
    // Two pages are put in order together: 24,000 records, then part of the next 24,000.
    const first = await performJob(db, job, window, undefined, failingAfter(20));

    const run = await performJob(db, job, window, first.id);

    expect(first).toMatchObject({ state: 'QUEUED', received: 30_000, loaded: 30_000 });
    expect(run).toMatchObject({ state: 'SUCCEEDED', received: 60_000, loaded: 60_000, unchanged: 0 });
  }, 60_000);
});

/** Connectors whose batch after so many fails. */
function failingAfter(batches: number) {
  let seen = 0;
  return interruptedConnectors(() => {
    seen += 1;
    return seen > batches;
  });
}
