import fc from 'fast-check';
import { buildSchema, execute, type GraphQLError, type GraphQLSchema, isObjectType, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { createExecutor } from '../execution/executor.ts';
import type { Forms } from '../execution/forms.ts';
import { stringifyAnswer } from '../execution/json-text.ts';

const SDL = `
  enum Colour { RED GREEN }
  type Query { tables: [Table!] rows: [Row!] parcels: [Parcel] }
  type Table { id: ID! rows: [Row]! columns: Columns }
  type Columns { number: [Float]! sure: [Float!] text: [String] colour: [Colour!]! scaled(by: Int = 1): [Int] }
  type Row { number: Float sure: Float! text: String colour: Colour scaled(by: Int = 1): Int owner: String! alone: Int }
  type Parcel { sender: Person! receiver: Person weight: Float }
  type Person { id: ID! name: String! town: String nick: String moves: Int }`;

interface Table {
  readonly id: string;
  readonly owner: string | null;
  readonly columns: Readonly<Record<'number' | 'sure' | 'text' | 'colour' | 'scaled', readonly unknown[]>>;
  readonly count: number;
  /** The column whose resolver throws where it is asked for as a whole. */
  readonly broken: string | null;
}

interface Row {
  readonly of: Table;
  readonly at: number;
}

interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly town: unknown;
}

interface World {
  readonly tables: readonly Table[];
  readonly parcels: readonly { readonly sender: Person; readonly receiver: Person | null; readonly weight: unknown }[];
}

const known = new WeakMap<readonly unknown[], string>();
/** Lists of texts that are numbers, as PostgreSQL gives them, are known; what was remembered of a frozen one is told again. */
const plain = fc.array(fc.constantFrom('1', '-2.5', '1e-07', '0'), { minLength: 1, maxLength: 4 }).map((list) => {
  known.set(list, list.join(','));
  return list;
});
const good = {
  number: fc.array(fc.constantFrom(1, -0, 0.5, 1e21, null, '2', '-0'), { minLength: 1, maxLength: 4 }),
  text: fc.array(fc.constantFrom('', 'a "b"', null, '체감온도'), { minLength: 1, maxLength: 4 }),
};
const table = fc
  .record({
    id: fc.constantFrom('t', 'u'),
    owner: fc.option(fc.constant('somebody'), { freq: 8 }),
    number: fc.oneof(plain, good.number),
    sure: fc.oneof(plain, good.number),
    text: good.text,
    colour: fc.array(fc.constantFrom('RED', 'GREEN', 'RED', 'BLUE'), { minLength: 1, maxLength: 4 }),
    scaled: fc.array(fc.constantFrom(1, 2, 3, 1.5), { minLength: 1, maxLength: 4 }),
    count: fc.nat({ max: 4 }),
    isFrozen: fc.boolean(),
    broken: fc.option(fc.constantFrom('number', 'text', 'scaled'), { freq: 4 }),
  })
  .map(({ id, owner, count, isFrozen, broken, ...columns }): Table => {
    const cut = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => {
        const list = Array.from({ length: count }, (_, at) => column[at % column.length]);
        if (known.has(column)) known.set(list, list.join(','));
        return [name, isFrozen ? Object.freeze(list) : list];
      }),
    );
    return { id, owner, count, broken, columns: cut as Table['columns'] };
  });
const person = fc.record({
  id: fc.constantFrom('p', 'q'),
  name: fc.option(fc.constant('P'), { freq: 9 }),
  town: fc.constantFrom('T', null, 'x\ny', Symbol.iterator),
});
const world = fc
  .record({ tables: fc.array(table, { maxLength: 3 }), people: fc.array(person, { minLength: 1, maxLength: 3 }), order: fc.array(fc.nat(), { maxLength: 6 }) })
  .map(({ tables, people, order }): World => {
    const personAt = (place: number): Person => people[place % people.length] ?? { id: '', name: null, town: null };
    return {
      tables,
      parcels: order.map((number) => ({
        sender: personAt(number),
        receiver: number % 3 === 0 ? null : personAt(number + 1),
        weight: number % 5 === 4 ? 'heavy' : number,
      })),
    };
  });

function fieldOf(schema: GraphQLSchema, type: string, name: string) {
  const found = schema.getType(type);
  const field = isObjectType(found) ? found.getFields()[name] : undefined;
  if (field === undefined) throw new Error(`${type}.${name}`);
  return field;
}

