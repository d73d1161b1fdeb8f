import {
  execute,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  GraphQLObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { stringifyAnswer } from '../execution/json-text.ts';
import { createContext } from '../resolvers/context.ts';
import { createSchema } from '../resolvers/schema.ts';
import { createRequestExecutor } from '../server/execute-request.ts';
import { describeEachEngine } from './support/database.ts';
import { addThreshold, build } from './support/plant.ts';
import { createRandom, type Random } from './support/random.ts';

const schema = createSchema();
const executeRequest = createRequestExecutor(schema);
const DOCUMENTS = 300;
const DEEPEST = 5;
const SEED = 20_251_120;

/** What is given for an argument of this name, wherever it stands. Others that are optional are left out, and fields with others that are not are not asked. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  id: ['"a"', '"s1"', '"nobody"'],
  ids: ['["a", "b"]', '["s1", "s2", "loose"]', '[]'],
  metric: ['"temperature"', '"humidity"', '"nothing"'],
  metrics: ['["temperature"]', '["humidity", "temperature"]'],
  sensors: ['["s1", "s2", "s-b"]'],
  from: ['"2024-01-10"', '"2024-01-10T00:00:30Z"'],
  to: ['"2024-01-12"', '"2024-01-11T12:00:00+09:00"'],
  bucket: ['"1h"', '"1d"', '"1mo"', '"7m"'],
  timezone: ['"Asia/Seoul"', '"UTC"', '"Nowhere"'],
  by: ['ALL', 'FACTORY', 'AREA', 'LOCATION', 'SENSOR'],
  fill: ['NONE', 'NULL', 'PREVIOUS', 'LINEAR'],
  compare: ['"1d"', '"1h"'],
  maxPoints: ['10', '3'],
  method: ['LTTB', 'MIN_MAX'],
  first: ['1', '3', '0'],
  last: ['2'],
  p: ['0.5', '95', '-1'],
  maxGap: ['"10m"'],
  of: ['MIN', 'AVG', 'WORST'],
  where: ['{ factories: ["F"] }', '{ ids: ["a", "d"] }'],
};

function randomArguments(random: Random, args: readonly GraphQLArgument[]): string | null {
  const given: string[] = [];
  for (const argument of args) {
    const type = getNamedType(argument.type);
    const samples = ARGUMENTS[argument.name] ?? (isEnumType(type) ? type.getValues().map(({ name }) => name) : undefined);
    const isFitting = samples !== undefined && (argument.name !== 'where' || String(type) === 'LocationFilter') && (argument.name !== 'of' || isEnumType(type));
    const isNeeded = isRequiredArgument(argument);
    if (!isFitting && isNeeded) return null;
    if (!isFitting || (!isNeeded && random.chance(0.6))) continue;
    given.push(`${argument.name}: ${random.pick(samples)}`);
  }
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

/** Fields of a type, each under a name of its own, so that no two contradict each other. */
function randomSelection(random: Random, type: GraphQLObjectType, depth: number, most: number): string {
  const fields = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)) || depth < DEEPEST);
  const texts: string[] = random.chance(0.2) ? ['__typename'] : [];
  const count = fields.length === 0 ? 0 : random.whole(1, most);
  for (let i = 0; i < count; i++) {
    const text = randomField(random, random.pick(fields), depth);
    if (text !== null) texts.push(`f${i}: ${text}`);
  }
  if (random.chance(0.2)) texts.push(`... on ${type.name} { _: __typename }`);
  return `{ ${texts.length === 0 ? '__typename' : texts.join(' ')} }`;
}

function randomField(random: Random, field: GraphQLField<unknown, unknown>, depth: number): string | null {
  const args = randomArguments(random, field.args);
  if (args === null) return null;
  const head = `${field.name}${args}${random.chance(0.2) ? ' @include(if: $yes)' : ''}`;
  const type = getNamedType(field.type);
  if (type instanceof GraphQLObjectType) {
    const isOfMany = isListType(getNullableType(field.type));
    return `${head} ${randomSelection(random, type, depth + 1, isOfMany ? 6 : 4)}`;
  }
  return isLeafType(type) ? head : null;
}

