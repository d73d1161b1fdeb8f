import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mostAgeParts } from '../loaders/charge-held.ts';
import { describeEachEngine } from './support/database.ts';
import { askForError, execute } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

describe('the parts that ages make of readings', () => {
  it('are never more than they are charged for, but for the one that holds at the end', () => {
    const drawn = fc.record({
      lengths: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 200 }),
      ages: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }),
      bucket: fc.integer({ min: 5, max: 4000 }),
      limit: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(drawn, ({ lengths, ages, bucket, limit }) => {
        const time = lengths.reduce((sum, length) => sum + length, 0);
        const cuts = Array.from({ length: Math.ceil(time / bucket) + 1 }, (_, place) => place * bucket);
        const parted = agePartsOf(lengths, ages, bucket, (length) => (length > limit ? 1 : 0));

        expect(parted).toBeLessThanOrEqual(mostAgeParts({ cuts, cells: null, edges: [limit], ages: [0, ...ages.sort((a, b) => a - b)] }, lengths.length, time));
      }),
      { numRuns: 500 },
    );
  });

  it('are few of one long bucket, and as many as readings and ages of many short ones', () => {
    const line = (buckets: number) => ({ cuts: Array.from({ length: buckets + 1 }, (_, place) => place * 1000), cells: null, edges: [], ages: [0, 1, 2, 3] });

    expect(mostAgeParts(line(1), 1_000_000, 1e9)).toBe(3 + 3 * 5);
    expect(mostAgeParts(line(1_000_000), 1_000_000, 1e9)).toBe(3 + 3_000_000);
  });
});

/** By looking at each reading: those that lie in one bucket, hold alike and reach the same ages count once, those over a bucket's end each for itself. */
function agePartsOf(lengths: readonly number[], ages: readonly number[], bucket: number, kindOf: (length: number) => number): number {
  const together = new Map<string, number>();
  let at = 0;
  let parts = 0;
  for (const length of lengths) {
    const reached = ages.filter((age) => age <= length).length;
    const cell = Math.floor(at / bucket);
    if (Math.floor((at + length) / bucket) === cell) together.set(`${cell} ${kindOf(length)} ${reached}`, reached);
    else parts += reached;
    at += length;
  }
  return parts + [...together.values()].reduce((sum, reached) => sum + reached, 0);
}

describeEachEngine('values that are told apart by many ages', (db) => {
  const AGES = 40;

  beforeAll(async () => {
    const start = Date.parse('2024-01-01T00:00:00Z');
    await build(db, {
      locations: [{ id: 'many' }, { id: 'one' }],
      sensors: [
        { id: 'm', location: 'many' },
        { id: 'o', location: 'one' },
      ],
      readings: ['m', 'o'].flatMap((sensor) =>
        Array.from({ length: 96 }, (_, quarter) => [sensor, 'temperature', new Date(start + quarter * 900_000).toISOString(), quarter % 7] as const),
      ),
    });
    await addThreshold(db, { min: 30, scope: { location: 'one' }, noDataAfter: '1m' });
    for (let age = 1; age <= AGES; age++) await addThreshold(db, { min: 30 + age, max: 30.5 + age, scope: { location: 'many' }, noDataAfter: `${age}s` });
  }, 120_000);

  const question = (location: string, to: string, asked: string) =>
    `{ location(id: "${location}") { ${asked}(metric: "temperature", from: "2024-01-01", to: "${to}") { timeIn(status: NO_DATA) } } }`;
  const limits = { limits: { maxReadings: 1000 } };

  it.each(['aggregates', 'statistics'])('are refused in %s where that is too much, with what makes it so much', async (asked) => {
    const refusal = await askForError(db.store, question('many', '2024-01-02', asked), {}, limits);

    expect(refusal).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'readings to be read', limit: 1000 });
    expect(refusal.message).toContain(`by ${AGES + 1} different ages`);
    expect(refusal.message).toContain('or give thresholds the same noDataAfter');
  });

  it.each([
    ['one', '2024-01-02'],
    ['many', '2024-01-01T02:00:00Z'],
  ])('are answered at %s until %s, where there is less to do', async (location, to) => {
    expect((await execute(db.store, question(location, to, 'aggregates'), {}, limits)).errors).toEqual([]);
  });
});
