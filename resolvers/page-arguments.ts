import type { GraphQLResolveInfo } from 'graphql';

/** The arguments of a page that may be taken from either end: where it is the last of something, a `first` that is only the schema's default is taken out. */
export function pageArguments<A extends { readonly first?: number | null; readonly last?: number | null }>(args: A, info: GraphQLResolveInfo): A {
  if (args.last === null || args.last === undefined || isGiven(info, 'first')) return args;
  return { ...args, first: null };
}

/** Whether a document gives an argument a value: a variable that neither the request nor the operation sets gives none. */
function isGiven({ fieldNodes, variableValues }: GraphQLResolveInfo, name: string): boolean {
  const value = fieldNodes[0]?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value !== undefined && (value.kind !== 'Variable' || value.name.value in variableValues);
}
