import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';

/** A query of any fields of a schema, valid but for the values of arguments that are no numbers, and values of its variables. */
export interface RandomDocument {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Draws documents with aliases, fragments, defaults, lists, @skip and @include, by numbers from 0 to below 1. */
export function drawDocument(schema: GraphQLSchema, random: () => number): RandomDocument {
  const fragments: string[] = [];
  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  let names = 0;
  const fresh = () => {
    names += 1;
    return names;
  };
  const upTo = (count: number) => Math.floor(random() * count);
  const pick = <T>(members: readonly T[]): T => members[upTo(members.length)] as T;

  /** Given, left to its default, null, or not there at all. */
  const variable = (type: string, value: unknown, fallback: unknown): string => {
    const name = `v${fresh()}`;
    const hasDefault = !type.endsWith('!') && random() < 0.4;
    definitions.push(`$${name}: ${type}${hasDefault ? ` = ${JSON.stringify(fallback)}` : ''}`);
    const way = type.endsWith('!') ? 0 : random();
    if (way < 0.6) variables[name] = value;
    else if (way < 0.7) variables[name] = null;
    return `$${name}`;
  };
  const condition = (): string => {
    if (random() > 0.25) return '';
    const value = random() < 0.5;
    return ` @${random() < 0.5 ? 'skip' : 'include'}(if: ${random() < 0.5 ? variable('Boolean!', value, value) : value})`;
  };
  const argument = ({ name, type }: GraphQLArgument): string => {
    const text = String(type);
    if (text.startsWith('Int')) return `${name}: ${random() < 0.5 ? variable(text, upTo(50), upTo(50)) : upTo(50)}`;
    if (text.startsWith('[')) {
      const list = Array.from({ length: upTo(4) }, (_, at) => `x${at}`);
      return `${name}: ${random() < 0.5 && text.startsWith('[ID') ? variable(text, list, []) : JSON.stringify(list)}`;
    }
    return `${name}: "x"`;
  };
  const fieldText = (field: GraphQLField<unknown, unknown>, depth: number): string => {
    const given = field.args.filter((each) => isRequiredArgument(each) || random() < 0.4).map(argument);
    const below = isLeafType(getNamedType(field.type)) ? '' : ` ${selection(getNamedType(field.type), depth - 1)}`;
    // Names of their own, so that no two fields are to be one but those that are the same to the letter.
    const text = `f${fresh()}: ${field.name}${given.length === 0 ? '' : `(${given.join(', ')})`}${condition()}${below}`;
    return random() < 0.1 ? `${text} ${text}` : text;
  };
  const selection = (type: GraphQLNamedType, depth: number): string => {
    if (isUnionType(type))
      return `{ __typename ${type
        .getTypes()
        .map((each) => `... on ${each.name} ${selection(each, depth)}`)
        .join(' ')} }`;
    if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`${type.name} has no fields`);
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)));
    const parts = Array.from({ length: 1 + upTo(4) }, () => (fields.length === 0 ? '__typename' : part(type, pick(fields), depth)));
    return `{ ${parts.join(' ')} }`;
  };
  const part = (type: GraphQLNamedType, field: GraphQLField<unknown, unknown>, depth: number): string => {
    const way = random();
    if (way < 0.1) return `...${condition()} { ${fieldText(field, depth)} }`;
    if (way < 0.2) return `... on ${type.name}${condition()} { ${fieldText(field, depth)} }`;
    if (way < 0.3) {
      const name = `F${fresh()}`;
      fragments.push(`fragment ${name} on ${type.name} { ${fieldText(field, depth)} }`);
      const spread = `...${name}${condition()}`;
      return random() < 0.3 ? `${spread} ...${name}` : spread;
    }
    return way < 0.35 ? '__typename' : fieldText(field, depth);
  };

  const query = schema.getQueryType();
  if (!query) throw new Error('the schema has no queries');
  const body = selection(query, 4);
  return { text: [`query${definitions.length === 0 ? '' : `(${definitions.join(', ')})`} ${body}`, ...fragments].join('\n'), variables };
}
