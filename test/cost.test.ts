import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  type ASTNode,
  concatAST,
  type DocumentNode,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  parse,
  printSchema,
  specifiedRules,
  ValuesOfCorrectTypeRule,
  VariablesInAllowedPositionRule,
  validate,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../bench/answers/random.ts';
import { createCostMeter } from '../execution/cost.ts';
import { readCostDirectives } from '../execution/cost-directives.ts';
import { createSchema } from '../resolvers/schema.ts';
import { createCostGuard } from '../server/cost-guard.ts';
import { drawDocument } from './support/random-document.ts';
import { reckonCost } from './support/reckoned-cost.ts';

const FOLDER = new URL('../schema/', import.meta.url);
const schema = createSchema();
const sdl = concatAST(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => parse(readFileSync(new URL(name, FOLDER), 'utf8'))),
);

/** With what the schema of the gateway has not: unions and interfaces as results, weights of types, values and arguments, lists that slice. */
const OTHER_SDL = `${readFileSync(new URL('cost.graphql', FOLDER), 'utf8')}
  type Query {
    things(first: Int = 7, last: Int, ids: [ID!]): ThingPage @listSize(assumedSize: 9, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"], requireOneSlicingArgument: false)
    named(ids: [ID!], loud: Int @cost(weight: "2.5")): [Named!]! @listSize(assumedSize: 4, slicingArguments: ["ids"], requireOneSlicingArgument: false) @cost(weight: "3")
    any(n: Int): [Any] @listSize(slicingArguments: ["n"], requireOneSlicingArgument: false)
    series(max: Int): [Series!]! @listSize(assumedSize: 6, slicingArguments: ["max"], sizedFields: ["points"], requireOneSlicingArgument: false)
    plain: [Thing!]!
    heavy: Heavy @cost(weight: "0")
  }
  interface Named { name: String thing: Thing @cost(weight: "4") }
  type Thing implements Named { name: String thing: Thing loud: Loud others(first: Int): [Thing!]! @listSize(assumedSize: 3, slicingArguments: ["first"], requireOneSlicingArgument: false) }
  type Heavy implements Named @cost(weight: "11") { name: String @cost(weight: "0.5") thing: Thing words: [Loud!]! @listSize(assumedSize: 5) }
  union Any = Thing | Heavy
  scalar Loud @cost(weight: "0.25")
  type ThingPage { nodes: [Thing!]! edges: [Edge!]! total: Int }
  type Edge { node: Thing! }
  type Series { points: [Thing!]! @listSize(assumedSize: 8) }
`;

function measured(of: GraphQLSchema, text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  return createCostMeter(of).measure({ document: parse(text), operationName: null, variables });
}