const schema = buildSchema(SDL);
const rowsOf = (of: Table): readonly Row[] => Array.from({ length: of.count }, (_, at) => ({ of, at }));
const scale = (value: unknown, by: number): unknown => (typeof value === 'number' ? value * by : value);
fieldOf(schema, 'Query', 'tables').resolve = (_root, _args, { tables }: World) => tables;
fieldOf(schema, 'Query', 'rows').resolve = (_root, _args, { tables }: World) => Promise.resolve(tables.flatMap(rowsOf));
fieldOf(schema, 'Query', 'parcels').resolve = (_root, _args, { parcels }: World) => parcels;
fieldOf(schema, 'Table', 'rows').resolve = rowsOf;
fieldOf(schema, 'Table', 'columns').resolve = (table: Table) => table;
fieldOf(schema, 'Row', 'owner').resolve = ({ of }: Row) => of.owner;
fieldOf(schema, 'Row', 'alone').resolve = ({ at }: Row) => at;
fieldOf(schema, 'Person', 'nick').resolve = ({ id, town }: Person) => (town === null ? null : `${id} of there`);
for (const name of ['number', 'sure', 'text', 'colour', 'scaled'] as const) {
  fieldOf(schema, 'Row', name).resolve = ({ of, at }: Row, { by = 1 }: { by?: number }) => scale(of.columns[name][at], by);
  fieldOf(schema, 'Columns', name).resolve = ({ columns, broken }: Table, { by = 1 }: { by?: number }) => {
    if (broken === name) throw new Error(`${name} is broken`);
    return by === 1 ? columns[name] : columns[name].map((value) => scale(value, by));
  };
}

const tables = { countOf: ({ count }: Table) => count, firstOf: (of: Table) => ({ of, at: 0 }), rowsOf, columns: 'Columns', constants: new Set(['owner']) };
const forms: Forms = {
  lasting: new Set(['Person']),
  standing: new Map([
    ['Parcel.sender', { keyOf: ({ sender }: World['parcels'][number]) => sender }],
    ['Parcel.receiver', { keyOf: (parcel: World['parcels'][number]) => parcel }],
  ]),
  rows: new Map([
    ['Table.rows', { ...tables, sources: (table: Table) => table }],
    ['Query.rows', { ...tables, sources: (_root: unknown, _args: unknown, context: World) => Promise.resolve(context.tables) }],
  ]),
  membersText: (list) => known.get(list) ?? null,
};
const executor = createExecutor(schema, forms);

const fieldsOf = (names: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }).map((fields) => `{ ${fields.join(' ')} }`);
const rowFields = fieldsOf(['number', 'sure', 'text', 'colour', 'scaled(by: $by)', 'twice: scaled(by: 2)', 'owner', 'alone', '__typename', 'again: number']);
const columnFields = fieldsOf(['number', 'sure', 'colour', 'scaled(by: $by)', '__typename']);
const personFields = fieldsOf(['id', 'name', 'town', 'nick', '__typename', 'moves']);
const source = fc
  .record({ rows: rowFields, inner: rowFields, columns: columnFields, sender: personFields, receiver: personFields })
  .map(
    ({ rows, inner, columns, sender, receiver }) =>
      `query ($by: Int = 1) { rows ${rows} tables { id rows ${inner} columns ${columns} } parcels { sender ${sender} receiver ${receiver} weight echo: weight } _: __typename ... @skip(if: true) { tables { rows { scaled(by: $by) } } } }`,
  );

function toldErrors(errors: readonly GraphQLError[] | undefined, data: unknown): ReadonlySet<string> {
  const isSeen = ({ path = [] }: GraphQLError) =>
    path.slice(0, -1).reduce<unknown>((value, key) => (value === null ? null : Object(value)[key]), data) !== null;
  return new Set(errors?.filter(isSeen).map(({ message, path }) => JSON.stringify([path, message])));
}

it('writes by forms what the resolvers give, also where values are wrong, missing or cannot be had a column at a time', async () => {
  await fc.assert(
    fc.asyncProperty(source, world, fc.integer({ min: 1, max: 2 }), async (text, context, by) => {
      const document = parse(text);
      expect(validate(schema, document)).toEqual([]);

      const reference = await execute({ schema, document, variableValues: { by }, contextValue: context });
      for (const time of ['first', 'second']) {
        const answer = await executor({ document, operationName: null, variables: { by }, context });

        const { data }: { data: unknown } = JSON.parse(stringifyAnswer({ data: answer.data }));
        expect(JSON.stringify(data), time).toBe(JSON.stringify(reference.data));
        expect(toldErrors(answer.errors, data), time).toEqual(toldErrors(reference.errors, data));
      }
    }),
    { numRuns: 500 },
  );
});
