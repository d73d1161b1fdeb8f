import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import type { Measures } from '../db/aggregate-values.ts';

const known = new WeakMap<readonly FieldNode[], Measures>();

/** Which of the measures that cost extra the answer shows: what is not asked for is not computed. Looked up once a document, for its field asks for every holder. */
export function wantedMeasures(info: GraphQLResolveInfo): Measures {
  const measures = known.get(info.fieldNodes) ?? measuresBelow(info);
  known.set(info.fieldNodes, measures);
  return measures;
}

function measuresBelow(info: GraphQLResolveInfo): Measures {
  const fields = info.fieldNodes.flatMap(({ selectionSet }) => [...fieldsOf(selectionSet, info)]);
  return {
    extremes: fields.some(({ name }) => name.value === 'min' || name.value === 'max' || name.value === 'status'),
    stddev: fields.some(({ name }) => name.value === 'stddev'),
    firstLast: fields.some((field) => field.name.value === 'first' || field.name.value === 'last' || judgesEnds(field)),
  };
}

/** `status(of: FIRST)` needs the first value; what a variable will be is not looked up. */
function judgesEnds({ name, arguments: given = [] }: FieldNode): boolean {
  return (
    name.value === 'status' &&
    given.some(({ value }) => value.kind === 'Variable' || (value.kind === 'EnumValue' && (value.value === 'FIRST' || value.value === 'LAST')))
  );
}

/** All fields below, through fragments too. Validation has made sure that fragments do not contain themselves. */
function* fieldsOf(selectionSet: SelectionSetNode | undefined, info: GraphQLResolveInfo): Generator<FieldNode> {
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === 'Field') yield selection;
    yield* fieldsOf(selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value]?.selectionSet : selection.selectionSet, info);
  }
}