describe('the cost of a request', () => {
  it.each([
    ['the schema of the gateway', schema, sdl],
    ['a schema with all that the directives can say', makeExecutableSchema({ typeDefs: OTHER_SDL }), parse(OTHER_SDL)],
  ])('is on %s what a plain recursion over the document gives, for 500 random documents', (_name, of: GraphQLSchema, text: DocumentNode) => {
    const random = createRandom(17);
    const meter = createCostMeter(of);
    const costs = new Set<number>();
    for (let drawn = 0; drawn < 500; drawn += 1) {
      const asked = drawDocument(of, random);
      const document = parse(asked.text);
      const request = { document, operationName: null, variables: asked.variables };
      const reckoned = reckonCost(text, document, asked.variables);
      // Twice: as it is taken apart, and as it is remembered.
      expect([asked, meter.measure(request), meter.measure(request)]).toEqual([asked, expect.closeTo(reckoned, 6), expect.closeTo(reckoned, 6)]);
      costs.add(reckoned);
    }
    expect(costs.size).toBeGreaterThan(150);
  });

  it('draws documents that the schema finds valid but for values', () => {
    const random = createRandom(3);
    const drawn = Array.from({ length: 200 }, () => drawDocument(schema, random).text);
    const rules = specifiedRules.filter((rule) => rule !== ValuesOfCorrectTypeRule && rule !== VariablesInAllowedPositionRule);

    expect(drawn.flatMap((text) => validate(schema, parse(text), rules).map(({ message }) => message))).toEqual([]);
  });

  it.each([
    ['a value', '{ metrics { id } }', 1 + 20],
    ['a page by its first', '{ locations(first: 7) { nodes { id } } }', 1 + 1 + 1 + 7],
    ['a page by its default', '{ locations { nodes { id } } }', 1 + 1 + 1 + 100],
    ['nodes and edges of one page', '{ locations(first: 2) { nodes { id } edges { node { id } } } }', 1 + 1 + (1 + 2) + (1 + 2 * (1 + 1 + 1))],
    ['a list in a list', '{ locations(first: 3) { nodes { sensors { id } } } }', 2 + 1 + 3 * (1 + 1 + 10)],
    ['what is asked for twice under one name', '{ metrics { id } metrics { name } }', 1 + 20],
    ['what is asked for under two names', '{ a: metrics { id } b: metrics { id } }', 2 * 21],
    ['what is skipped', '{ metrics @skip(if: true) { id } }', 0],
    ['introspection', '{ __schema { types { name } } __typename }', 0],
  ])('of %s is as the documentation says', (_name, text, cost) => {
    expect(measured(schema, text)).toBe(cost);
  });

  it('follows variables, their defaults and conditions', () => {
    const text = 'query ($n: Int = 5, $deep: Boolean!) { locations(first: $n) { nodes { sensors @include(if: $deep) { id } } } }';

    expect(measured(schema, text, { deep: false })).toBe(3 + 5);
    expect(measured(schema, text, { deep: true })).toBe(3 + 5 * 12);
    expect(measured(schema, text, { deep: true, n: 2 })).toBe(3 + 2 * 12);
    expect(measured(schema, text, { deep: false, n: null })).toBe(3 + 100);
  });

  it('of fragments in fragments takes no longer than they are long', () => {
    const fragments = Array.from({ length: 400 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ');

    expect(measured(schema, `{ ...F0 } ${fragments} fragment F400 on Query { metrics { id } }`)).toBe(21);
  });

  it('of the whole of introspection is nothing', () => {
    expect(measured(schema, getIntrospectionQuery())).toBe(0);
  });
});

describe('the guard', () => {
  const text = '{ places: locations(first: 10) { nodes { sensors { metrics { id } } } } }';
  const cost = 2 + 1 + 10 * (1 + 1 + 10 * (1 + 1 + 5));
  const request = { document: parse(text), operationName: null, variables: {} };

  it('admits what costs just as much as is allowed', () => {
    expect(createCostGuard(schema, cost).admit(request)).toBe(cost);
    expect(createCostGuard(schema, cost).allows(request)).toBe(true);
  });

  it('refuses what costs one more, and names cost, limit and what costs most', () => {
    const guard = createCostGuard(schema, cost - 1);

    expect(guard.allows(request)).toBe(false);
    expect(() => guard.admit(request)).toThrow(
      expect.objectContaining({
        code: 'COST_EXCEEDED',
        details: {
          field: 'places.nodes.sensors.metrics',
          fieldCost: 10 * 10 * 6,
          cost,
          limit: cost - 1,
          rule: expect.stringContaining('smaller first, last or maxPoints'),
        },
      }),
    );
  });
});

describe('the directives of the schema', () => {
  /** Lists that are as long as the record behind them, which the list above them, the document or the input bounds. */
  const BOUNDED_BY_THEMSELVES = /^(\w+Connection\.(nodes|edges)|AggregateColumns\.\w+|DownsampledColumns\.\w+)$/;

  it('give every list a size, or a list above it does', () => {
    const directives = readCostDirectives(schema);
    const unsized = Object.values(schema.getTypeMap()).flatMap((type) =>
      isIntrospectionType(type) || !(isObjectType(type) || isInterfaceType(type))
        ? []
        : Object.values(type.getFields()).flatMap((field) => {
            const path = `${type.name}.${field.name}`;
            return isListType(getNullableType(field.type)) && directives.listSize(field) === null && !BOUNDED_BY_THEMSELVES.test(path) ? [path] : [];
          }),
    );

    expect(unsized.sort()).toEqual(LISTS_OF_VALUES);
  });

  it('size the nodes and edges of every connection by its arguments', () => {
    const directives = readCostDirectives(schema);
    const connections = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields())
            .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
            .map(
              (field) =>
                [
                  `${type.name}.${field.name}`,
                  directives.listSize(field),
                  field.args.map(({ name }) => name).filter((name) => name === 'first' || name === 'last'),
                ] as const,
            )
        : [],
    );

    expect(connections.length).toBeGreaterThan(5);
    for (const [path, size, args] of connections) expect([path, size?.sizedFields, size?.slicingArguments]).toEqual([path, ['nodes', 'edges'], args]);
  });

  it('stand on the schema as they were last reviewed', async () => {
    await expect(`${appliedDirectives(sdl).join('\n')}\n`).toMatchFileSnapshot('__snapshots__/costs.txt');
  });

  it('are told by introspection with their arguments', () => {
    expect(printSchema(schema)).toContain('directive @cost(');
    expect(schema.getDirective('listSize')?.args.map(({ name }) => name)).toEqual([
      'assumedSize',
      'slicingArguments',
      'sizedFields',
      'requireOneSlicingArgument',
    ]);
  });

  it.each([
    ['a weight that is no number', 'type Query { a: Int @cost(weight: "much") }', 'Query.a has weight "much"'],
    ['a weight below nothing', 'type Query { a: Int @cost(weight: "-1") }', 'Query.a has weight "-1"'],
    ['a weight of a field of an input', 'type Query { a(b: B): Int } input B { c: Int @cost(weight: "1") }', 'B.c has @cost, but'],
    [
      'a slicing argument that is not there',
      'type Query { a: [Int] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) }',
      '"first", which is not there',
    ],
    ['a sized field that is not there', 'type Query { a: Query @listSize(assumedSize: 3, sizedFields: ["nodes"]) }', '"nodes", which is not there'],
    [
      'a slicing argument that has to be given',
      'type Query { a(first: Int): [Int] @listSize(slicingArguments: ["first"]) }',
      'requireOneSlicingArgument: false',
    ],
  ])('are refused with %s', (_name, text, words) => {
    const typeDefs = `${readFileSync(new URL('cost.graphql', FOLDER), 'utf8')} ${text}`;

    expect(() => createCostMeter(makeExecutableSchema({ typeDefs }))).toThrow(words);
  });
});

/** As long as a document is: values, of which none costs anything. */
const LISTS_OF_VALUES: readonly string[] = ['StoredDocument.columns', 'StoredDocument.variables'];

/** A line for each place that has any, as they are written there. */
function appliedDirectives(document: DocumentNode): string[] {
  const lines: string[] = [];
  visit(document, {
    Directive(node, _key, _parent, _path, ancestors) {
      const places = ancestors.filter((each): each is ASTNode => 'kind' in each);
      const names = places.flatMap((each) => ('name' in each && each.name !== undefined ? [each.name.value] : []));
      lines.push(`${names.join('.')} ${node.loc?.source.body.slice(node.loc.start, node.loc.end)}`);
    },
  });
  return lines.sort();
}
