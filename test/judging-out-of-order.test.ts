import { beforeAll, describe, expect, it } from 'vitest';
import { judgeReadings } from '../alerts/judging/machine.ts';
import { toRule } from '../alerts/status.ts';
import { formatInstant, type Instant, MICROS_PER_DAY } from '../db/time/instant.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { breachesOf } from './support/judged-series.ts';
import { HISTORY_BEGINS, LONGEST_HISTORY, randomHistory } from './support/judging-histories.ts';
import { referenceOf } from './support/judging-reference.ts';
import { loadHistories, type PlantedHistory, plantHistories, storedAlerts, storedStates, storedTimelines } from './support/judging-store.ts';
import { createRandom } from './support/random.ts';

/** How many random histories; the long run is started with JUDGING_HISTORIES=10000. */
const HISTORIES = Number(process.env.JUDGING_HISTORIES ?? 300);
const FIRST_SEED = Number(process.env.JUDGING_SEED ?? 1);
/** Loaded side by side. */
const AT_ONCE = 250;
const UNTIL = HISTORY_BEGINS + MICROS_PER_DAY;

/** The seeds of the histories in portions. */
const PORTIONS = Array.from({ length: Math.ceil(HISTORIES / AT_ONCE) }, (_, portion) =>
  Array.from({ length: Math.min(AT_ONCE, HISTORIES - portion * AT_ONCE) }, (__, number) => FIRST_SEED + portion * AT_ONCE + number),
);

/** Where the machine stands after all readings in one piece. */
function finalState({ thresholds, readings }: PlantedHistory, until: Instant) {
  const columns = {
    times: Float64Array.from(readings, ({ time }) => time),
    values: Float64Array.from(readings, ({ value }) => value),
    from: 0,
    to: readings.length,
  };
  const rules = thresholds.flatMap((row) => toRule(row) ?? []);
  return judgeReadings(rules, { state: [], last: null }, columns, until).state;
}

/** As if somebody had been watching: edges of windows after the newest reading are judged by the load, too. */
async function watchUntil(db: TestDatabase, until: Instant): Promise<void> {
  await db.pool.query('update watch set judged_until = $1', [formatInstant(until)]);
}

async function expectAsDefined(db: TestDatabase, histories: readonly PlantedHistory[], until: Instant): Promise<void> {
  const sensors = histories.map(({ sensorId }) => sensorId);
  const [timelines, alerts, stateOf] = [await storedTimelines(db, sensors), await storedAlerts(db, sensors), await storedStates(db, sensors)];
  for (const history of histories) {
    const { name, sensorId, thresholds, readings } = history;
    const expected = referenceOf(thresholds, readings, until);
    expect({ name, rows: timelines.get(sensorId) ?? [] }).toEqual({ name, rows: expected.rows });
    expect({ name, alerts: alerts.get(sensorId) ?? [] }).toEqual({ name, alerts: expected.alerts });
    const { rules, band } = stateOf(sensorId);
    const waiting = (states: typeof rules) => states.map(({ thresholdId, phase, since }) => [thresholdId, phase, phase === 'ACTIVE' ? null : since]);
    expect({ name, state: waiting(rules) }).toEqual({ name, state: waiting(finalState(history, until)) });
    const open = expected.alerts.find(({ resolvedAt }) => resolvedAt === null);
    expect({ name, peak: band?.peak, openedAt: band?.openedAt }).toEqual({ name, peak: open?.peak, openedAt: open?.openedAt });
  }
}

describeEachEngine(`the verdicts of ${HISTORIES} random histories`, (db) => {
  describe('that arrive shuffled, in batches, with values that are corrected', () => {
    beforeAll(() => watchUntil(db, UNTIL));

    it.each(PORTIONS.map((seeds) => ({ seeds, name: `${seeds[0]} to ${seeds.at(-1)}` })))(
      'end as the definitions say of the whole history (seeds $name)',
      async ({ seeds }) => {
        const histories = await plantHistories(
          db,
          seeds.map((seed) => randomHistory(createRandom(seed), `shuffled ${seed}`, 'shuffled')),
        );

        await loadHistories(db, histories);

        await expectAsDefined(db, histories, UNTIL);
      },
      120_000,
    );
  });
});

/** Two at a time, so that what a batch asks for together often lies within days, and what is not found there months away. */
const PAUSING = Array.from({ length: Math.ceil(HISTORIES / 10) }, (_, number) => [FIRST_SEED + 2 * number, FIRST_SEED + 2 * number + 1]);

describeEachEngine('the verdicts of random histories with pauses of weeks and months', (db) => {
  beforeAll(() => watchUntil(db, HISTORY_BEGINS + LONGEST_HISTORY));

  it('end as the definitions say of the whole history, however late what lies before a pause or after it arrives', async () => {
    for (const seeds of PAUSING) {
      const histories = await plantHistories(
        db,
        seeds.map((seed) => randomHistory(createRandom(seed), `pausing ${seed}`, 'shuffled', 'long')),
      );

      await loadHistories(db, histories);

      await expectAsDefined(db, histories, HISTORY_BEGINS + LONGEST_HISTORY);
    }
  }, 300_000);
});

describeEachEngine(`the breaches of ${HISTORIES} random histories`, (db) => {
  it.each(PORTIONS.map((seeds) => ({ seeds, name: `${seeds[0]} to ${seeds.at(-1)}` })))(
    'that arrive in order are what the definitions say, once, also when all is loaded again (seeds $name)',
    async ({ seeds }) => {
      const histories = await plantHistories(
        db,
        seeds.map((seed) => randomHistory(createRandom(seed), `in order ${seed}`, 'inOrder')),
      );

      const recorded = await loadHistories(db, histories);

      let expectedInAll = 0;
      for (const { name, sensorId, thresholds, readings } of histories) {
        const { events } = referenceOf(thresholds, readings, readings.at(-1)?.time ?? 0);
        const breaches = await breachesOf(db, sensorId);
        expectedInAll += events.length;
        expect({
          name,
          breaches: breaches.map(({ kind, time, value, status, previous, thresholdId }) => ({ kind, time, value, status, previous, thresholdId })),
        }).toEqual({
          name,
          breaches: events.map(({ time, kind, value, status, previous, thresholdId }) => ({
            kind,
            time: formatInstant(time),
            value,
            status,
            previous,
            thresholdId,
          })),
        });
      }
      expect(recorded).toBe(expectedInAll);
      expect(await loadHistories(db, histories)).toBe(0);
    },
    120_000,
  );
});
