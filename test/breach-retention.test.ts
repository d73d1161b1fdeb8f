import { beforeAll, expect, it } from 'vitest';
import { selectBreachesAfter } from '../db/breach.ts';
import { MICROS_PER_DAY, MICROS_PER_MINUTE, now } from '../db/time/instant.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordBreaches } from './support/recorded.ts';
import { alertsOf } from './support/told.ts';
import { watcherOf } from './support/watching.ts';

const KEPT = 90 * MICROS_PER_DAY;

/** Makes breaches up to a number so many days old. */
async function age({ pool }: TestDatabase, through: number, days: number): Promise<void> {
  await pool.query(`update breach set recorded_at = now() - $2 * interval '1 day' where number <= $1`, [through, days]);
}

async function numbersOf({ pool }: TestDatabase): Promise<readonly number[]> {
  const { rows } = await pool.query<{ number: number }>('select number from breach order by number');
  return rows.map(({ number }) => number);
}

describeEachEngine('breaches are kept', (db) => {
  beforeAll(async () => {
    await build(db, { locations: [{ id: 'R' }], sensors: [{ id: 'r', location: 'R' }], readings: [['r', 'temperature', '2024-05-01T00:00:00Z', 40]] });
    await addThreshold(db, { min: 30 });
    await recordBreaches(
      db,
      Array.from({ length: 2_499 }, () => ({ sensor: 'r' })),
    );
  });

  it('for ever, unless it is set otherwise', async () => {
    await age(db, 10, 10_000);

    await watcherOf(db.store).passAt(now());

    expect(await numbersOf(db)).toHaveLength(2_500);
  });

  it('as long as it is set, and cursors before have expired', async () => {
    await age(db, 10, 91);

    await watcherOf(db.store, KEPT).passAt(now());

    expect((await numbersOf(db))[0]).toBe(11);
    expect(await selectBreachesAfter(db.pool, 10, 1)).toMatchObject({ expiredThrough: 10, lastNumber: 2_500, rows: [{ number: 11 }] });
  });

  it('longer by what is between them and newer ones where a clock was set back', async () => {
    await db.pool.query(`update breach set recorded_at = now() - interval '91 days' where number in (11, 13)`);

    await watcherOf(db.store, KEPT).passAt(now());

    expect((await numbersOf(db)).slice(0, 2)).toEqual([12, 13]);
  });

  it('no longer where there are many, which go one thousand at a time', async () => {
    await age(db, 2_300, 91);
    const watcher = watcherOf(db.store, KEPT);
    const present = now();

    await watcher.passAt(present);
    expect((await numbersOf(db))[0]).toBe(1_012);
    await watcher.passAt(present + 1);
    await watcher.passAt(present + 2 * MICROS_PER_MINUTE);

    expect(await numbersOf(db)).toHaveLength(200);
    expect(await selectBreachesAfter(db.pool, 0, 0)).toMatchObject({ expiredThrough: 2_300 });
    expect(await alertsOf(db)).toHaveLength(1);
  });
});
