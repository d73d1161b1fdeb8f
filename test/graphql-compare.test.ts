import { Temporal } from 'temporal-polyfill';
import { beforeAll, describe, expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import { parseDuration, wholeDays } from '../db/time/duration.ts';
import type { Instant } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { createRandom } from './support/random.ts';
import { shiftedByTemporal } from './support/shifted-time.ts';
import { micros } from './support/zoned-time.ts';

/** From February of one year to April of the next, over both changes of the clocks of Europe, every three hours and some minutes. */
function readings(sensor: string, seed: number): [string, string, string, number][] {
  const random = createRandom(seed);
  const found: [string, string, string, number][] = [];
  for (let at = Date.parse('2023-02-01T00:00:00Z'); at < Date.parse('2024-05-01T00:00:00Z'); at += (3 * 60 + random.whole(0, 59)) * 60_000) {
    if (random.chance(0.9)) found.push([sensor, 'temperature', new Date(at).toISOString(), random.whole(0, 400) / 10]);
  }
  return found;
}

describeEachEngine('buckets that are compared', (db) => {
  const all = new Map([
    ['a', readings('s-a', 1)],
    ['b', readings('s-b', 2)],
  ]);

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }, { id: 'b' }],
      sensors: ['a', 'b'].map((id) => ({ id: `s-${id}`, location: id })),
      readings: [...all.values()].flat(),
    });
    await refreshStaleDays(db.store);
  }, 120_000);

  interface Point {
    readonly start: string;
    readonly end: string;
    readonly count: number;
    readonly sum: number | null;
    readonly min: number | null;
    readonly compared: Point | null;
  }
  const SHOWN = 'start end count sum min';
  const pointsOf = async (args: string, id = 'a'): Promise<readonly Point[]> => {
    const { location } = await ask(
      db.store,
      `{ location(id: "${id}") { aggregates(metric: "temperature", ${args}) { points { ${SHOWN} compared { ${SHOWN} compared { count } } } } } }`,
    );
    return location.aggregates.points;
  };
  const instant = (text: string): Instant => parseRfc3339(text) ?? Number.NaN;
  const timed = new Map([...all].map(([id, ofPlace]) => [id, ofPlace.map(([, , time, value]) => ({ at: instant(time), value }))]));
  const valuesWithin = (id: string, from: Instant, to: Instant): readonly number[] =>
    (timed.get(id) ?? []).filter(({ at }) => at >= from && at < to).map(({ value }) => value);

  const QUESTIONS: readonly (readonly [bucket: string, compare: string, zone: string, from: string, to: string])[] = [
    ['1d', '1mo', 'Europe/Berlin', '2024-03-01', '2024-03-31'],
    ['1d', '1y', 'Europe/Berlin', '2024-02-20', '2024-03-10'],
    ['1d', '52w', 'Europe/Berlin', '2024-03-25', '2024-04-05'],
    ['1h', '1d', 'Europe/Berlin', '2024-03-30', '2024-04-02'],
    ['1h', '1d', 'Europe/Berlin', '2023-10-28', '2023-10-31'],
    ['1h', '1w', 'America/St_Johns', '2023-11-04', '2023-11-13'],
    ['6h', '1w', 'Europe/Berlin', '2023-10-28', '2023-11-06'],
    ['1h', 'PT36H', 'Europe/Berlin', '2023-10-28', '2023-10-31'],
    ['1h', '1h', 'Australia/Lord_Howe', '2024-04-06', '2024-04-08'],
    ['15m', '1mo', 'Asia/Kathmandu', '2024-03-28', '2024-04-02'],
    ['1mo', '1y', 'Asia/Seoul', '2024-01', '2024-04'],
    ['1w', '1mo', 'America/New_York', '2024-03', '2024-04'],
    ['1d', 'P1M1DT6H', 'Europe/Berlin', '2024-03-20T05:17:00Z', '2024-04-11T13:03:00Z'],
  ];

  it.each(QUESTIONS)('of %s are those of %s before, by the calendar of %s (%s to %s)', async (bucket, compare, zone, from, to) => {
    const args = `bucket: "${bucket}", timezone: "${zone}", from: "${from}", to: "${to}", compare: "${compare}", fill: NULL`;
    const period = wholeDays(parseDuration(compare, 'compare'));
    const shifted = (text: string) => shiftedByTemporal(instant(text), period, zone);
    const bound = (text: string, edge: 'from' | 'to') => shiftedByTemporal(boundOf(text, edge, zone), period, zone);
    const [first, end] = [bound(from, 'from'), bound(to, 'to')];

    for (const id of all.keys()) {
      const points = await pointsOf(args, id);
      for (const { start, end: until, compared } of points) {
        const values = valuesWithin(id, Math.max(first, shifted(start)), Math.min(end, shifted(until)));
        expect(compared).toMatchObject({ count: values.length, min: values.length === 0 ? null : Math.min(...values), compared: null });
        expect([instant(compared?.start ?? ''), instant(compared?.end ?? '')]).toEqual([shifted(start), shifted(until)]);
        if (values.length > 0)
          expect(compared?.sum).toBeCloseTo(
            values.reduce((a, b) => a + b, 0),
            6,
          );
      }
    }
  });

  it('have together what the earlier period has, asked directly', async () => {
    for (const [bucket, compare, zone, from, to] of QUESTIONS) {
      const points = await pointsOf(`bucket: "${bucket}", timezone: "${zone}", from: "${from}", to: "${to}", compare: "${compare}", fill: NULL`);
      const period = wholeDays(parseDuration(compare, 'compare'));
      const [first, end] = [boundOf(from, 'from', zone), boundOf(to, 'to', zone)].map((each) =>
        new Date(shiftedByTemporal(each, period, zone) / 1000).toISOString(),
      );
      const direct = await pointsOf(`bucket: "10y", from: "${first}", to: "${end}"`);

      expect(points.reduce((sum, { compared }) => sum + (compared?.count ?? 0), 0)).toBe(direct.reduce((sum, { count }) => sum + count, 0));
    }
  });

  it('stand beside the points that have readings, where nothing is filled, and are null where they have none', async () => {
    const points = await pointsOf('bucket: "1mo", from: "2023-02", to: "2024-05", compare: "1y"');

    expect(points.map(({ start, compared }) => [start.slice(0, 7), compared?.start.slice(0, 7) ?? null])).toEqual([
      ...['02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'].map((month) => [`2023-${month}`, null]),
      ['2024-01', null],
      ...['02', '03', '04'].map((month) => [`2024-${month}`, `2023-${month}`]),
    ]);
  });

  it('are whole where the record of the present is shorter than the bucket', async () => {
    // The record ends with April, the bucket with the year: what it is compared with is not cut there.
    const [point] = await pointsOf('bucket: "1y", from: "2024", to: "2024", compare: "1y"');

    expect(point?.compared).toMatchObject({
      start: '2023-01-01T00:00:00Z',
      end: '2024-01-01T00:00:00Z',
      count: valuesWithin('a', instant('2023-01-01T00:00:00Z'), instant('2024-01-01T00:00:00Z')).length,
    });
  });

  it('are filled like the points beside them', async () => {
    const answer = async (args: string) =>
      (
        await ask(
          db.store,
          `{ location(id: "a") { aggregates(metric: "temperature", bucket: "1h", ${args}) { points { count avg filled compared { count avg filled } } } } }`,
        )
      ).location.aggregates.points;
    for (const fill of ['NULL', 'PREVIOUS', 'LINEAR']) {
      const direct = await answer(`from: "2024-03-10", to: "2024-03-12", fill: ${fill}`);
      const later = await answer(`from: "2024-03-11", to: "2024-03-13", fill: ${fill}, compare: "1d"`);

      expect(later.map(({ compared }: Point) => compared)).toEqual(direct.map(({ count, avg, filled }: Record<string, unknown>) => ({ count, avg, filled })));
    }
  });

  it('are the same as points, as columns and as rows', async () => {
    const measures = 'start end count min max avg sum stddev range first last filled provisional percentile(p: 0.9) status';
    for (const fill of ['NONE', 'NULL', 'PREVIOUS']) {
      const args = `metrics: ["temperature"], by: LOCATION, bucket: "6h", from: "2024-03-01", to: "2024-03-07", compare: "1mo", fill: ${fill}`;
      const { aggregates, aggregateRows } = await ask(
        db.store,
        `{ aggregates(${args}) { points { compared { ${measures} } } columns { start compared { ${measures} compared { start } } } } aggregateRows(${args}) { compared { ${measures} } } }`,
      );
      type Shown = Readonly<Record<string, unknown>>;
      type Series = {
        readonly points: readonly { readonly compared: Shown | null }[];
        readonly columns: { readonly start: readonly string[]; readonly compared: Readonly<Record<string, readonly unknown[]>> };
      };

      expect(aggregates.flatMap(({ points }: Series) => points)).toEqual(aggregateRows);
      for (const { points, columns } of aggregates as Series[]) {
        const { compared: none, ...compared } = columns.compared;
        expect(none).toBeNull();
        points.forEach((point, at) => {
          const values = Object.fromEntries(Object.entries(compared).map(([name, column]) => [name, column[at]]));
          if (point.compared === null) expect(values).toMatchObject({ count: 0, filled: true, avg: null, percentile: null });
          else expect(values).toEqual(point.compared);
        });
        for (const column of Object.values(compared)) expect(column).toHaveLength(columns.start.length);
      }
    }
  });

  it('cost one statement more for any number of groups, and none where nothing is compared', async () => {
    const statementsOf = async (args: string) => {
      const { statements, errors } = await execute(
        db.store,
        `{ aggregates(metrics: ["temperature"], bucket: "1d", from: "2024-03-01", to: "2024-03-05", ${args}) { points { compared { avg } } columns { compared { avg } } } }`,
      );
      expect(errors).toEqual([]);
      return statements;
    };
    await statementsOf('by: ALL');

    expect(await statementsOf('by: LOCATION')).toBe(1);
    expect(await statementsOf('by: LOCATION, compare: "1mo"')).toBe(2);
    expect(await statementsOf('by: ALL, compare: "1mo"')).toBe(2);
  });

  it('are charged as points', async () => {
    const question = (args: string) =>
      `{ aggregates(metrics: ["temperature"], bucket: "1h", from: "2024-03-01", to: "2024-03-01", ${args}) { points { count } } }`;
    const options = { limits: { maxPoints: 60 } };

    expect((await execute(db.store, question('fill: NULL'), {}, options)).errors).toEqual([]);
    expect(await askForError(db.store, question('fill: NULL, compare: "1d"'), {}, options)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      what: 'points',
      estimate: 96,
      limit: 60,
      message: expect.stringContaining('ask for a longer bucket, a smaller maxPoints, a shorter range'),
    });
  });

  describe('with a period', () => {
    it.each(['0s', 'P0D', 'nonsense', '-1d', '20000y', '99999999999999h'])('of %s are refused by name', async (compare) => {
      const question = `{ aggregates(metrics: ["temperature"], bucket: "1d", from: "2024-03-01", to: "2024-03-05", compare: "${compare}") { points { count } } }`;

      expect(await askForError(db.store, question)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'compare', value: compare });
    });
  });
});

/** A bound of the questions above: an instant, a date or a month of the zone. */
function boundOf(text: string, edge: 'from' | 'to', zone: string): Instant {
  if (text.includes('T')) return micros(Temporal.Instant.from(text));
  const isMonth = text.length === 7;
  const first = Temporal.PlainDate.from(isMonth ? `${text}-01` : text);
  return micros((edge === 'from' ? first : first.add(isMonth ? { months: 1 } : { days: 1 })).toZonedDateTime(zone));
}
