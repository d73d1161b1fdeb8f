import { beforeAll, expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { recordRuns } from './support/etl-rows.ts';
import { ask, execute, knowingNoSpans } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { recordsOf } from './support/records.ts';

const HOURS = 120;
const at = (hour: number) => new Date(Date.UTC(2024, 4, 1, hour)).toISOString();

/** Loads the values of two sensors for so many hours, in one batch. */
async function load(db: TestDatabase, source: string, runId: number | null, valueAt: (hour: number) => number): Promise<void> {
  const readings = ['a', 'b'].flatMap((sensor) =>
    Array.from({ length: HOURS }, (_, hour) => ({ sensor, metric: 'temperature', time: at(hour), value: valueAt(hour) })),
  );
  const run = runId === null ? null : { runId, jobId: 'ovens', attempt: 1, instanceId: 1 };
  await ingest(db.store, recordsOf(readings), {
    register: false,
    origin: { source, run, reader: { format: 'csv', register: false }, positionOf: (index) => `line ${index + 2}` },
  });
}

describeEachEngine('lineage', (db) => {
  let runId = '';

  beforeAll(async () => {
    await build(db, { locations: [{ id: 'L' }], sensors: [{ id: 'a', location: 'L' }, { id: 'b' }] });
    await db.pool.query(`insert into etl_instance (host) values ('here')`);
    [runId = ''] = await recordRuns(db, [{ job: 'ovens', state: 'RUNNING' }]);
    await db.pool.query('update etl_run set instance_id = (select id from etl_instance)');
    await load(db, '/in/first.csv', Number(runId), (hour) => hour);
    // Every second value is another one.
    await load(db, 'POST /ingest', null, (hour) => (hour % 2 === 0 ? hour : hour + 0.5));
  });

  it('leads from a reading to its batch, and from there to the run and the place in the source', async () => {
    const { readings } = await ask(
      db.store,
      '{ readings(sensors: ["a"], from: "2024-05-01T00:00:00Z", to: "2024-05-01T02:00:00Z") { nodes { value batch { source positionFrom positionTo received loaded corrected unchanged run { id jobId host received batches { nodes { source } } } } } } }',
    );

    expect(readings.nodes).toEqual([
      {
        value: 0,
        batch: {
          source: '/in/first.csv',
          positionFrom: 'line 2',
          positionTo: `line ${2 * HOURS + 1}`,
          received: 2 * HOURS,
          loaded: 2 * HOURS,
          corrected: 0,
          unchanged: 0,
          run: { id: runId, jobId: 'ovens', host: 'here', received: 2 * HOURS, batches: { nodes: [{ source: '/in/first.csv' }] } },
        },
      },
      {
        value: 1.5,
        batch: {
          source: 'POST /ingest',
          positionFrom: 'line 2',
          positionTo: `line ${2 * HOURS + 1}`,
          received: 2 * HOURS,
          loaded: 0,
          corrected: HOURS,
          unchanged: HOURS,
          run: null,
        },
      },
    ]);
  });

  it('sends as many statements for the batches of two readings as for those of all', async () => {
    const document =
      'query ($to: TimeBound!) { readings(from: "2024-05-01T00:00:00Z", to: $to) { nodes { batch { id run { id } corrections(first: 3) { nodes { oldValue oldBatch { id } } } } } } }';
    const few = await execute(knowingNoSpans(db.store), document, { to: at(2) });
    const many = await execute(knowingNoSpans(db.store), document, { to: at(HOURS) });

    expect([...few.errors, ...many.errors]).toEqual([]);
    expect([few.data.readings.nodes.length, many.data.readings.nodes.length]).toEqual([4, 2 * HOURS]);
    expect(many.statements).toBe(few.statements);
  });

  it('tells the batch of newest readings too', async () => {
    const { latest } = await ask(db.store, '{ latest { batch { source } } }');

    expect(latest).toEqual([{ batch: { source: 'POST /ingest' } }, { batch: { source: 'POST /ingest' } }]);
  });

  it('pages through all that was corrected, the last first, each once', async () => {
    const seen: { sensor: { id: string }; time: string; oldValue: number; newValue: number }[] = [];
    let after: string | null = null;
    do {
      const { corrections }: { corrections: { nodes: typeof seen; pageInfo: { hasNextPage: boolean; endCursor: string } } } = await ask(
        db.store,
        'query ($after: String) { corrections(first: 7, after: $after) { nodes { sensor { id } time oldValue newValue } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      seen.push(...corrections.nodes);
      after = corrections.pageInfo.hasNextPage ? corrections.pageInfo.endCursor : null;
    } while (after !== null);

    const odd = Array.from({ length: HOURS / 2 }, (_, half) => 2 * half + 1).reverse();
    const expected = (sensor: string) =>
      odd.map((hour) => ({ sensor: { id: sensor }, time: at(hour).replace('.000', ''), oldValue: hour, newValue: hour + 0.5 }));
    expect(seen).toHaveLength(HOURS);
    expect(new Set(seen.map(({ sensor, time }) => `${sensor.id} ${time}`)).size).toBe(HOURS);
    expect(seen.filter(({ sensor }) => sensor.id === 'a')).toEqual(expected('a'));
    expect(seen.filter(({ sensor }) => sensor.id === 'b')).toEqual(expected('b'));
  });

  it('finds corrections by sensor and place, with the batches of both values', async () => {
    const of = async (args: string) =>
      (
        await ask(
          db.store,
          `{ corrections(first: 1, ${args}) { nodes { sensor { id } location { id } metric { id } oldBatch { source run { id } } newBatch { source corrected } } } }`,
        )
      ).corrections.nodes;

    expect(await of('sensors: ["a"]')).toEqual([
      {
        sensor: { id: 'a' },
        location: { id: 'L' },
        metric: { id: 'temperature' },
        oldBatch: { source: '/in/first.csv', run: { id: runId } },
        newBatch: { source: 'POST /ingest', corrected: HOURS },
      },
    ]);
    expect(await of('where: { ids: ["L"] }')).toHaveLength(1);
    expect(await of('where: { ids: ["nowhere"] }')).toEqual([]);
    expect(await of('metrics: ["humidity"]')).toEqual([]);
  });

  it('tells what a run refused, and of a refused record the runs that did, with one statement for any number', async () => {
    const claim = { runId: Number(runId), jobId: 'ovens', attempt: 1, instanceId: 1 };
    const unknown = Array.from({ length: 30 }, (_, number) => ({ sensor: `nobody-${number}`, metric: 'temperature', time: at(0), value: number }));
    const origin = { source: '/in/unknown.csv', run: claim, reader: { format: 'csv' as const, register: false } };
    await ingest(db.store, recordsOf(unknown), { register: false, origin });
    await ingest(db.store, recordsOf([{ sensor: 'elsewhere', metric: 'temperature', time: at(0), value: 1 }]), { register: false });
    const document = `query ($run: ID, $first: Int) { rejectedReadings(run: $run, first: $first) { totalCount nodes { code replayable format source runs { id } } pageInfo { hasNextPage } } }`;

    const all = await execute(db.store, document, { run: runId, first: 100 });
    const one = await execute(db.store, document, { run: runId, first: 1 });

    expect(all.data.rejectedReadings).toMatchObject({ totalCount: 30, pageInfo: { hasNextPage: false } });
    expect(one.data.rejectedReadings).toEqual({
      totalCount: 30,
      nodes: [{ code: 'UNKNOWN_SENSOR', replayable: true, format: 'csv', source: null, runs: [{ id: runId }] }],
      pageInfo: { hasNextPage: true },
    });
    expect(all.statements).toBe(one.statements);
    expect((await ask(db.store, document, {})).rejectedReadings.totalCount).toBe(31);
    expect((await ask(db.store, document, { run: '987654' })).rejectedReadings).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('says how fresh what a job brought is, as a whole and by series', async () => {
    const clock = () => Date.parse(at(HOURS + 1)) * 1000;
    const jobs = () =>
      Promise.resolve([
        {
          id: 'ovens',
          description: null,
          problem: null,
          sourceKind: 'FILES' as const,
          enabled: true,
          schedule: null,
          timezone: 'UTC',
          nextRunAt: null,
          sla: null,
          timeout: null,
          retryDelay: null,
          retries: null,
        },
      ]);
    const etl = { jobs, start: () => Promise.reject(new Error('not here')), replay: () => Promise.reject(new Error('not here')) };
    const { etlJobs } = await ask(
      db.store,
      '{ etlJobs { freshness { lastTime lag readings late series } series(first: 1) { nodes { sensor { id } location { id } lag readings late firstTime } pageInfo { hasNextPage } } } }',
      {},
      { etl, clock },
    );

    expect(etlJobs).toEqual([
      {
        freshness: { lastTime: '2024-05-05T23:00:00Z', lag: 'PT2H', readings: 2 * HOURS, late: 0, series: 2 },
        series: {
          nodes: [expect.objectContaining({ lag: 'PT2H', readings: HOURS, late: 0, firstTime: '2024-05-01T00:00:00Z' })],
          pageInfo: { hasNextPage: true },
        },
      },
    ]);
  });
});
