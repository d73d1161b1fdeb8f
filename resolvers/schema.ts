import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { aggregateResolvers } from './aggregate.ts';
import { alertResolvers } from './alert.ts';
import { breachResolvers } from './breach.ts';
import type { GraphQLContext } from './context.ts';
import { documentResolvers } from './document.ts';
import { downsampleResolvers } from './downsample.ts';
import { etlResolvers } from './etl.ts';
import { ingestResolvers } from './ingest.ts';
import { locationResolvers } from './location.ts';
import { metricResolvers } from './metric.ts';
import { readingResolvers } from './reading.ts';
import { scalarResolvers } from './scalar.ts';
import { sensorResolvers } from './sensor.ts';
import { statisticsResolvers } from './statistics.ts';
import { storeResolvers } from './store.ts';
import { subscriptionResolvers } from './subscription.ts';
import { tellEnumValues } from './tell-enum-values.ts';
import { thresholdResolvers } from './threshold.ts';
import { wouldChangeResolvers } from './would-change.ts';

/** The SDL lies beside the resolvers, in the source tree as in the built one. */
const SCHEMA_FOLDER = new URL('../schema/', import.meta.url);

/** The text of the SDL, one document a domain, by file name. */
function readTypeDefs(): string[] {
  const names = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8'));
}

/** The executable schema: the SDL and its resolvers. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema<GraphQLContext>({
    typeDefs: readTypeDefs(),
    resolvers: [
      scalarResolvers,
      locationResolvers,
      sensorResolvers,
      metricResolvers,
      readingResolvers,
      downsampleResolvers,
      statisticsResolvers,
      aggregateResolvers,
      thresholdResolvers,
      breachResolvers,
      alertResolvers,
      ingestResolvers,
      etlResolvers,
      wouldChangeResolvers,
      documentResolvers,
      storeResolvers,
      subscriptionResolvers,
    ],
  });
  tellEnumValues(schema);
  return schema;
}
