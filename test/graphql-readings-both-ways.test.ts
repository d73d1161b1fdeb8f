import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { build } from './support/plant.ts';

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $order: TimeOrder!, $from: TimeBound! = "2024-05", $sensors: [ID!]) {
  readings(from: $from, to: "2024-05", order: $order, first: $first, after: $after, last: $last, before: $before, sensors: $sensors) {
    nodes { time value sensor { id } metric { id } }
    edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

type Order = 'ASCENDING' | 'DESCENDING';

interface Reading {
  readonly time: string;
  readonly sensor: string;
  readonly metric: string;
  readonly value: number;
}

interface Connection {
  readonly nodes: readonly {
    readonly time: string;
    readonly value: number;
    readonly sensor: { readonly id: string };
    readonly metric: { readonly id: string };
  }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const SENSORS = ['a', 'B', 'é'];
const METRICS = ['wind_speed', 'dew_point'];
/** Instants that several series share, one microsecond apart, and on both sides of partitions and chunks. */
const TIMES = Array.from({ length: 60 }, (_, number) => {
  const second = Date.UTC(2024, 4, 1) + Math.floor(number / 3) * 36 * 3_600_000;
  return `${new Date(second).toISOString().slice(0, 19)}.00000${number % 3}Z`;
});

/** A reading's name: the key that the store has for it. */
const nameOf = ({ time, sensor, metric }: Reading) =>
  `${Date.parse(`${time.slice(0, 19)}Z`)} ${(/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(6, '0')} ${sensor} ${metric}`;

/** The order that the schema promises, computed from the readings alone. */
function sorted(readings: readonly Reading[], order: Order): readonly Reading[] {
  const keyOf = (reading: Reading) => nameOf(reading).split(' ');
  const ascending = [...readings].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    for (let i = 0; i < left.length; i += 1) {
      if (left[i] !== right[i]) return (left[i] ?? '') < (right[i] ?? '') ? -1 : 1;
    }
    return 0;
  });
  return order === 'ASCENDING' ? ascending : ascending.toReversed();
}

function read({ nodes }: Connection): readonly Reading[] {
  return nodes.map(({ time, value, sensor, metric }) => ({ time, value, sensor: sensor.id, metric: metric.id }));
}

const anyReading = fc.record({
  time: fc.constantFrom(...TIMES),
  sensor: fc.constantFrom(...SENSORS),
  metric: fc.constantFrom(...METRICS),
  value: fc.integer({ min: 0, max: 40 }),
});
const anyOrder = fc.constantFrom<Order>('ASCENDING', 'DESCENDING');
const anySize = fc.integer({ min: 1, max: 12 });

describeEachEngine('readings, page by page either way', (db) => {
  /** What is stored, by name. */
  const stored = new Map<string, Reading>();

  async function load(readings: readonly Reading[]): Promise<void> {
    await build(db, { readings: readings.map(({ time, sensor, metric, value }) => [sensor, metric, time, value] as const) });
    for (const reading of readings) stored.set(nameOf(reading), reading);
  }

  const page = async (variables: Record<string, unknown>): Promise<Connection> => (await ask(db.store, PAGE, variables)).readings;

  /** Whether a connection says truly what lies around a page, by the sorted list and the page's place in it. */
  function expectTruth({ pageInfo, nodes, edges }: Connection, expected: readonly Reading[], start: number): void {
    expect(pageInfo).toEqual({
      hasPreviousPage: start > 0,
      hasNextPage: start + nodes.length < expected.length,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    });
  }

  beforeAll(async () => {
    await build(db, { locations: [{ id: 'L' }, { id: 'M' }], sensors: SENSORS.map((id, number) => ({ id, location: number === 2 ? 'M' : 'L' })) });
    await load(fc.sample(anyReading, { numRuns: 120, seed: 5 }));
  });

  /** Goes from page to page until there is no more, and gives what was read, in the connection's order. */
  async function walk(order: Order, forward: boolean, turnOf: (turn: number) => Promise<number>, look: (page: Connection, read: number) => void) {
    const found: Reading[] = [];
    let cursor: string | null = null;
    for (let turn = 0, more = true; more; turn += 1) {
      const size = await turnOf(turn);
      const connection: Connection = await page(forward ? { order, first: size, after: cursor } : { order, last: size, before: cursor });
      found.splice(forward ? found.length : 0, 0, ...read(connection));
      look(connection, found.length);
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = connection.pageInfo;
      more = forward ? hasNextPage : hasPreviousPage;
      cursor = forward ? endCursor : startCursor;
    }
    return found;
  }

  it('are the sorted list in pages of any sizes, and each page knows what lies on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.array(anySize, { minLength: 1 }), fc.boolean(), async (order, sizes, forward) => {
        const expected = sorted([...stored.values()], order);
        const found = await walk(
          order,
          forward,
          async (turn) => sizes[turn % sizes.length] ?? 1,
          (connection, length) => expectTruth(connection, expected, forward ? length - connection.nodes.length : expected.length - length),
        );
        expect(found.map((reading) => [nameOf(reading), reading.value])).toEqual(expected.map((reading) => [nameOf(reading), reading.value]));
      }),
      { numRuns: 25 },
    );
  });

  it('lie between two cursors, counted from either end', async () => {
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.nat({ max: 200 }), fc.nat({ max: 200 }), anySize, fc.boolean(), async (order, a, b, size, isFirst) => {
        const expected = sorted([...stored.values()], order);
        const all = await page({ order, first: 1000 });
        const [after, before] = [a % expected.length, b % expected.length];
        const connection = await page({ order, [isFirst ? 'first' : 'last']: size, after: all.edges[after]?.cursor, before: all.edges[before]?.cursor });
        const between = expected.slice(after + 1, Math.max(after + 1, before));
        const wanted = isFirst ? between.slice(0, size) : between.slice(-size);

        expect(read(connection).map(nameOf)).toEqual(wanted.map(nameOf));
        // Of an empty page what lies behind begins at `before`, what lies before it ends with `after`.
        const start = wanted[0] === undefined ? null : expected.indexOf(wanted[0]);
        expect(connection.pageInfo).toMatchObject(
          start === null ? { hasPreviousPage: true, hasNextPage: true } : { hasPreviousPage: start > 0, hasNextPage: start + wanted.length < expected.length },
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are given once each while others arrive and are corrected in between, whichever way and whichever turns', async () => {
    const anyTurn = fc.record({ size: anySize, news: fc.array(anyReading, { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.array(anyTurn, { minLength: 5, maxLength: 20 }), fc.boolean(), async (order, turns, forward) => {
        const before = [...stored.keys()];
        // A correction keeps the key, so what stays stays where it is.
        const takeTurn = async (turn: number) => {
          const { size, news } = turns[turn % turns.length] ?? { size: 1, news: [] };
          if (news.length > 0 && turn < turns.length) await load(news);
          return size;
        };
        const seen = await walk(order, forward, takeTurn, (connection) => {
          const current = sorted([...stored.values()], order);
          const [first] = read(connection);
          expectTruth(
            connection,
            current,
            current.findIndex((reading) => first !== undefined && nameOf(reading) === nameOf(first)),
          );
        });
        const names = seen.map(nameOf);
        expect(new Set(names).size).toBe(names.length);
        expect(names).toEqual(sorted(seen, order).map(nameOf));
        expect(before.filter((name) => !names.includes(name))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it('can be gone through back and forth: the page before a page is the one that it came after', async () => {
    await fc.assert(
      fc.asyncProperty(anyOrder, anySize, async (order, size) => {
        const first = await page({ order, first: size });
        const second = await page({ order, first: size, after: first.pageInfo.endCursor });
        const back = await page({ order, last: size, before: second.pageInfo.startCursor });

        expect(read(back)).toEqual(read(first));
        expect(back.pageInfo).toEqual(first.pageInfo);
      }),
      { numRuns: 10 },
    );
  });

  it('behind the last and before the first are an empty page without cursors that knows where it is', async () => {
    const all = await page({ order: 'ASCENDING', first: 1000 });
    const behind = await page({ order: 'ASCENDING', first: 5, after: all.pageInfo.endCursor });
    const ahead = await page({ order: 'ASCENDING', last: 5, before: all.pageInfo.startCursor });

    expect(behind).toEqual({ nodes: [], edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null } });
    expect(ahead).toEqual({ nodes: [], edges: [], pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null } });
  });

  it('beyond a cursor that lies outside of the range are all or none of it', async () => {
    const all = await page({ order: 'ASCENDING', first: 1000 });
    const [early, late] = [all.pageInfo.startCursor, all.pageInfo.endCursor];
    const from = '2024-05-02';
    const inRange = all.nodes.filter(({ time }) => time >= from).length;

    expect(await page({ order: 'ASCENDING', from, first: 1000, after: early })).toMatchObject({ pageInfo: { hasPreviousPage: false, hasNextPage: false } });
    expect((await page({ order: 'ASCENDING', from, first: 1000, after: early })).nodes).toHaveLength(inRange);
    expect(await page({ order: 'ASCENDING', from, last: 1000, before: early })).toMatchObject({
      nodes: [],
      pageInfo: { hasPreviousPage: false, hasNextPage: true },
    });
    expect(await page({ order: 'DESCENDING', from, first: 1000, after: early })).toMatchObject({
      nodes: [],
      pageInfo: { hasPreviousPage: true, hasNextPage: false },
    });
    expect(await page({ order: 'DESCENDING', from, last: 3, before: late })).toMatchObject({
      nodes: [],
      pageInfo: { hasPreviousPage: false, hasNextPage: true },
    });
  });

  it('of each place and sensor are pages of their own, from the end too', async () => {
    const document = `query ($last: Int!) { locations { nodes { id readings(metric: "dew_point", from: "2024-05", to: "2024-05", last: $last) {
      nodes { value sensor { id } metric { id } time } pageInfo { hasNextPage hasPreviousPage } } } } }`;
    const { locations } = await ask(db.store, document, { last: 4 });

    const ofMetric = sorted([...stored.values()], 'ASCENDING').filter(({ metric }) => metric === 'dew_point');
    for (const { id, readings } of locations.nodes) {
      const there = ofMetric.filter(({ sensor }) => (sensor === 'é' ? 'M' : 'L') === id);
      expect(read(readings).map(nameOf)).toEqual(there.slice(-4).map(nameOf));
      expect(readings.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: there.length > 4 });
    }
  });

  it('of a thousand `last` by default have no `first` in their way, whether it is left out, null or a variable without a value', async () => {
    const expected = sorted([...stored.values()], 'ASCENDING')
      .slice(-2)
      .map(nameOf);
    const asked = [
      ask(db.store, '{ readings(from: "2024-05", to: "2024-05", last: 2) { nodes { time value sensor { id } metric { id } } } }'),
      ask(db.store, '{ readings(from: "2024-05", to: "2024-05", last: 2, first: null) { nodes { time value sensor { id } metric { id } } } }'),
      ask(db.store, PAGE, { order: 'ASCENDING', last: 2 }),
      ask(db.store, PAGE, { order: 'ASCENDING', last: 2, first: null }),
    ];

    for (const { readings } of await Promise.all(asked)) expect(read(readings).map(nameOf)).toEqual(expected);
  });

  it.each([
    ['first: 3, last: 2', 'last'],
    ['first: 1000, last: 2', 'last'],
    ['last: 0', 'last'],
    ['last: 1001', 'last'],
    ['before: "nonsense"', 'before'],
    ['last: 2, after: "nonsense"', 'after'],
  ])('refuse (%s) by name', async (given, field) => {
    const error = await askForError(db.store, `{ readings(from: "2024-05", to: "2024-05", ${given}) { nodes { value } } }`);

    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('refuse a `first` beside a `last` also where it comes by a variable or its default', async () => {
    const defaulted =
      'query ($first: Int = 5) { sensor(id: "a") { readings(metric: "dew_point", from: "2024-05", first: $first, last: 2) { nodes { value } } } }';

    expect(await askForError(db.store, PAGE, { order: 'ASCENDING', first: 7, last: 2 })).toMatchObject({ field: 'last', value: 2 });
    expect(await askForError(db.store, defaulted)).toMatchObject({ field: 'last', message: expect.stringContaining('first is 5') });
  });

  it('cost as many statements from the end as from the beginning, with cursors or without', async () => {
    const all = await page({ order: 'ASCENDING', first: 1000 });
    const statements = async (variables: Record<string, unknown>) => (await execute(db.store, PAGE, { order: 'ASCENDING', ...variables })).statements;
    const middle = all.edges[50]?.cursor;

    const first = await statements({ first: 5 });
    expect(await statements({ last: 5 })).toBe(first);
    expect(await statements({ first: 5, after: middle })).toBe(first);
    expect(await statements({ last: 5, before: middle, after: all.edges[3]?.cursor })).toBe(first);
  });
});