/** Errors as they are told, where and what, of those that no null above their place hides: which of the others are told, the specification leaves open. */
function toldErrors(errors: readonly GraphQLError[] | undefined, data: unknown): ReadonlySet<string> {
  const isSeen = ({ path = [] }: GraphQLError) =>
    path.slice(0, -1).reduce<unknown>((value, key) => (value === null ? null : Object(value)[key]), data) !== null;
  return new Set(errors?.filter(isSeen).map(({ message, path }) => JSON.stringify([path, message])));
}

describeEachEngine('the executor', (db) => {
  const now = parseRfc3339('2024-01-11T06:00:00Z') ?? 0;

  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'a', factory: 'F', building: 'X', floor: 2, area: 'a "p"' },
        { id: 'b', factory: 'F', building: 'X', floor: 2, area: 'p' },
        { id: 'd', factory: 'F' },
      ],
      sensors: [{ id: 's1', location: 'a' }, { id: 's2', location: 'a' }, { id: 's-b', location: 'b' }, { id: 'loose' }],
      readings: ['s1', 's2', 's-b', 'loose'].flatMap((sensor, rank) =>
        Array.from({ length: 60 }, (_, minute) => [
          [
            sensor,
            'temperature',
            `2024-01-10T${String(minute % 24).padStart(2, '0')}:${String(minute).padStart(2, '0')}:0${rank}Z`,
            minute % 7 === 0 ? -0 : minute * 0.1 - rank,
          ] as const,
          [sensor, 'humidity', `2024-01-1${minute % 3}T10:${String(minute).padStart(2, '0')}:00.25Z`, (minute * 1e-7) % 100] as const,
        ]).flat(),
      ),
    });
    await addThreshold(db, { min: 3, scope: { factory: 'F' } });
    await addThreshold(db, { min: 5, level: 'CRITICAL', scope: { location: 'a' }, noDataAfter: '10m' });
  });

  it('answers real documents of all shapes as graphql-js does with the plain resolvers', async () => {
    const random = createRandom(SEED);
    const query = schema.getQueryType();
    if (!query) throw new Error('the schema has no queries');
    const options = {
      limits: { maxPoints: 100_000, maxReadings: 5_000_000 },
      ingest: () => Promise.reject(new Error('a query loads nothing')),
      clock: () => now,
    };
    const shown = new Set<string>();
    let clean = 0;
    for (let i = 0; i < DOCUMENTS; i++) {
      const source = `query ($yes: Boolean = true) ${randomSelection(random, query, 0, 3)}`;
      const document = parse(source);
      expect(
        validate(schema, document).filter(({ message }) => message !== 'Variable "$yes" is never used.'),
        source,
      ).toEqual([]);
      const variables = { yes: random.chance(0.8) };

      const reference = await execute({ schema, document, variableValues: variables, contextValue: createContext(db.store, options) });
      const answer = await executeRequest(
        { document, operationName: null, variables },
        { knownCatalogue: () => db.store.catalogue.known, createContext: (assumed) => createContext(db.store, { ...options, assumed }) },
      );

      const { data }: { data: unknown } = JSON.parse(stringifyAnswer({ data: answer.data }));
      expect(JSON.stringify(data), source).toBe(JSON.stringify(reference.data));
      expect(toldErrors(answer.errors, data), source).toEqual(toldErrors(reference.errors, data));
      expect(answer.errors === undefined, source).toBe(reference.errors === undefined);
      if (answer.errors !== undefined) continue;
      clean += 1;
      for (const [, name = ''] of source.matchAll(/: (\w+)[^{}]*\{/g)) shown.add(name);
    }
    // What was drawn is worth the comparison.
    expect(clean).toBeGreaterThan(DOCUMENTS / 4);
    for (const name of ['aggregateRows', 'columns', 'latest', 'nodes', 'points', 'readings']) expect(shown).toContain(name);
  });
});
