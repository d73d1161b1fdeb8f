import { expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine } from './support/database.ts';
import { alertsOf, breachesOf } from './support/judged-series.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const at = (minute: number): string => `${new Date(Date.UTC(2024, 4, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`;

const minutely = (sensor: string, values: readonly number[], from = 0): TestReading[] =>
  values.map((value, minute) => ({ sensor, metric: 'temperature', time: at(from + minute), value }));

describeEachEngine('a load that corrects what is open', (db) => {
  const load = (readings: readonly TestReading[]) => ingest(db.store, recordsOf(readings), { register: true });

  it('joins the alert that is open to the one before it, in many series at once', async () => {
    const sensors = Array.from({ length: 40 }, (_, i) => `join-${i}`);
    await build(db, { sensors: sensors.map((id) => ({ id })) });
    const threshold = await addThreshold(db, { min: 50 });
    await load(sensors.flatMap((sensor) => minutely(sensor, [20, 60, 60, 20, 20])));
    await load(sensors.flatMap((sensor) => minutely(sensor, [70, 70], 5)));

    await load(sensors.toReversed().flatMap((sensor) => minutely(sensor, [55, 55], 3)));

    for (const sensor of sensors) {
      expect(await alertsOf(db, sensor)).toEqual([
        { kind: 'BAND', level: 'WARNING', threshold, opened: at(1), resolved: null, peak: 70, withdrawn: false },
        { kind: 'BAND', level: 'WARNING', threshold, opened: at(5), resolved: at(5), peak: 70, withdrawn: true },
      ]);
    }
  });

  it('withdraws what never was, and opens another alert for what is new in the same input', async () => {
    await build(db, { sensors: [{ id: 'anew' }] });
    const threshold = await addThreshold(db, { min: 30, scope: { sensor: 'anew' } });
    await load(minutely('anew', [20, 40]));

    await load(minutely('anew', [25, 20, 45], 1));

    expect((await breachesOf(db, 'anew')).map(({ kind, time, status, previous }) => [kind, time, previous, status])).toEqual([
      ['OPENED', at(1), 'NORMAL', 'WARNING'],
      ['CORRECTED', at(1), 'WARNING', 'NORMAL'],
      ['OPENED', at(3), 'NORMAL', 'WARNING'],
    ]);
    expect(await alertsOf(db, 'anew')).toEqual([
      { kind: 'BAND', level: 'WARNING', threshold, opened: at(1), resolved: at(1), peak: 40, withdrawn: true },
      { kind: 'BAND', level: 'WARNING', threshold, opened: at(3), resolved: null, peak: 45, withdrawn: false },
    ]);
  });
});
