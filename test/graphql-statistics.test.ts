import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';
import type { ExplainedPlan } from '../loaders/explained-plan.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute, knowingNoSpans } from './support/graphql.ts';
import { averageBySecond, secondsBySecond } from './support/held-by-second.ts';
import { addThreshold, build } from './support/plant.ts';
import { type MeasuredSeries, statisticsOf } from './support/statistics-of-readings.ts';

const FIELDS = `group { factory location { id } sensor { id } } metric { id } from to
  count expectedCount cadence gaps longestGap first firstAt last lastAt min minAt max maxAt avg sum range stddev median: percentile(p: 50) nearlyAll: percentile(p: 0.95)`;
const STATISTICS = `query ($from: TimeBound!, $to: TimeBound, $by: Grouping!, $sensors: [ID!]) {
  statistics(metrics: ["temperature"], from: $from, to: $to, by: $by, sensors: $sensors) { ${FIELDS} } }`;
/** What rollups answer, percentiles left out: another plan, and the same numbers. */
const FROM_ROLLUPS = STATISTICS.replace(/median.*0\.95\)/, '');

const START = Date.UTC(2024, 4, 1, 22) / 1000;
const HOUR = 3600;
const MOVED = START + 20 * HOUR;
const NOW = START + 60 * HOUR;
const SPAN = 50 * HOUR;

/** Every `cadence` seconds, now and then a little late, with some missing and one long stretch without any. */
function readingsOf(seed: number, cadence: number, until: number): readonly { readonly time: number; readonly value: number }[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const readings: { time: number; value: number }[] = [];
  for (let time = START + 60 * seed; time < START + until; time += cadence) {
    const number = readings.length;
    if (random() < 0.03 || (number > 40 && time < START + 9 * HOUR)) continue;
    readings.push({ time: time + (random() < 0.2 ? Math.floor(cadence / 4) : 0), value: Math.round(100 * (20 + 5 * Math.sin(number / 30) + random())) / 100 });
  }
  return readings;
}

const textOf = (second: number | null) => (second === null ? null : new Date(second * 1000).toISOString().replace('.000Z', 'Z'));
const secondsOf = (duration: string | null) => (duration === null ? null : exactMicros(parseDuration(duration, 'answer')) / 1_000_000);

