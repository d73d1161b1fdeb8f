import { expect, it, vi } from 'vitest';
import { startWatcher } from '../alerts/watching/watcher.ts';
import { formatInstant, MICROS_PER_SECOND, now } from '../db/time/instant.ts';
import { describeEachEngine } from './support/database.ts';
import { addThreshold, build } from './support/plant.ts';
import { toldOf } from './support/told.ts';

const NOTHING_EXPIRES = { breaches: null, rejected: null, mostRejected: null, runs: null };

describeEachEngine('a running watcher', (db) => {
  const quiet = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() });

  it('finds by itself what falls silent and which window begins, until it is stopped', async () => {
    await build(db, {
      locations: [{ id: 'W', factory: 'W' }],
      sensors: [{ id: 'w', location: 'W' }],
      readings: [['w', 'temperature', formatInstant(now() - MICROS_PER_SECOND), 40]],
    });
    const watcher = startWatcher({ store: db.store, log: quiet(), kept: NOTHING_EXPIRES });

    const silence = await addThreshold(db, { scope: { factory: 'W' }, min: 90, noDataAfter: '2s' });
    const window = await addThreshold(db, { scope: { factory: 'W' }, min: 30, level: 'CRITICAL', effectiveFrom: formatInstant(now() + MICROS_PER_SECOND) });

    await vi.waitFor(async () => expect(await toldOf(db, 'w')).toHaveLength(2), { timeout: 20_000, interval: 50 });
    expect(await toldOf(db, 'w')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(`OPENED w .*>NO_DATA - by ${silence}$`),
        expect.stringMatching(`OPENED w NORMAL>CRITICAL 40 by ${window}$`),
      ]),
    );
    await watcher.stop();
  });

  it('tries again what fails, and says so once, and that it is over', async () => {
    await db.pool.query('alter table catalogue rename to catalogue_away');
    const log = quiet();
    const watcher = startWatcher({ store: db.store, log, kept: NOTHING_EXPIRES });

    await vi.waitFor(() => expect(log.warn).toHaveBeenCalled(), { timeout: 20_000 });
    const failing = vi.spyOn(db.store.catalogue, 'current');
    await vi.waitFor(() => expect(failing.mock.calls.length).toBeGreaterThan(1), { timeout: 20_000 });
    expect(log.warn).toHaveBeenCalledTimes(1);
    await db.pool.query('alter table catalogue_away rename to catalogue');
    await vi.waitFor(() => expect(log.info).toHaveBeenCalledWith({}, 'watching again'), { timeout: 20_000 });

    await watcher.stop();
    expect(log.warn).toHaveBeenCalledTimes(1);
  });
});
