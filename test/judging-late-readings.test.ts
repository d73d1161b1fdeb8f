import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine } from './support/database.ts';
import { alertsOf, breachesOf, verdictsOf } from './support/judged-series.ts';
import { addThreshold, build } from './support/plant.ts';
import { createRandom } from './support/random.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const at = (minute: number): string => `${new Date(Date.UTC(2024, 4, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`;

/** A reading every ten minutes from minute 0 on, so that there is room between them. */
const sparse = (sensor: string, values: readonly number[]): TestReading[] => values.map((value, place) => reading(sensor, place * 10, value));

const reading = (sensor: string, minute: number, value: number): TestReading => ({ sensor, metric: 'temperature', time: at(minute), value });

describeEachEngine('late and corrected readings', (db) => {
  const load = (readings: readonly TestReading[]) => ingest(db.store, recordsOf(readings), { register: true });

  async function watched(sensor: string, terms: Readonly<Record<string, unknown>> = {}) {
    await build(db, { sensors: [{ id: sensor }] });
    return addThreshold(db, { level: 'WARNING', min: 50, scope: { sensor }, ...terms });
  }

  async function corrections(sensor: string) {
    const breaches = await breachesOf(db, sensor);
    return breaches.filter(({ kind }) => kind === 'CORRECTED').map(({ time, value, previous, status }) => `${time} (${value}): ${previous} > ${status}`);
  }

  it('move an alert that was opened too late and resolved too early', async () => {
    await watched('moved');
    await load(sparse('moved', [20, 20, 60, 60, 20, 20]));

    await load([reading('moved', 15, 70), reading('moved', 40, 55)]);

    expect(await corrections('moved')).toEqual([`${at(15)} (70): NORMAL > WARNING`]);
    expect(await alertsOf(db, 'moved')).toMatchObject([{ opened: at(15), resolved: at(50), peak: 70, withdrawn: false }]);
  });

  it('withdraw an alert that was a mistake, and leave what was recorded', async () => {
    await watched('withdrawn');
    await load(sparse('withdrawn', [20, 90, 20, 20]));

    await load([reading('withdrawn', 10, 25)]);

    expect(await corrections('withdrawn')).toEqual([`${at(10)} (25): WARNING > NORMAL`]);
    expect((await breachesOf(db, 'withdrawn')).map(({ kind }) => kind)).toEqual(['OPENED', 'CLEARED', 'CORRECTED']);
    expect(await alertsOf(db, 'withdrawn')).toMatchObject([{ opened: at(10), resolved: at(10), withdrawn: true }]);
    expect(await verdictsOf(db, 'withdrawn')).toEqual([]);
  });

  it('open an alert late, with a life that may be over', async () => {
    await watched('opened-late');
    await load(sparse('opened-late', [20, 20, 20]));

    await load([reading('opened-late', 12, 60)]);

    expect(await corrections('opened-late')).toEqual([`${at(12)} (60): NORMAL > WARNING`]);
    expect(await alertsOf(db, 'opened-late')).toMatchObject([{ opened: at(12), resolved: at(20), peak: 60, withdrawn: false }]);
  });

  it('join two alerts to one, and part one in two', async () => {
    await watched('joined');
    await load(sparse('joined', [60, 20, 61, 20]));

    await load([reading('joined', 10, 55)]);
    expect(await corrections('joined')).toEqual([`${at(10)} (55): NORMAL > WARNING`, `${at(20)} (61): WARNING > WARNING`]);
    expect(await alertsOf(db, 'joined')).toMatchObject([
      { opened: at(0), resolved: at(30), peak: 61, withdrawn: false },
      { opened: at(20), withdrawn: true },
    ]);

    await load([reading('joined', 10, 20)]);
    expect(await alertsOf(db, 'joined')).toMatchObject([
      { opened: at(0), resolved: at(10), peak: 60, withdrawn: false },
      { withdrawn: true },
      { opened: at(20), resolved: at(30) },
    ]);
  });

  it('tell nothing where only the peak is another', async () => {
    await watched('peak');
    await load(sparse('peak', [20, 60, 60, 20]));

    await load([reading('peak', 15, 99)]);

    expect(await corrections('peak')).toEqual([]);
    expect(await alertsOf(db, 'peak')).toMatchObject([{ opened: at(10), resolved: at(30), peak: 99 }]);
  });

  it('make a wait longer or shorter', async () => {
    await watched('wait', { forDuration: 'PT30M' });
    await load(sparse('wait', [20, 60, 60, 60, 60, 20]));
    expect(await alertsOf(db, 'wait')).toMatchObject([{ opened: at(40) }]);

    await load([reading('wait', 5, 60)]);
    expect(await alertsOf(db, 'wait')).toMatchObject([{ opened: at(40) }]);

    await load([reading('wait', 0, 60)]);
    expect(await alertsOf(db, 'wait')).toMatchObject([{ opened: at(30) }]);

    await load([reading('wait', 15, 20)]);
    expect(await alertsOf(db, 'wait')).toMatchObject([{ withdrawn: true }]);
  });

  it('reach as far as a long wait does, over all that a restless series did meanwhile', async () => {
    await watched('restless');
    await watched('restless', { level: 'CRITICAL', min: 0, forDuration: 'PT20H' });
    await load(
      sparse(
        'restless',
        Array.from({ length: 200 }, (_, place) => (place % 2 === 0 ? 60 : 20)),
      ),
    );
    expect((await alertsOf(db, 'restless')).at(-1)).toMatchObject({ opened: at(1200), resolved: null, level: 'CRITICAL' });

    await load([reading('restless', 0, -1)]);

    expect(await corrections('restless')).toEqual([`${at(0)} (-1): WARNING > NORMAL`, `${at(1200)} (60): CRITICAL > WARNING`]);
    expect((await alertsOf(db, 'restless')).slice(-2)).toMatchObject([
      { opened: at(1180), resolved: at(1190), level: 'WARNING' },
      { opened: at(1200), resolved: null, level: 'CRITICAL' },
    ]);
    expect((await verdictsOf(db, 'restless')).filter(([time]) => time === at(1200) || time === at(1210)).map(([, status]) => status)).toEqual([
      'WARNING',
      'CRITICAL',
    ]);
  });

  it('move what waited for longer than can be kept at hand', async () => {
    await watched('patient', { min: 0, forDuration: 'P7D' });
    const week = 7 * 24 * 60;
    await load(Array.from({ length: week + 2000 }, (_, minute) => reading('patient', minute, minute % 90)));
    expect(await alertsOf(db, 'patient')).toMatchObject([{ opened: at(week), peak: 89 }]);

    await load([reading('patient', 0, -1), reading('patient', week + 5, 99)]);

    expect(await corrections('patient')).toEqual([`${at(week)} (0): WARNING > NORMAL`]);
    expect(await alertsOf(db, 'patient')).toMatchObject([{ opened: at(week + 1), resolved: null, peak: 99 }]);
  });

  it('are told together with what happens after them, in the order of the times', async () => {
    await watched('beside');
    await load(sparse('beside', [20, 20]));

    await load([reading('beside', 5, 60), reading('beside', 20, 70), reading('beside', 30, 20)]);

    expect((await breachesOf(db, 'beside')).map(({ kind, time }) => [kind, time])).toEqual([
      ['CORRECTED', at(5)],
      ['OPENED', at(20)],
      ['CLEARED', at(30)],
    ]);
  });

  it('cost three statements more where they are in no band, however many, none of which reads a reading', async () => {
    const sensors = ['calm-0', 'calm-1', 'calm-2'];
    const random = createRandom(7);
    const noise = (most: number) =>
      sensors
        .flatMap((sensor) => Array.from({ length: 400 }, (_, minute) => reading(sensor, minute, random.whole(0, most))))
        .map((one) => ({ one, place: random.next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one);
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const statementsOfLoad = async (readings: readonly TestReading[]) => {
      query.mockClear();
      await load(readings);
      return query.mock.calls.map(([statement]: readonly unknown[]) => nameOf(statement));
    };
    for (const sensor of sensors) await build(db, { sensors: [{ id: sensor }] });
    await load(noise(40));
    const without = await statementsOfLoad(noise(41));
    for (const sensor of sensors) await addThreshold(db, { level: 'WARNING', min: 50, forDuration: 'PT1H', scope: { sensor } });
    await load([reading('calm-0', 400, 20)]);

    const judged = await statementsOfLoad(noise(42));

    const known = new Set(without);
    expect(judged.filter((name) => !known.has(name))).toEqual([expect.any(String), 'select_watch', 'select_timelines']);
    query.mockRestore();
  });
});

/** The name of a statement, or its text where it has none. */
function nameOf(statement: unknown): string {
  if (typeof statement !== 'object' || statement === null) return String(statement);
  if ('name' in statement) return String(statement.name);
  return 'text' in statement ? String(statement.text) : '';
}
