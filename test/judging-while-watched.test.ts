import { beforeAll, expect, it } from 'vitest';
import { createEdgeWatch } from '../alerts/watching/watch-edges.ts';
import { formatInstant, MICROS_PER_DAY, MICROS_PER_SECOND } from '../db/time/instant.ts';
import { describeEachEngine } from './support/database.ts';
import { HISTORY_BEGINS, randomHistory } from './support/judging-histories.ts';
import { referenceOf } from './support/judging-reference.ts';
import { loadHistories, plantHistories, storedAlerts, storedTimelines } from './support/judging-store.ts';
import { createRandom } from './support/random.ts';

const HISTORIES = Number(process.env.JUDGING_HISTORIES ?? 150);
const FIRST_SEED = Number(process.env.JUDGING_SEED ?? 1);
/** What the watcher's clock shows after each batch, in seconds from the beginning of the histories: sometimes before their newest readings, sometimes after. */
const CLOCK = [2, 5, 9, 15, 25, 40, 120, MICROS_PER_DAY / MICROS_PER_SECOND];
const clockAfter = (batch: number): number => HISTORY_BEGINS + (CLOCK[batch] ?? 0) * MICROS_PER_SECOND;

describeEachEngine(`the verdicts of ${HISTORIES} random histories that are watched while they arrive shuffled`, (db) => {
  beforeAll(async () => {
    await db.pool.query('update watch set judged_until = $1', [formatInstant(HISTORY_BEGINS)]);
  });

  it('end as the definitions say, whether a load or the watcher came to an edge first', async () => {
    const histories = await plantHistories(
      db,
      Array.from({ length: HISTORIES }, (_, number) => randomHistory(createRandom(FIRST_SEED + number), `watched ${number}`, 'shuffled')),
    );
    const watch = createEdgeWatch();
    for (let batch = 0; batch < CLOCK.length; batch += 1) {
      await loadHistories(
        db,
        histories.map((history) => ({ ...history, arrivals: [history.arrivals[batch] ?? []] })),
      );
      await watch.judge(db.store, await db.store.catalogue.current(db.store.writePool), clockAfter(batch));
    }

    const sensors = histories.map(({ sensorId }) => sensorId);
    const [timelines, alerts] = [await storedTimelines(db, sensors), await storedAlerts(db, sensors)];
    for (const { name, sensorId, thresholds, readings } of histories) {
      const expected = referenceOf(thresholds, readings, clockAfter(CLOCK.length - 1));
      expect({ name, rows: timelines.get(sensorId) ?? [] }).toEqual({ name, rows: expected.rows });
      expect({ name, alerts: alerts.get(sensorId) ?? [] }).toEqual({ name, alerts: expected.alerts });
    }
  }, 600_000);
});
