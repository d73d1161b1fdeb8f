import type { GraphQLResolveInfo } from 'graphql';
import { membersText } from '../db/text-list.ts';
import type { AggregateNode } from '../loaders/aggregates.ts';
import type { ReadingNode } from '../loaders/latest.ts';
import { pointsOf } from '../loaders/points.ts';
import type { GroupedArguments } from '../loaders/value-loaders.ts';
import type { GraphQLContext } from './context.ts';
import { wantedMeasures } from './wanted-measures.ts';

/** Of what stands on the series of a reading, which the catalogue keeps as it is. */
const bySeries = { keyOf: ({ series }: ReadingNode) => series };

/** The rows of summaries, as the columns that they are kept in. */
const aggregateRows = {
  countOf: ({ values }: AggregateNode) => values.bucket.length,
  firstOf: (of: AggregateNode) => ({ of, at: 0 }),
  rowsOf: pointsOf,
  columns: 'AggregateColumns',
};

/**
 * What there is to know of fields beside their resolvers, so that answers can be written a column at a time (docs/adr/0016). Rows of the catalogue never change: where something
 * does, there is a new catalogue with new rows.
 */
export const forms = {
  lasting: new Set(['Location', 'Sensor', 'Metric']),
  standing: new Map([
    ['Reading.sensor', bySeries],
    ['Reading.location', bySeries],
    ['Reading.metric', bySeries],
  ]),
  rows: new Map([
    ['AggregateSeries.points', { ...aggregateRows, sources: (series: AggregateNode) => series, constants: new Set<string>() }],
    [
      'Query.aggregateRows',
      {
        ...aggregateRows,
        sources: async (_root: unknown, args: GroupedArguments, { open }: GraphQLContext, info: GraphQLResolveInfo) =>
          (await open()).values.aggregates(args, wantedMeasures(info)),
        constants: new Set(['factory', 'building', 'floor', 'area', 'location', 'sensor', 'metric', 'unit']),
      },
    ],
  ]),
  membersText,
};
