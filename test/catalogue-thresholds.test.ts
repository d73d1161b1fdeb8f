import { expect, it } from 'vitest';
import { createThreshold, deleteThreshold, updateThreshold } from '../alerts/change-threshold.ts';
import { saveMetrics } from '../db/save-metric.ts';
import { now } from '../db/time/instant.ts';
import { useDatabase } from './support/database.ts';

const db = useDatabase();

const current = () => db.store.catalogue.current(db.store.writePool);

it('reads thresholds anew after each change of one, and only then', async () => {
  const input = { metric: 'temperature', level: 'WARNING', min: 50 } as const;
  const id = await createThreshold(db.store.writePool, input);
  const created = await current();
  await saveMetrics(db.store.writePool, [{ id: 'noise', name: 'Noise', unit: 'dB' }]);
  const other = await current();
  await updateThreshold(db.store.writePool, id, { ...input, min: 60 }, now());
  const updated = await current();
  await deleteThreshold(db.store.writePool, id, now());
  const deleted = await current();

  expect(other.version).toBeGreaterThan(created.version);
  expect(other.thresholds).toBe(created.thresholds);
  expect(updated.thresholds).toMatchObject([
    { min: 50, validTo: expect.any(Number) },
    { min: 60, validTo: null },
  ]);
  expect(deleted.thresholds).toMatchObject([
    { min: 50, validTo: expect.any(Number) },
    { min: 60, validTo: expect.any(Number) },
  ]);
});
