import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.ts';

/** The SDL lies beside the resolvers, in the source tree as in the built one. */
const SCHEMA_FOLDER = new URL('../schema/', import.meta.url);

/** The text of the SDL, one document a domain, by file name. */
export function readTypeDefs(): readonly string[] {
  const names = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8'));
}

/** The executable schema: the SDL and its resolvers. */
export function createSchema(): GraphQLSchema {
  return makeExecutableSchema<GraphQLContext>({ typeDefs: [...readTypeDefs()], resolvers: [] });
}
