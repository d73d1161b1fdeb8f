import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A search for what an answer shows. */
export interface FieldSearch {
  readonly info: GraphQLResolveInfo;
  /** Whether what is found may be another with other variables. */
  dependsOnVariables: boolean;
}

/**
 * All fields below some that an answer shows, through fragments too, and those below fields of the names that are `opened`. What `@skip` and `@include` leave out is left out.
 * Validation has made sure that fragments do not contain themselves.
 */
export function* includedFields(fields: readonly FieldNode[], search: FieldSearch, opened: ReadonlySet<string>): Generator<FieldNode> {
  for (const { selectionSet } of fields) yield* fieldsIn(selectionSet, search, opened);
}

function* fieldsIn(selectionSet: SelectionSetNode | undefined, search: FieldSearch, opened: ReadonlySet<string>): Generator<FieldNode> {
  for (const selection of selectionSet?.selections ?? []) {
    if (!isIncluded(selection, search)) continue;
    if (selection.kind === 'Field') {
      yield selection;
      if (opened.has(selection.name.value)) yield* fieldsIn(selection.selectionSet, search, opened);
    } else
      yield* fieldsIn(selection.kind === 'FragmentSpread' ? search.info.fragments[selection.name.value]?.selectionSet : selection.selectionSet, search, opened);
  }
}

function isIncluded(node: SelectionNode, search: FieldSearch): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  search.dependsOnVariables = true;
  const { variableValues } = search.info;
  if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}
