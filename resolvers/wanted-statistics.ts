import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { StatisticsMeasures } from '../db/statistics-statement.ts';
import { type FieldSearch, includedFields } from './included-fields.ts';
import { wantedMeasures } from './wanted-measures.ts';

const TIMES_OF_EXTREMES = ['minAt', 'maxAt'];
const TIMES_OF_ENDS = ['firstAt', 'lastAt'];
const SPACING = ['cadence', 'gaps', 'longestGap', 'expectedCount'];

/** Which statistics the answer shows: what is not asked for is not computed. */
export function wantedStatistics(info: GraphQLResolveInfo): StatisticsMeasures {
  const shown = namesBelow(info);
  const measures = wantedMeasures(info);
  const hasAny = (names: readonly string[]) => names.some((name) => shown.has(name));
  const extremeTimes = hasAny(TIMES_OF_EXTREMES);
  return {
    ...measures,
    extremes: measures.extremes || extremeTimes,
    firstLast: measures.firstLast || hasAny(TIMES_OF_ENDS),
    extremeTimes,
    spacing: hasAny(SPACING),
  };
}

/** What was read of a document, and for which variables; none where they do not matter. */
interface Known {
  readonly names: ReadonlySet<string>;
  readonly variables: object | null;
}

const known = new WeakMap<readonly FieldNode[], Known>();
const NONE: ReadonlySet<string> = new Set();

/** Looked up once a document and set of variables, for its field asks for every holder. */
function namesBelow(info: GraphQLResolveInfo): ReadonlySet<string> {
  const before = known.get(info.fieldNodes);
  if (before !== undefined && (before.variables === null || before.variables === info.variableValues)) return before.names;
  const search: FieldSearch = { info, dependsOnVariables: false };
  const names = new Set<string>();
  for (const { name } of includedFields(info.fieldNodes, search, NONE)) names.add(name.value);
  known.set(info.fieldNodes, { names, variables: search.dependsOnVariables ? info.variableValues : null });
  return names;
}
