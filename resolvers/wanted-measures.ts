import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import type { Measures } from '../db/aggregate-values.ts';
import type { StatusOf } from '../loaders/points.ts';

const known = new WeakMap<readonly FieldNode[], Measures>();

/** Which of the measures that cost extra the answer shows: what is not asked for is not computed. Looked up once a document, for its field asks for every holder. */
export function wantedMeasures(info: GraphQLResolveInfo): Measures {
  const measures = known.get(info.fieldNodes) ?? measuresBelow(info);
  known.set(info.fieldNodes, measures);
  return measures;
}

function measuresBelow(info: GraphQLResolveInfo): Measures {
  const shown = new Set(info.fieldNodes.flatMap(({ selectionSet }) => [...fieldsOf(selectionSet, info)].flatMap(measuresOf)));
  return {
    sum: shown.has('sum'),
    avg: shown.has('avg'),
    extremes: shown.has('extremes'),
    stddev: shown.has('stddev'),
    firstLast: shown.has('firstLast'),
  };
}

const MEASURES: Readonly<Record<string, keyof Measures>> = {
  sum: 'sum',
  avg: 'avg',
  min: 'extremes',
  max: 'extremes',
  stddev: 'stddev',
  first: 'firstLast',
  last: 'firstLast',
};

/** What `status(of: …)` judges. */
const JUDGED: Readonly<Record<StatusOf, keyof Measures>> = {
  WORST: 'extremes',
  MIN: 'extremes',
  MAX: 'extremes',
  AVG: 'avg',
  FIRST: 'firstLast',
  LAST: 'firstLast',
};

/** The measures that a field shows or judges. */
function measuresOf({ name, arguments: given = [] }: FieldNode): readonly (keyof Measures)[] {
  if (name.value !== 'status') return [MEASURES[name.value] ?? []].flat();
  const which = given.find((argument) => argument.name.value === 'of')?.value;
  if (which === undefined) return ['extremes'];
  // What a variable will be is not looked up.
  return which.kind === 'EnumValue' && isStatusOf(which.value) ? [JUDGED[which.value]] : ['extremes', 'avg', 'firstLast'];
}

function isStatusOf(text: string): text is StatusOf {
  return text in JUDGED;
}

/** All fields below, through fragments too. Validation has made sure that fragments do not contain themselves. */
function* fieldsOf(selectionSet: SelectionSetNode | undefined, info: GraphQLResolveInfo): Generator<FieldNode> {
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === 'Field') yield selection;
    yield* fieldsOf(selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value]?.selectionSet : selection.selectionSet, info);
  }
}
