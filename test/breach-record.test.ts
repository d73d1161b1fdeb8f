import { expect, it } from 'vitest';
import { saveSensors } from '../alerts/change-places.ts';
import { createThreshold } from '../alerts/change-threshold.ts';
import { insertAlerts, type NewAlert, selectBandAlerts, updateAlerts } from '../db/alert.ts';
import { insertBreaches, type NewBreach, selectBreachesAfter } from '../db/breach.ts';
import { IDLE, selectJudgements, writeJudgements } from '../db/judgement.ts';
import { withTransaction } from '../db/pool.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { deleteVerdicts, selectTimelines, upsertVerdicts } from '../db/verdict.ts';
import { ingest } from '../etl/ingest.ts';
import { useDatabase } from './support/database.ts';
import { recordsOf } from './support/records.ts';

const db = useDatabase();

const at = (text: string) => parseRfc3339(text) ?? Number.NaN;
const OPENED = at('2024-01-01T00:00:00.000001Z');
const RESOLVED = at('2024-01-01T01:00:00Z');

it('numbers breaches without a gap in the order given, also where a transaction before was rolled back', async () => {
  const { breach } = await world('numbered');
  await withTransaction(db.store.writePool, (client) => insertBreaches(client, [breach({ value: 1 }), breach({ value: 2, levels: [] })]));
  await expect(
    withTransaction(db.store.writePool, async (client) => {
      await insertBreaches(client, [breach({ value: 3 })]);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  await withTransaction(db.store.writePool, (client) => insertBreaches(client, [breach({ value: 4, levels: ['WARNING', 'CRITICAL'] })]));

  const page = await selectBreachesAfter(db.pool, 0, 10);

  expect(page).toMatchObject({ lastNumber: 3, expiredThrough: 0 });
  expect(page.rows.map(({ number, value, levels }) => ({ number, value, levels }))).toEqual([
    { number: 1, value: 1, levels: ['CRITICAL'] },
    { number: 2, value: 2, levels: [] },
    { number: 3, value: 4, levels: ['WARNING', 'CRITICAL'] },
  ]);
  expect(page.rows[0]).toMatchObject({ time: '2024-01-01T00:00:00.000001Z', kind: 'OPENED', status: 'CRITICAL', previous: null, late: true });
  expect(await selectBreachesAfter(db.pool, 2, 10)).toMatchObject({ rows: [{ number: 3 }], lastNumber: 3 });
  expect(await selectBreachesAfter(db.pool, 3, 10)).toMatchObject({ rows: [], lastNumber: 3 });
});

it('answers the ids of new alerts in the order given, and finds those about bands that were not withdrawn', async () => {
  const { alert, seriesId } = await world('alerted');
  const ids = await insertAlerts(db.pool, [alert({ resolvedAt: RESOLVED }), alert({ kind: 'NO_DATA', peak: null }), alert({ openedAt: RESOLVED })]);
  const opened = (from: number, to: number | null) => selectBandAlerts(db.pool, [{ seriesId, from, to }]);

  expect(await opened(OPENED, null)).toEqual([
    { ...alert({ resolvedAt: RESOLVED }), id: ids[0] },
    { ...alert({ openedAt: RESOLVED }), id: ids[2] },
  ]);
  expect((await opened(OPENED + 1, RESOLVED)).map((row) => row.id)).toEqual([ids[2]]);

  await updateAlerts(db.pool, [{ ...alert({ openedAt: RESOLVED, resolvedAt: RESOLVED, withdrawn: true }), id: ids[2] ?? '' }]);
  expect((await opened(OPENED, null)).map((row) => row.id)).toEqual([ids[0]]);
});

it('keeps verdicts and finds from when on something holds at an instant, and what comes soon after', async () => {
  const { seriesId } = await world('judged');
  const hour = RESOLVED - OPENED;
  const verdicts = Array.from({ length: 100 }, (_, number) => {
    const time = OPENED + number * hour;
    return number % 2 === 0 ? ({ seriesId, time, status: 'CRITICAL', active: ['3', '12'] } as const) : ({ seriesId, time, status: null, active: [] } as const);
  });
  await upsertVerdicts(db.pool, verdicts);
  const timeline = async (since: number, until: number | null) => {
    const rows = await selectTimelines(db.pool, [{ seriesId, since, until }]);
    return { rows: rows.map(({ isCut: _isCut, ...row }) => row), isCut: rows.at(-1)?.isCut };
  };

  expect(await timeline(OPENED, null)).toEqual({ rows: verdicts, isCut: false });
  expect(await timeline(OPENED + 4 * hour, null)).toEqual({ rows: verdicts.slice(3), isCut: false });
  expect(await timeline(OPENED + 5 * hour, OPENED + 6 * hour)).toEqual({ rows: verdicts.slice(5, 40), isCut: true });

  await upsertVerdicts(db.pool, [{ seriesId, time: OPENED, status: 'WARNING', active: ['3'] }]);
  await deleteVerdicts(
    db.pool,
    verdicts.slice(1).map(() => seriesId),
    verdicts.slice(1).map(({ time }) => time),
  );
  expect((await timeline(RESOLVED, null)).rows).toEqual([{ seriesId, time: OPENED, status: 'WARNING', active: ['3'] }]);
});

it('keeps a judgement until it is idle', async () => {
  const { seriesId } = await world('stateful');
  const judgement = {
    rules: [{ thresholdId: '3', phase: 'PENDING', since: OPENED }],
    band: { id: '7', level: 'WARNING', thresholdId: '3', openedAt: OPENED, peak: 0.1 },
    noData: null,
  } as const;
  await writeJudgements(db.pool, [{ seriesId, ...judgement }]);
  expect(await selectJudgements(db.pool, [seriesId])).toEqual(new Map([[seriesId, judgement]]));

  await writeJudgements(db.pool, [{ seriesId, ...IDLE }]);
  expect(await selectJudgements(db.pool, [seriesId])).toEqual(new Map());
});

/** A series with a threshold. */
async function world(sensor: string) {
  await saveSensors(db.store.writePool, [{ id: sensor }], OPENED);
  await ingest(db.store, recordsOf([{ sensor, metric: 'temperature', time: '2024-01-01T00:00:00Z', value: 1 }]), { register: false });
  const { rows } = await db.pool.query<{ id: number }>('select id from series where sensor_id = $1', [sensor]);
  const seriesId = rows[0]?.id ?? 0;
  const thresholdId = await createThreshold(db.store.writePool, { metric: 'temperature', level: 'CRITICAL', min: 50, scope: { sensor } });
  const alert = (fields: Partial<NewAlert>): NewAlert => ({
    seriesId,
    kind: 'BAND',
    level: 'CRITICAL',
    thresholdId,
    openedAt: OPENED,
    resolvedAt: null,
    peak: 60,
    withdrawn: false,
    ...fields,
  });
  const breach = (fields: Partial<NewBreach>): NewBreach => ({
    seriesId,
    kind: 'OPENED',
    time: OPENED,
    late: true,
    value: 60,
    measuredAt: OPENED,
    status: 'CRITICAL',
    previous: null,
    thresholdId,
    alertId: '1',
    levels: ['CRITICAL'],
    ...fields,
  });
  return { seriesId, alert, breach };
}
