import { describe, expect, it } from 'vitest';
import { CatalogueCache } from '../db/catalogue-cache.ts';
import { SeriesSpans } from '../db/series-spans.ts';
import type { Store } from '../db/store.ts';
import { useDatabase } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

const db = useDatabase();

/** Another process on the same database: what one learns the other does not. */
function anotherInstance(store: Store): Store {
  return { ...store, catalogue: new CatalogueCache(), spans: new SeriesSpans() };
}

describe('a change made by another instance', () => {
  it('is seen by the next question, whichever kind it is', async () => {
    const other = anotherInstance(db.store);
    await build(db, { locations: [{ id: 'a' }], sensors: [{ id: 's', location: 'a' }], readings: [['s', 'temperature', '2024-05-10T12:00:00Z', 30]] });
    const latest = '{ latest { value status sensor { location { factory } } } }';
    const points = '{ aggregates(metrics: ["temperature"], from: "20240510", to: "20240510", bucket: "1d") { points { avg status } } }';
    expect(await ask(other, latest)).toMatchObject({ latest: [{ value: 30, status: null }] });
    expect(await ask(other, points)).toEqual({ aggregates: [{ points: [{ avg: 30, status: null }] }] });

    await addThreshold(db, { min: 25, scope: {} });
    expect(await ask(other, latest)).toMatchObject({ latest: [{ value: 30, status: 'WARNING' }] });
    await addThreshold(db, { level: 'CRITICAL', min: 28, scope: {} });
    expect(await ask(other, points)).toEqual({ aggregates: [{ points: [{ avg: 30, status: 'CRITICAL' }] }] });

    await build(db, { locations: [{ id: 'b', factory: 'Busan' }] });
    expect(await ask(other, '{ location(id: "b") { factory } }')).toEqual({ location: { factory: 'Busan' } });
  });

  it('is seen before a name is refused as unknown', async () => {
    const other = anotherInstance(db.store);
    const question = '{ latest(metrics: ["oil_pressure"]) { value } }';
    expect((await askForError(other, question)).code).toBe('NOT_FOUND');

    await ask(db.store, 'mutation { saveMetrics(metrics: [{ id: "oil_pressure", name: "Oil pressure", unit: "bar" }]) { id } }');

    expect(await ask(other, question)).toEqual({ latest: [] });
  });

  it('shows in readings that lie beyond all that was known', async () => {
    const other = anotherInstance(db.store);
    const question = '{ aggregates(metrics: ["humidity"], from: "2020", to: "2024", bucket: "1y") { points { start count } } }';
    await build(db, { locations: [{ id: 'c' }], sensors: [{ id: 'h', location: 'c' }], readings: [['h', 'humidity', '2022-05-10T12:00:00Z', 40]] });
    expect(await ask(other, question)).toEqual({ aggregates: [{ points: [{ start: '2022-01-01T00:00:00Z', count: 1 }] }] });

    await build(db, { readings: [['h', 'humidity', '2020-02-01T00:00:00Z', 40] as const, ['h', 'humidity', '2024-02-01T00:00:00Z', 40] as const] });

    expect((await ask(other, question)).aggregates[0].points.map(({ start }: { start: string }) => start.slice(0, 4))).toEqual(['2020', '2022', '2024']);
  });

  it('costs no statement while there is none', async () => {
    const other = anotherInstance(db.store);
    await ask(other, '{ latest { value } }');

    expect((await execute(other, '{ latest { value } }')).statements).toBe(1);
    expect((await execute(other, '{ locations { nodes { id } } }')).statements).toBe(1);
  });
});
