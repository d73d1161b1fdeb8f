import { describe, expect, it } from 'vitest';
import type { StorageEngine } from '../db/engines/engine.ts';
import { type Corrections, correctReadings } from '../db/load/rewrite-readings.ts';
import { MIN_PER_STRETCH, windowOf } from '../db/load/stretches.ts';
import { withTransaction } from '../db/pool.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { inconsistencies, storedReadings, unmarked, wronglyDerived } from './support/loading-model.ts';
import { createRandom, type Random } from './support/random.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const HOUR = 3_600_000;
/** A Thursday, when a chunk begins, six days before a month does. */
const BEGIN = Date.UTC(2024, 7, 22);
const METRICS = ['temperature', 'dew_point', 'wind_speed'];

interface Factory {
  readonly name: string;
  readonly sensors: number;
  readonly instants: number;
  readonly stepMs: number;
}

function readingsOf({ name, sensors, instants, stepMs }: Factory, drawn: (sensor: number, instant: number, metric: number) => number): TestReading[] {
  const readings: TestReading[] = [];
  for (let instant = 0; instant < instants; instant += 1) {
    for (let sensor = 0; sensor < sensors; sensor += 1) {
      const time = new Date(BEGIN + instant * stepMs).toISOString();
      for (const [position, metric] of METRICS.entries()) readings.push({ sensor: `${name}-${sensor}`, metric, time, value: drawn(sensor, instant, position) });
    }
  }
  return readings;
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const keyOf = ({ sensor, metric, time }: TestReading): string => `${sensor} ${metric} ${time.replace('.000Z', 'Z')}`;

/** What stands when one input after the other is loaded: of each reading the value that came last. */
function standing(...inputs: readonly (readonly TestReading[])[]): Map<string, number> {
  return new Map(inputs.flat().map((reading) => [keyOf(reading), reading.value]));
}

/** Readings that are not stored as they should be, or should not be there; compared one by one, because what differs among 50,000 nobody wants to see whole. */
async function wrong(db: TestDatabase, name: string, expected: ReadonlyMap<string, number>): Promise<string[]> {
  const stored = (await storedReadings(db.pool)).filter(({ sensor, derived }) => !derived && sensor.startsWith(`${name}-`));
  const found = new Map(stored.map((reading) => [keyOf(reading), reading.value]));
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((key) => {
    const is = found.get(key);
    const should = expected.get(key);
    return is === should ? [] : [`${key} is ${is}, should be ${should}`];
  });
}

/** Everything of all sensors, whatever a test has loaded before. */
async function expectSound(db: TestDatabase): Promise<void> {
  expect(wronglyDerived(await storedReadings(db.pool))).toEqual([]);
  expect(await inconsistencies(db.pool)).toEqual([]);
  expect(await unmarked(db.pool)).toEqual([]);
}

async function load(db: TestDatabase, readings: readonly TestReading[], batchSize = 50_000) {
  const { loaded, corrected, unchanged, rejectedCount } = await ingest(db.store, recordsOf(readings), { register: true, batchSize });
  return { loaded, corrected, unchanged, rejectedCount };
}

const FIRST = (sensor: number, instant: number, metric: number): number => 20 - 3 * metric + ((sensor * 7 + instant) % 40) / 8;
const SECOND = (sensor: number, instant: number, metric: number): number => FIRST(sensor, instant, metric) + 0.5;

describeEachEngine('a batch of shuffled corrections', (db) => {
  it('stands as sent, whatever partitions and chunks it falls into, many readings into some and few into others', async () => {
    const dense = { name: 'across', sensors: 3, instants: 700, stepMs: HOUR };
    // One reading a day for a year: a few in each chunk.
    const sparse = { name: 'across-daily', sensors: 1, instants: 365, stepMs: 24 * HOUR };
    const before = [...readingsOf(dense, FIRST), ...readingsOf(sparse, FIRST)];
    expect(await load(db, before)).toMatchObject({ loaded: before.length });
    // Of every tenth the value stays, of every eleventh there was none.
    const after = [...readingsOf({ ...dense, instants: 770 }, (s, i, m) => (i % 10 === 0 ? FIRST(s, i, m) : SECOND(s, i, m))), ...readingsOf(sparse, SECOND)];
    const first = standing(before);
    const same = after.filter((reading) => first.get(keyOf(reading)) === reading.value).length;

    const summary = await load(db, shuffled(createRandom(1), after));

    expect(summary).toEqual({ loaded: 70 * 9, corrected: after.length - 70 * 9 - same, unchanged: same, rejectedCount: 0 });
    expect((await wrong(db, 'across', standing(before, after))).slice(0, 5)).toEqual([]);
    await expectSound(db);
  });

  it('notes of each reading what it was, also where it was corrected twice', async () => {
    const factory = { name: 'noted', sensors: 2, instants: 500, stepMs: 60_000 };
    const inputs = [FIRST, SECOND, FIRST].map((drawn) => readingsOf(factory, drawn));
    for (const [round, input] of inputs.entries()) await load(db, shuffled(createRandom(round + 2), input));

    const { rows } = await db.pool.query<{ n: number; wrong: number }>(
      `select count(*)::int as n,
              count(*) filter (where abs(new_value - old_value) <> 0.5 or log.batch_id <= log.old_batch_id or log.old_batch_id is null)::int as wrong
         from correction as log join series on series.id = log.series_id where sensor_id like 'noted-%'`,
    );
    expect(rows).toEqual([{ n: 2 * (inputs[0]?.length ?? 0), wrong: 0 }]);
    expect((await wrong(db, 'noted', standing(...inputs))).slice(0, 5)).toEqual([]);
  });

  it('puts measured readings in the places of derived ones', async () => {
    const factory = { name: 'replaced', sensors: 4, instants: 800, stepMs: 60_000 };
    const inputs = readingsOf(factory, FIRST);
    await load(db, inputs);
    const humidity = inputs.filter(({ metric }) => metric === 'temperature').map((reading) => ({ ...reading, metric: 'humidity', value: 33 }));

    expect(await load(db, shuffled(createRandom(5), humidity))).toEqual({ loaded: humidity.length, corrected: 0, unchanged: 0, rejectedCount: 0 });

    expect((await wrong(db, 'replaced', standing(inputs, humidity))).slice(0, 5)).toEqual([]);
    await expectSound(db);
  });

  it('loses nothing where rows are not in the places that were found, and touches no other', async () => {
    const factory = { name: 'moved', sensors: 1, instants: MIN_PER_STRETCH + 100, stepMs: 1000 };
    const before = readingsOf(factory, FIRST).filter(({ metric }) => metric === 'wind_speed');
    await load(db, before);
    const { rows } = await db.pool.query<{ id: number }>(`select id from series where sensor_id = 'moved-0' and metric_id = 'wind_speed'`);
    const count = MIN_PER_STRETCH;
    const corrections: Corrections = {
      seriesIds: new Int32Array(count).fill(rows[0]?.id ?? 0),
      times: Float64Array.from(before.slice(0, count), ({ time }) => parseRfc3339(time) ?? 0),
      values: new Float64Array(count).fill(7),
      derived: new Uint8Array(count),
      // Those of other rows, and of none.
      places: Float64Array.from({ length: count }, (_, at) => (at % 3) * 2 ** 16 + 1 + (at % 500)),
    };

    await withTransaction(db.store.writePool, (client) => correctReadings(client, 1, corrections));

    const after = before.slice(0, count).map((reading) => ({ ...reading, value: 7 }));
    expect((await wrong(db, 'moved', standing(before, after))).slice(0, 5)).toEqual([]);
  });
});

describeEachEngine('corrections beside compression', (db) => {
  describe.runIf(db.engine === 'timescale')('of chunks', () => {
    const chunks = async () =>
      (await db.pool.query<{ chunk: string }>(`select chunk::text from show_chunks('reading') as chunk order by 1`)).rows.map((row) => row.chunk);

    it('stand as sent in chunks that are compressed, not, and compressed in part', async () => {
      const factory = { name: 'packed', sensors: 2, instants: 3000, stepMs: HOUR / 4 };
      const before = readingsOf(factory, FIRST);
      await load(db, before);
      const [first = '', second = ''] = await chunks();
      await db.pool.query('select compress_chunk($1::regclass), compress_chunk($2::regclass)', [first, second]);
      const late = readingsOf({ ...factory, instants: 100 }, (s, i, m) => FIRST(s, i, m) + 0.25);
      const after = readingsOf(factory, SECOND);

      await load(db, late);
      const summary = await load(db, shuffled(createRandom(6), after), 7000);

      expect(summary).toEqual({ loaded: 0, corrected: after.length, unchanged: 0, rejectedCount: 0 });
      expect((await wrong(db, 'packed', standing(before, late, after))).slice(0, 5)).toEqual([]);
      await expectSound(db);
    });

    it('stand as sent while chunks are compressed and decompressed all the time', async () => {
      const factory = { name: 'pressed', sensors: 2, instants: 2500, stepMs: HOUR / 4 };
      const inputs = [readingsOf(factory, FIRST)];
      await load(db, inputs[0] ?? []);
      const names = await chunks();
      const random = createRandom(7);
      let loading = true;
      const compressing = (async () => {
        let times = 0;
        while (loading) {
          const call = random.pick(['compress_chunk($1::regclass, true)', 'decompress_chunk($1::regclass, true)']);
          // A deadlock ends one of the two; the load tries again.
          await db.pool.query(`select ${call}`, [random.pick(names)]).catch(() => undefined);
          times += 1;
        }
        return times;
      })();
      try {
        for (let round = 1; round <= 6; round += 1) {
          const next = shuffled(
            random,
            readingsOf(factory, (s, i, m) => FIRST(s, i, m) + round / 8),
          );
          expect(await load(db, next, 5000)).toEqual({ loaded: 0, corrected: next.length, unchanged: 0, rejectedCount: 0 });
          inputs.push(next);
        }
      } finally {
        loading = false;
        await compressing;
      }

      expect(await compressing).toBeGreaterThan(0);
      expect((await wrong(db, 'pressed', standing(...inputs))).slice(0, 5)).toEqual([]);
      await expectSound(db);
    }, 120_000);

    it('are loaded where others make a chunk and compress it between the hold of the places and the look at them', async () => {
      const { store } = db;
      // Several chunks in what is held together.
      await db.pool.query(`select set_chunk_time_interval('reading', interval '1 day')`);
      const factory = { name: 'overtaken', sensors: 1, instants: MIN_PER_STRETCH, stepMs: 1000 };
      const begin = BEGIN + 70 * 24 * HOUR;
      // On the first and the third day; the others come on the second.
      const drawn = (value: typeof FIRST) =>
        [0, 48 * HOUR].flatMap((ms) =>
          readingsOf(factory, value).map((reading) => ({ ...reading, time: new Date(Date.parse(reading.time) - BEGIN + begin + ms).toISOString() })),
        );
      const [before, after] = [drawn(FIRST), drawn(SECOND)];
      await load(db, before);
      let overtaken = 0;
      const engine: StorageEngine = {
        ...store.engine,
        holdPlaces: async (client, window) => {
          const isHeld = await store.engine.holdPlaces(client, window);
          if (!isHeld || overtaken > 0) return isHeld;
          overtaken += 1;
          await load(db, [{ sensor: 'overtaking', metric: 'wind_speed', time: new Date(begin + 24 * HOUR).toISOString(), value: 1 }]);
          await db.pool.query(
            `select compress_chunk(chunk) from show_chunks('reading', newer_than => $1::timestamptz, older_than => $2::timestamptz) as chunk`,
            [new Date(begin + 24 * HOUR), new Date(begin + 48 * HOUR)],
          );
          return isHeld;
        },
      };

      const summary = await ingest({ ...store, engine }, recordsOf(after), { register: true, batchSize: 50_000 });

      expect(overtaken).toBe(1);
      expect(summary).toMatchObject({ loaded: 0, corrected: after.length, unchanged: 0, rejectedCount: 0 });
      expect((await wrong(db, 'overtaken', standing(before, after))).slice(0, 5)).toEqual([]);
    });

    it('find places in chunks that are not compressed, and those stay as they are until the transaction ends', async () => {
      await load(db, readingsOf({ name: 'held', sensors: 1, instants: 10, stepMs: HOUR }, FIRST));
      const [first = ''] = await chunks();
      await db.pool.query('select decompress_chunk($1::regclass, true)', [first]);
      const window = windowOf(Math.floor(BEGIN / (7 * 24 * HOUR)));
      const { engine, writePool } = db.store;

      const refused = await withTransaction(writePool, async (client) => {
        expect(await engine.holdPlaces(client, window)).toBe(true);
        const other = await db.pool.connect();
        try {
          await other.query(`set lock_timeout = '200ms'`);
          return await other.query('select compress_chunk($1::regclass)', [first]).catch((error: { code?: string }) => error.code);
        } finally {
          other.release(true);
        }
      });
      expect(refused).toBe('55P03');

      await db.pool.query('select compress_chunk($1::regclass)', [first]);
      expect(await withTransaction(writePool, (client) => engine.holdPlaces(client, window))).toBe(false);
    });
  });
});
