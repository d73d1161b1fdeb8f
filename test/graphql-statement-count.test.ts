import { describe, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, execute, knowingNoSpans } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';

const WALL = `query ($ids: [ID!], $first: Int) { locations(where: { ids: $ids }, first: $first) { totalCount nodes {
  id status thresholds { id } latest { value status sensor { id location { id } } metric { unit } }
  sensors { id lastSeen status metrics { id } latest { value status }
    readings(metric: "temperature", from: "2024-05-01", to: "2024-05-01", first: 2) { nodes { value status } pageInfo { hasNextPage } }
    aggregates(metric: "temperature", from: "2024-05-01", to: "2024-05-01", bucket: "6h") { plan { staleDays } points { avg status } } }
  aggregates(metric: "temperature", from: "2024-05-01", to: "2024-05-01", bucket: "1d") { points { avg status } } } } }`;

const NEWS = `query ($first: Int) {
  breaches(first: $first) { nodes { number message sensor { id } location { id } threshold { id } alert { id level threshold { id } } } }
  alerts(first: $first) { totalCount nodes { id breaches { number message } } }
  locations(first: $first) { nodes { openAlerts { id sensor { id } threshold { id } } } } }`;

describeEachEngine('one GraphQL request', (db) => {
  const count = 1000;
  const ids = Array.from({ length: count }, (_, index) => `L${String(index).padStart(4, '0')}`);

  it('sends the same number of statements for 1 and for 1,000 locations', async () => {
    await build(db, {
      locations: ids.map((id, index) => ({ id, factory: `F${index % 7}` })),
      sensors: ids.flatMap((id) => [
        { id: `${id}-a`, location: id },
        { id: `${id}-b`, location: id },
      ]),
      readings: ids.flatMap((id) => [
        [`${id}-a`, 'temperature', '2024-05-01T01:00:00Z', 20] as const,
        [`${id}-a`, 'temperature', '2024-05-01T13:00:00Z', 22] as const,
        [`${id}-b`, 'temperature', '2024-05-01T02:00:00Z', 30] as const,
      ]),
    });
    await addThreshold(db, { min: 25, scope: { factory: 'F1' } });

    await ask(db.store, '{ metrics { id } }');
    const one = await execute(knowingNoSpans(db.store), WALL, { ids: [ids[0]], first: 1000 });
    const all = await execute(knowingNoSpans(db.store), WALL, { ids, first: 1000 });

    expect(one.errors).toEqual([]);
    expect(all.errors).toEqual([]);
    expect(one.data.locations.nodes).toHaveLength(1);
    expect(all.data.locations.nodes).toHaveLength(count);
    expect(all.data.locations.nodes[1]).toMatchObject({
      id: 'L0001',
      status: 'WARNING',
      thresholds: [{ id: '1' }],
      latest: [
        { value: 22, status: 'NORMAL' },
        { value: 30, status: 'WARNING' },
      ],
      sensors: [
        { readings: { nodes: [{ value: 20 }, { value: 22 }] }, aggregates: { points: [{ avg: 20 }, { avg: 22 }] } },
        { readings: { nodes: [{ value: 30 }] }, aggregates: { points: [{ avg: 30, status: 'WARNING' }] } },
      ],
      aggregates: { points: [{ avg: 24, status: 'WARNING' }] },
    });
    // The latest readings; three times spans; readings; twice the rollups, which are all stale, and then what is around them. Each tells of the catalogue.
    expect(one.statements).toBe(9);
    expect(all.statements).toBe(one.statements);
  });

  it('sends the same number of statements for 1 and for 200 breaches, their alerts, and the alerts of a place', async () => {
    const alertIds = await recordAlerts(
      db,
      ids.slice(0, 200).map((id) => ({ sensor: `${id}-a`, openedAt: '2024-05-01T01:00:00Z' })),
    );
    await recordBreaches(
      db,
      ids.slice(0, 200).map((id, index) => ({ sensor: `${id}-a`, alertId: alertIds[index] ?? '', thresholdId: '1' })),
    );

    const one = await execute(db.store, NEWS, { first: 1 });
    const all = await execute(db.store, NEWS, { first: 200 });

    expect([...one.errors, ...all.errors]).toEqual([]);
    expect([one.data.breaches.nodes.length, all.data.breaches.nodes.length, all.data.alerts.nodes.length]).toEqual([1, 200, 200]);
    expect(all.data.alerts.totalCount).toBeGreaterThanOrEqual(200);
    expect(all.data.locations.nodes[199].openAlerts).toMatchObject([{ id: alertIds[199], threshold: { id: '1' } }]);
    // Breaches, and their alerts; alerts, how many, and their breaches; what is open at locations. Each tells of the catalogue.
    expect(one.statements).toBe(6);
    expect(all.statements).toBe(one.statements);
  });

  it('counts alerts only where it is asked for', async () => {
    expect(await execute(db.store, '{ alerts { nodes { id } } }')).toMatchObject({ errors: [], statements: 1 });
  });

  it('sends nothing for what is in the catalogue, but to see whether it is current', async () => {
    const { statements, errors } = await execute(
      db.store,
      '{ locations { nodes { id sensors { id location { id } metrics { id } } thresholds { id } } } metrics { id } thresholds { id } }',
    );

    expect(errors).toEqual([]);
    expect(statements).toBe(1);
  });

  it('sends nothing for questions about the schema', async () => {
    const { statements } = await execute(db.store, '{ __schema { types { name } } }');

    expect(statements).toBe(0);
  });

  describe('with a filter by status', () => {
    it('sends one statement, whatever the number of locations', async () => {
      const one = await execute(db.store, '{ locations(where: { status: [WARNING], ids: ["L0001"] }) { totalCount } }');
      const all = await execute(db.store, '{ locations(where: { status: [WARNING] }) { totalCount } }');

      expect([one.data.locations.totalCount, all.data.locations.totalCount]).toEqual([1, Math.ceil(count / 7)]);
      expect([one.statements, all.statements]).toEqual([1, 1]);
    });
  });
});