describeEachEngine('statistics', (db) => {
  const moved = readingsOf(4, 240, SPAN);
  const always = [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }];
  const series: MeasuredSeries[] = [
    { sensor: 'a', location: 'L', stays: always, readings: readingsOf(1, 120, SPAN) },
    { sensor: 'B', location: 'L', stays: always, readings: readingsOf(2, 300, SPAN - 7 * HOUR) },
    { sensor: 'once', location: 'M', stays: always, readings: [{ time: START + 5 * HOUR, value: 24.5 }] },
    { sensor: 'moved', location: 'L', stays: [{ from: Number.NEGATIVE_INFINITY, to: MOVED }], readings: moved.filter(({ time }) => time < MOVED) },
    { sensor: 'moved', location: 'M', stays: [{ from: MOVED, to: Number.POSITIVE_INFINITY }], readings: moved.filter(({ time }) => time >= MOVED) },
  ];

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'L' }, { id: 'M' }],
      sensors: [
        { id: 'a', location: 'L' },
        { id: 'B', location: 'L' },
        { id: 'once', location: 'M' },
        { id: 'moved', location: 'L' },
        { id: 'silent', location: 'M' },
      ],
    });
    await build(db, { sensors: [{ id: 'moved', location: 'M', since: textOf(MOVED) }] });
    await build(db, {
      readings: series.flatMap(({ sensor, readings }) => readings.map(({ time, value }) => [sensor, 'temperature', textOf(time) ?? '', value] as const)),
    });
  });

  const clock = () => NOW * 1_000_000;
  const groupsBy: Readonly<Record<string, (one: MeasuredSeries) => string>> = {
    ALL: () => 'all',
    FACTORY: () => 'F',
    LOCATION: ({ location }) => location,
    SENSOR: ({ sensor }) => sensor,
  };

  /** The rows that are to come, by the group's name: all groups that had measured before the end. */
  function expectedRows(by: string, from: number, to: number) {
    const nameOf = groupsBy[by] ?? String;
    const names = [...new Set(series.filter(({ readings }) => (readings[0]?.time ?? to) < to).map(nameOf))].sort();
    return names.map((name) => ({
      name,
      row: statisticsOf(
        series.filter((one) => nameOf(one) === name),
        from,
        to,
        NOW,
      ),
    }));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is the document's.
  const nameOfRow = (by: string, { group }: any): string => ({ ALL: 'all', FACTORY: 'F', LOCATION: group.location?.id, SENSOR: group.sensor?.id })[by] ?? '';

  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is the document's.
  function expectRow(row: any, expected: ReturnType<typeof statisticsOf>): void {
    const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 8));
    const { count, gaps, expectedCount, min, max, first, last } = expected;
    expect(row).toMatchObject({ count, gaps, expectedCount, min, max, first, last });
    expect([row.minAt, row.maxAt, row.firstAt, row.lastAt]).toEqual([expected.minAt, expected.maxAt, expected.firstAt, expected.lastAt].map(textOf));
    expect([secondsOf(row.cadence), secondsOf(row.longestGap)]).toEqual([expected.cadence, expected.longestGap]);
    expect(row).toMatchObject({ sum: near(expected.sum), avg: near(expected.avg), range: near(expected.range), stddev: near(expected.stddev) });
    if ('median' in row) expect(row).toMatchObject({ median: near(expected.median), nearlyAll: near(expected.nearlyAll) });
  }

  /** Ranges that begin and end anywhere, before the first reading and after now too. */
  const anyRange = fc
    .tuple(fc.integer({ min: -5 * HOUR, max: 65 * HOUR }), fc.integer({ min: 1, max: 70 * HOUR }))
    .map(([from, length]) => ({ from: START + from, to: START + from + length }));

  async function compare(): Promise<void> {
    await fc.assert(
      fc.asyncProperty(anyRange, fc.constantFrom(...Object.keys(groupsBy)), fc.constantFrom(STATISTICS, FROM_ROLLUPS), async ({ from, to }, by, document) => {
        const { statistics } = await ask(db.store, document, { from: textOf(from), to: textOf(to), by }, { clock });
        const expected = expectedRows(by, from, to);

        expect(statistics.map((row: unknown) => nameOfRow(by, row)).sort()).toEqual(expected.map(({ name }) => name));
        for (const { name, row } of expected) {
          const found = statistics.find((one: unknown) => nameOfRow(by, one) === name);
          expectRow(found, row);
          expect([found.from, found.to, found.metric.id]).toEqual([textOf(from), textOf(to), 'temperature']);
        }
      }),
      { numRuns: 40 },
    );
  }

  it('are what the readings give, of any range and grouping, while the rollups are behind', compare);

  it('are the same from rollups that are current', async () => {
    await refreshStaleDays(db.store);
    await compare();
  });

  it('are the same after late and corrected readings', async () => {
    const [a] = series;
    const corrected = (a?.readings ?? []).map((reading, number) => (number % 97 === 0 ? { ...reading, value: 99.5 - number / 97 } : reading));
    const late = { time: START + 12 * HOUR + 7, value: -39 };
    const all = [...corrected, late].sort((x, y) => x.time - y.time);
    series[0] = { sensor: 'a', location: 'L', stays: always, readings: all };
    await build(db, { readings: all.map(({ time, value }) => ['a', 'temperature', textOf(time) ?? '', value] as const) });
    await compare();
  });

  it('tell whoever asks from what they were read, and how many days were behind', async () => {
    const explained = async (fields: string) => {
      const plans: ExplainedPlan[] = [];
      const document = `{ statistics(metrics: ["temperature"], by: SENSOR, from: "2024-05-01T22:30:00Z", to: "2024-05-03") { ${fields} } }`;
      await ask(db.store, document, {}, { clock, explain: (plan) => plans.push(plan) });
      return plans;
    };
    const pieces = [
      { source: 'rollup_15m', from: '2024-05-01T22:30:00Z', to: '2024-05-01T23:00:00Z' },
      { source: 'rollup_1h', from: '2024-05-01T23:00:00Z', to: '2024-05-02T00:00:00Z' },
      { source: 'rollup_1d', from: '2024-05-02T00:00:00Z', to: '2024-05-04T00:00:00Z' },
    ];
    const [plan] = await explained('count');
    expect(plan).toMatchObject({ metrics: ['temperature'], groups: 4, series: 5, bucket: 'PT49H30M', buckets: 1, pieces });
    // Those of the sensor that was corrected: the first, the second and the third day.
    expect(plan?.staleDays).toBe(3);
    await refreshStaleDays(db.store);
    expect(await explained('count')).toEqual([{ ...plan, staleDays: 0 }]);
    expect(await explained('percentile(p: 0.5)')).toMatchObject([
      { pieces: [{ source: 'reading', from: '2024-05-01T22:30:00Z', to: '2024-05-04T00:00:00Z' }], staleDays: 0 },
    ]);
  });

  it('take the lesser of two distances that are as frequent for the cadence', async () => {
    await build(db, {
      sensors: [{ id: 'even', location: 'M' }],
      readings: [0, 60, 120, 240, 360].map((second) => ['even', 'humidity', textOf(START + second) ?? '', 50] as const),
    });
    const question = (sensors: string) =>
      `{ statistics(metrics: ["humidity"], sensors: [${sensors}], by: ALL, from: "2024-05-01", to: "${textOf(START + 361)}") { cadence gaps longestGap expectedCount } }`;

    expect(await ask(db.store, question('"even"'), {}, { clock })).toEqual({
      statistics: [{ cadence: 'PT1M', gaps: 2, longestGap: 'PT2M', expectedCount: 7 }],
    });
    await build(db, {
      sensors: [{ id: 'slow', location: 'M' }],
      readings: [0, 300].map((second) => ['slow', 'humidity', textOf(START + second) ?? '', 50] as const),
    });
    expect(await ask(db.store, question('"even", "slow"'), {}, { clock })).toEqual({
      statistics: [{ cadence: 'PT1M', gaps: 2, longestGap: 'PT2M', expectedCount: 9 }],
    });
  });

  it('of a place and of a sensor are one row, empty where there is nothing', async () => {
    const document = `query ($from: TimeBound!, $to: TimeBound) {
      sensors { nodes { id statistics(metric: "temperature", from: $from, to: $to) { ${FIELDS} } } }
      locations { nodes { id statistics(metric: "temperature", from: $from, to: $to) { ${FIELDS} } } } }`;
    const [from, to] = [START + 3 * HOUR, START + 30 * HOUR];
    const { sensors, locations } = await ask(db.store, document, { from: textOf(from), to: textOf(to) }, { clock });

    for (const { id, statistics } of sensors.nodes)
      expectRow(
        statistics,
        statisticsOf(
          series.filter(({ sensor }) => sensor === id),
          from,
          to,
          NOW,
        ),
      );
    for (const { id, statistics } of locations.nodes)
      expectRow(
        statistics,
        statisticsOf(
          series.filter(({ location }) => location === id),
          from,
          to,
          NOW,
        ),
      );
    expect(sensors.nodes.find(({ id }: { id: string }) => id === 'silent').statistics).toMatchObject({
      count: 0,
      avg: null,
      cadence: null,
      gaps: null,
      first: null,
    });
    expect(sensors.nodes.map(({ statistics }: { statistics: { group: { sensor: { id: string } } } }) => statistics.group.sensor.id)).toEqual(
      sensors.nodes.map(({ id }: { id: string }) => id),
    );
  });

  it('weigh values by time and count seconds in each status, as a computation second by second does', async () => {
    await addThreshold(db, { level: 'WARNING', min: 24, noDataAfter: '10m' });
    const [from, to] = [START + 8 * HOUR, START + 10 * HOUR];
    const document = `query ($from: TimeBound!, $to: TimeBound) { statistics(metrics: ["temperature"], by: LOCATION, from: $from, to: $to) {
      group { location { id } } long: timeWeightedAvg(maxGap: "1d") timeWeightedAvg(maxGap: "5m")
      WARNING: timeIn(status: WARNING, thresholdsAsOf: NOW) NORMAL: timeIn(status: NORMAL, thresholdsAsOf: NOW) NO_DATA: timeIn(status: NO_DATA, thresholdsAsOf: NOW) } }`;
    const { statistics } = await ask(db.store, document, { from: textOf(from), to: textOf(to) }, { clock: () => Date.now() * 1000 });
    const rules = [{ level: 'WARNING' as const, min: 24, max: null, noDataAfter: 600, from: null, to: null, rank: 1 }];

    expect(statistics).toHaveLength(2);
    for (const row of statistics) {
      const there = series.filter(({ location }) => location === row.group.location.id);
      const world = { series: there, rules, now: Date.now() / 1000 };
      for (const status of ['WARNING', 'NORMAL', 'NO_DATA'])
        expect([status, row[status]]).toEqual([status, secondsBySecond(world, from, to, status, 'NOW', HOUR)]);
      const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 8));
      expect(row.long).toEqual(near(averageBySecond(world, from, to, 24 * HOUR)));
      expect(row.timeWeightedAvg).toEqual(near(averageBySecond(world, from, to, 300)));
    }
  }, 60_000);

  it('take as many statements for one place as for all, and no reading that is not needed', async () => {
    const document = `query ($ids: [ID!]) { locations(where: { ids: $ids }) { nodes { statistics(metric: "temperature", from: "2024-05", to: "2024-05") { ${FIELDS} timeIn(status: WARNING) } } } }`;
    const one = await execute(knowingNoSpans(db.store), document, { ids: ['L'] }, { clock });
    const all = await execute(knowingNoSpans(db.store), document, {}, { clock });

    expect([...one.errors, ...all.errors]).toEqual([]);
    // How much there is of the series, and all the rest, which tells of the catalogue.
    expect([one.statements, all.statements]).toEqual([2, 2]);
  });

  it('are charged for the readings that they take, which what rollups know does not', async () => {
    const asked = (fields: string) => `{ statistics(metrics: ["temperature"], from: "2024-05", to: "2024-05") { ${fields} } }`;
    const limits = { maxReadings: 10 };

    expect((await execute(db.store, asked('count min minAt avg stddev lastAt'), {}, { limits, clock })).errors).toEqual([]);
    for (const fields of ['cadence', 'gaps', 'expectedCount', 'longestGap', 'percentile(p: 0.5)', 'timeWeightedAvg']) {
      expect(await askForError(db.store, asked(fields), {}, { limits, clock })).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        what: 'readings to be read',
        limit: 10,
        rule: expect.stringContaining('fewer sensors'),
      });
    }
    expect(await askForError(db.store, asked('count'), {}, { limits: { maxPoints: 1 }, clock })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'points' });
  });

  it('are not charged for what is left out under a condition, which variables decide anew each time', async () => {
    const asked =
      'query ($no: Boolean!) { statistics(metrics: ["temperature"], from: "2024-05", to: "2024-05") { count ...S @include(if: $no) cadence @include(if: $no) } } fragment S on Statistics { gaps }';
    const limits = { maxReadings: 10 };
    const literal = asked.replace('($no: Boolean!) ', '').replaceAll('@include(if: $no)', '@skip(if: true)');

    for (const [document, no, isRefused] of [
      [literal, null, false],
      [asked, false, false],
      [asked, true, true],
      [asked, false, false],
    ] as const) {
      const { errors } = await execute(db.store, document, no === null ? {} : { no }, { limits, clock });
      expect(errors.map(({ code }) => code)).toEqual(isRefused ? ['LIMIT_EXCEEDED'] : []);
    }
  });

  it.each([
    ['statistics(metrics: ["nope"], from: "2024") { count }', { code: 'NOT_FOUND', field: 'metrics' }],
    ['statistics(metrics: ["temperature"], from: "2024", to: "2023") { count }', { code: 'BAD_USER_INPUT', field: 'from' }],
    ['statistics(metrics: ["temperature"], from: "2024") { percentile(p: 101) }', { code: 'BAD_USER_INPUT', field: 'p' }],
    ['statistics(metrics: ["temperature"], from: "2024") { timeIn(status: NORMAL, maxGap: "1mo") }', { code: 'BAD_USER_INPUT', field: 'maxGap' }],
    ['location(id: "L") { statistics(metric: "nope", from: "2024") { count } }', { code: 'NOT_FOUND', field: 'metric' }],
  ])('refuse { %s } by name', async (question, expected) => {
    expect(await askForError(db.store, `{ ${question} }`, {}, { clock })).toMatchObject(expected);
  });
});
