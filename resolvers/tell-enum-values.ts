import { type GraphQLEnumType, GraphQLError, type GraphQLSchema, isEnumType, isIntrospectionType, Kind } from 'graphql';

/** Has every enum of a schema say which values it has where it is given another: graphql-js names one only where that is spelt nearly right. */
export function tellEnumValues(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) if (isEnumType(type) && !isIntrospectionType(type)) tellValuesOf(type);
}

function tellValuesOf(type: GraphQLEnumType): void {
  const names = type.getValues().map(({ name }) => name);
  const rule = ` It is one of ${names.join(', ')}.`;
  const parseValue = type.parseValue.bind(type);
  const parseLiteral = type.parseLiteral.bind(type);
  type.parseValue = (value): unknown => orTold((): unknown => parseValue(value), rule);
  type.parseLiteral = (node, variables): unknown => {
    const isQuoted = node.kind === Kind.STRING && names.includes(node.value);
    return orTold((): unknown => parseLiteral(node, variables), isQuoted ? `${rule} In a document it is written without quotes.` : rule);
  };
}

/** What is done, or the error of it with more words. */
function orTold<T>(work: () => T, words: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(`${error.message}${words}`, { nodes: error.nodes ?? null });
  }
}
