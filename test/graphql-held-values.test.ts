import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { averageBySecond, type HeldWorld, secondsBySecond } from './support/held-by-second.ts';
import { clockAt, type HeldWorldPlan, heldWorld, START, type StoredWorld, storeWorld, textOf } from './support/held-world.ts';

/** `HELD_WORLDS=1000 HELD_SEED=1` tries more of them, and always the same. */
const { HELD_WORLDS = '25', HELD_SEED } = process.env;
const RUNS = { numRuns: Number(HELD_WORLDS), ...(HELD_SEED === undefined ? {} : { seed: Number(HELD_SEED) }) };

const STATUSES = ['NORMAL', 'NO_DATA', 'WARNING', 'CRITICAL'];
const MEASURES = [...STATUSES, 'avg'].sort();
const TIMES_IN = ['short', 'long'].flatMap((gap) =>
  STATUSES.flatMap((status) => ['THEN', 'NOW'].map((asOf) => ({ name: `${status}_${asOf}_${gap}`, status, asOf, gap }))),
);
const timesIn = TIMES_IN.map(({ name, status, asOf, gap }) => `${name}: timeIn(status: ${status}, thresholdsAsOf: ${asOf}, maxGap: $${gap})`).join(' ');
const averages = ['short', 'long'].map((gap) => `avg_${gap}: timeWeightedAvg(maxGap: $${gap})`).join(' ');
const ASKED = `query ($metric: ID!, $factory: String!, $by: Grouping!, $from: TimeBound!, $to: TimeBound!, $bucket: Duration!, $fill: Fill!, $short: Duration!, $long: Duration!) {
  aggregates(metrics: [$metric], where: { factories: [$factory] }, by: $by, from: $from, to: $to, bucket: $bucket, fill: $fill) {
    group { location { id } sensor { id } }
    points { start end ...heldPoints }
    columns { ...heldColumns }
    ${timesIn}
  }
}
fragment heldPoints on AggregatePoint { ${averages} ${timesIn} }
fragment heldColumns on AggregateColumns { ${averages} ${timesIn} }`;

describeEachEngine('held values', (db) => {
  it('are averaged and judged as a computation second by second has it, also after a correction', async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(heldWorld, async (plan) => {
      const world = await storeWorld(db, plan);
      await compare(db, plan, world, seen);
      await world.correct();
      await compare(db, plan, world, seen);
    });
    // So few worlds may all lack one of the measures, as one draw in hundreds does; then more are drawn.
    for (let draws = 0; draws === 0 || (seen.size < MEASURES.length && draws < 10); draws += 1) await fc.assert(property, RUNS);
    expect([...seen].sort()).toEqual(MEASURES);
  }, 600_000);
});

/** Asks of a world, and compares every value. `seen` is told which measures were of something. */
async function compare(db: TestDatabase, plan: HeldWorldPlan, { metric, factory, groups }: StoredWorld, seen: Set<string>): Promise<void> {
  const { from, length, now, bucket, gaps, by, fill } = plan;
  const to = from + length;
  const variables = { metric, factory, by, from: textOf(from), to: textOf(to), bucket, fill, short: `PT${gaps[0]}S`, long: `PT${gaps[1]}S` };
  const { aggregates } = await ask(db.store, ASKED, variables, clockAt(now));
  for (const { group, points, columns, ...whole } of aggregates) {
    const name = { ALL: 'all', FACTORY: factory, LOCATION: group.location?.id, SENSOR: group.sensor?.id }[by];
    const found = groups.find((one) => one.name === name);
    if (found === undefined) throw new Error(`nobody expects the group ${name}`);
    const world: HeldWorld = { series: found.series, rules: found.rules, now };
    for (const [at, { start, end, ...shown }] of points.entries()) {
      const expected = expectedOf(world, Math.max(from, secondOf(start)), Math.min(to, secondOf(end)), gaps);
      expect(shown).toEqual(Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, value === null ? null : expect.closeTo(value, 8)])));
      for (const [key, values] of Object.entries(columns)) expect((values as unknown[])[at]).toBe(shown[key]);
      note(expected, seen);
    }
    const { avg_short: _short, avg_long: _long, ...expected } = expectedOf(world, from, to, gaps);
    expect(whole).toEqual(expected);
  }
}

function note(expected: Readonly<Record<string, number | null>>, seen: Set<string>): void {
  for (const [key, value] of Object.entries(expected)) if (value !== null && value > 0) seen.add(key.replace(/_(THEN|NOW|short|long).*/, ''));
}

function expectedOf(world: HeldWorld, from: number, to: number, [short, long]: readonly [number, number]): Readonly<Record<string, number | null>> {
  const seconds = TIMES_IN.map(({ name, status, asOf, gap }) => [name, secondsBySecond(world, from, to, status, asOf, gap === 'short' ? short : long)]);
  return { avg_short: averageBySecond(world, from, to, short), avg_long: averageBySecond(world, from, to, long), ...Object.fromEntries(seconds) };
}

function secondOf(text: string): number {
  return Date.parse(text) / 1000 - START;
}
