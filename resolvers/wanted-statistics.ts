import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import type { StatisticsMeasures } from '../db/statistics-statement.ts';
import { wantedMeasures } from './wanted-measures.ts';

const TIMES_OF_EXTREMES = ['minAt', 'maxAt'];
const TIMES_OF_ENDS = ['firstAt', 'lastAt'];
const SPACING = ['cadence', 'gaps', 'longestGap', 'expectedCount'];

/** Which statistics the answer shows: what is not asked for is not computed. What stands under a condition is taken for asked. */
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

const known = new WeakMap<readonly FieldNode[], ReadonlySet<string>>();

/** Looked up once a document, for its field asks for every holder. */
function namesBelow(info: GraphQLResolveInfo): ReadonlySet<string> {
  const names = known.get(info.fieldNodes) ?? new Set(info.fieldNodes.flatMap(({ selectionSet }) => [...namesIn(selectionSet, info)]));
  known.set(info.fieldNodes, names);
  return names;
}

/** The fields of one level, through fragments too. Validation has made sure that fragments do not contain themselves. */
function* namesIn(selectionSet: SelectionSetNode | undefined, info: GraphQLResolveInfo): Generator<string> {
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === 'Field') yield selection.name.value;
    else yield* namesIn(selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value]?.selectionSet : selection.selectionSet, info);
  }
}
