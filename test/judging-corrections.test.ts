import { beforeAll, expect, it } from 'vitest';
import type { BreachRow } from '../db/breach.ts';
import { formatInstant, MICROS_PER_DAY } from '../db/time/instant.ts';
import { describeEachEngine } from './support/database.ts';
import { HISTORY_BEGINS, randomHistory } from './support/judging-histories.ts';
import type { ReferenceRow } from './support/judging-reference.ts';
import { loadHistories, type PlantedHistory, plantHistories, type StoredAlert, storedBreaches, storedLives, storedTimelines } from './support/judging-store.ts';
import { createRandom } from './support/random.ts';

const HISTORIES = 150;
const UNTIL = HISTORY_BEGINS + MICROS_PER_DAY;

/** What is known of a sensor between two loads. */
interface Knowledge {
  readonly rows: readonly ReferenceRow[];
  readonly alerts: readonly StoredAlert[];
  readonly newest: number;
}

const NOTHING: Knowledge = { rows: [], alerts: [], newest: Number.NEGATIVE_INFINITY };

/** Up to where something is known. */
function horizonOf({ rows, newest }: Knowledge): number {
  return Math.max(newest, rows.at(-1)?.time ?? newest);
}

/** null where nothing is in breach. */
function levelAt(rows: readonly ReferenceRow[], time: number) {
  const status = rows.findLast((row) => row.time <= time)?.status ?? null;
  return status === 'NORMAL' ? null : status;
}

/** The instants at which a timeline changes its level, as told when it is loaded in order. */
function kindsAfter(rows: readonly ReferenceRow[], horizon: number): string[] {
  return rows.flatMap(({ time }) => {
    const before = levelAt(rows, time - 1);
    const after = levelAt(rows, time);
    if (time <= horizon || before === after) return [];
    if (before === null) return [`OPENED ${formatInstant(time)}`];
    if (after === null) return [`CLEARED ${formatInstant(time)}`];
    return [`${after === 'CRITICAL' ? 'WORSENED' : 'EASED'} ${formatInstant(time)}`];
  });
}

/** The alerts that a load has moved, opened late or withdrawn, and the first instant from which their verdicts are others. */
function correctionsOf(before: Knowledge, after: Knowledge): string[] {
  const horizon = horizonOf(before);
  const spans = [...before.alerts, ...after.alerts];
  return after.alerts.flatMap((alert) => {
    const was = before.alerts.find(({ id }) => id === alert.id);
    if (was?.withdrawn || (was === undefined && alert.openedAt > horizon)) return [];
    const own = spans.filter(({ id, withdrawn }) => id === alert.id && !withdrawn);
    const from = Math.min(...own.map(({ openedAt }) => openedAt));
    const to = Math.max(...own.map(({ resolvedAt }) => resolvedAt ?? Number.POSITIVE_INFINITY));
    const instants = [...before.rows, ...after.rows].map(({ time }) => time).filter((time) => time >= from && time < to && time <= horizon);
    const first = instants.sort((a, b) => a - b).find((time) => levelAt(before.rows, time) !== levelAt(after.rows, time));
    const isOther = was === undefined || alert.withdrawn;
    return first === undefined && !isOther ? [] : [`${alert.id} ${formatInstant(first ?? from)}`];
  });
}

describeEachEngine('what late and corrected readings tell', (db) => {
  let histories: readonly PlantedHistory[] = [];
  beforeAll(async () => {
    await db.pool.query('update watch set judged_until = $1', [formatInstant(UNTIL)]);
    histories = await plantHistories(
      db,
      Array.from({ length: HISTORIES }, (_, number) => randomHistory(createRandom(50_000 + number), `corrected ${number}`, 'shuffled')),
    );
  });

  it('is one correction for each alert that is another now, and what happened since as usual', async () => {
    const known = new Map<string, Knowledge>();
    let told = 0;
    const batches = Math.max(...histories.map(({ arrivals }) => arrivals.length));
    for (let batch = 0; batch < batches; batch += 1) {
      await loadHistories(
        db,
        histories.map((history) => ({ ...history, arrivals: [history.arrivals[batch] ?? []] })),
      );
      const sensors = histories.map(({ sensorId }) => sensorId);
      const [timelines, lives, breaches] = [await storedTimelines(db, sensors), await storedLives(db, sensors), await storedBreaches(db, told)];
      told += [...breaches.values()].flat().length;
      for (const { name, sensorId, arrivals } of histories) {
        const before = known.get(sensorId) ?? NOTHING;
        const rows = timelines.get(sensorId) ?? [];
        const newest = Math.max(before.newest, ...(arrivals[batch] ?? []).map(({ time }) => time));
        const after: Knowledge = { rows, alerts: lives.get(sensorId) ?? [], newest };
        known.set(sensorId, after);
        const own: readonly BreachRow[] = breaches.get(sensorId) ?? [];
        const corrected = own.filter(({ kind }) => kind === 'CORRECTED').map(({ alertId, time }) => `${alertId} ${time}`);
        const usual = own.filter(({ kind }) => kind !== 'CORRECTED').map(({ kind, time }) => `${kind} ${time}`);
        expect({ name, batch, corrected: corrected.sort() }).toEqual({ name, batch, corrected: correctionsOf(before, after).sort() });
        expect({ name, batch, usual }).toEqual({ name, batch, usual: kindsAfter(rows, horizonOf(before)) });
      }
    }
    expect(told).toBeGreaterThan(HISTORIES);
  }, 120_000);
});
