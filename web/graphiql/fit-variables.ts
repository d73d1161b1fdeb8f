/** A query and its variables, as JSON text. */
interface Example {
  readonly query: string;
  readonly variables: string;
}

/**
 * The variables that go with what now stands in the editor of the query: null leaves them as they are, and what somebody wrote is always left. Those of an
 * example are taken away from a query written over its own, which has none of them, and come back with it.
 */
export function fitVariables(query: string, variables: string, examples: readonly Example[]): string | null {
  if (variables.trim() === '') return examples.find((example) => example.query === query)?.variables ?? null;
  return examples.some((example) => example.variables === variables) && !asksForAny(query, variables) ? '' : null;
}

function asksForAny(query: string, variables: string): boolean {
  return [...variables.matchAll(/"(\w+)":/g)].some(([, name]) => query.includes(`$${name}`));
}
