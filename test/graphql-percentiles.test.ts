import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { percentileOfValues } from './support/percentile-of-values.ts';
import { build } from './support/plant.ts';

const ASKED = 'metrics: ["temperature"], from: "2024-01-01", to: "2024-01-03"';

describeEachEngine('percentiles and ranges', (db) => {
  const readings = Array.from({ length: 97 }, (_, number): [string, string, string, number] => [
    `s${number % 3}`,
    'temperature',
    new Date(Date.UTC(2024, 0, 1) + number * 29 * 60_000).toISOString(),
    ((number * 7919) % 101) / 4 - 10,
  ]);
  const valuesOf = (from: number, to: number) =>
    readings.filter(([, , time]) => Date.parse(time) >= from && Date.parse(time) < to).map(([, , , value]) => value);

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }],
      sensors: ['s0', 's1', 's2'].map((id) => ({ id, location: 'a' })),
      readings,
    });
  });

  it('are those of all readings of a bucket, whatever share is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 2, max: 100 })), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('1h', '6h', '1d'),
        async (shares, bucket) => {
          const fields = shares.map((p, number) => `p${number}: percentile(p: ${p})`).join(' ');
          const { aggregates } = await ask(
            db.store,
            `{ aggregates(${ASKED}, bucket: "${bucket}") { points { start end count ${fields} } columns { ${fields} } } }`,
          );
          const [{ points, columns }] = aggregates;
          for (const [at, point] of points.entries()) {
            const values = valuesOf(Date.parse(point.start), Date.parse(point.end));
            expect(values).toHaveLength(point.count);
            for (const [number, p] of shares.entries()) {
              expect(point[`p${number}`]).toBeCloseTo(percentileOfValues(values, p <= 1 ? p : p / 100), 9);
              expect(columns[`p${number}`][at]).toBe(point[`p${number}`]);
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('stand beside what else is asked, of the same readings, and a range is the greatest less the least', async () => {
    const { aggregateRows } = await ask(
      db.store,
      `query ($p: Float! = 50) { aggregateRows(${ASKED}, bucket: "1d") { count min max range avg least: percentile(p: 0) greatest: percentile(p: 1) median: percentile(p: $p) } }`,
    );
    for (const [day, row] of aggregateRows.entries()) {
      const values = valuesOf(Date.UTC(2024, 0, 1 + day), Date.UTC(2024, 0, 2 + day));
      expect(row).toMatchObject({ count: values.length, least: row.min, greatest: row.max, range: Math.max(...values) - Math.min(...values) });
      expect(row.avg).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 9);
      expect(row.median).toBeCloseTo(percentileOfValues(values, 0.5), 9);
    }
  });

  it('follow their variable from request to request', async () => {
    const document = `query ($p: Float!, $shown: Boolean!) { aggregateRows(${ASKED}, bucket: "1w") { value: percentile(p: $p) also: percentile(p: 0.5) @include(if: $shown) } }`;
    const values = valuesOf(Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 3));

    for (const p of [0, 1, 99]) {
      const { aggregateRows } = await ask(db.store, document, { p, shown: p === 0 });
      expect(aggregateRows[0].value).toBeCloseTo(percentileOfValues(values, p <= 1 ? p : p / 100), 9);
      expect('also' in aggregateRows[0]).toBe(p === 0);
    }
  });

  it('say in the plan that they come from readings, and are refused where these are too many', async () => {
    const document = (fields: string) => `{ aggregates(${ASKED}, bucket: "1d") { plan { pieces { source } } points { ${fields} } } }`;

    expect((await ask(db.store, document('avg'))).aggregates[0].plan.pieces).toEqual([{ source: 'rollup_1d' }]);
    expect((await ask(db.store, document('avg percentile(p: 0.5)'))).aggregates[0].plan.pieces).toEqual([{ source: 'reading' }]);
    expect(await askForError(db.store, document('percentile(p: 0.5)'), {}, { limits: { maxReadings: 50 } })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('refuse a share that is none, and more than twenty', async () => {
    for (const p of [-0.1, 100.5]) {
      expect(await askForError(db.store, `{ aggregateRows(${ASKED}, bucket: "1d") { percentile(p: ${p}) } }`)).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'p',
        value: p,
        message: `p is ${p}, but a percentile is a share from 0 to 1, or above 1 to 100 as per cent`,
      });
    }
    const fields = Array.from({ length: 21 }, (_, number) => `p${number}: percentile(p: ${number / 100})`).join(' ');
    expect(await askForError(db.store, `{ aggregateRows(${ASKED}, bucket: "1d") { ${fields} } }`)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'p' });
  });
});
