import {
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';

/** What collecting fields depends on beside the selection. */
export interface CollectScope {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The fields asked of an object type by response name, in the order in which the document first names them (specification, 6.3.2 CollectFields). */
export function collectFields(
  scope: CollectScope,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  for (const node of selectionSets.flatMap((set) => [...fieldNodes(scope, type, set, seen)])) {
    const key = node.alias?.value ?? node.name.value;
    const known = fields.get(key);
    if (known === undefined) fields.set(key, [node]);
    else known.push(node);
  }
  return fields;
}

/** `seen`: the names of fragments that were spread in this selection already. */
function* fieldNodes(scope: CollectScope, type: GraphQLObjectType, { selections }: SelectionSetNode, seen: Set<string>): Generator<FieldNode> {
  for (const selection of selections) {
    if (!isIncluded(scope, selection)) continue;
    if (selection.kind === 'Field') {
      yield selection;
      continue;
    }
    const fragment = selection.kind === 'InlineFragment' ? selection : firstSpread(scope, selection, seen);
    if (fragment !== null && applies(scope, fragment.typeCondition, type)) yield* fieldNodes(scope, type, fragment.selectionSet, seen);
  }
}

/** A fragment that is spread twice in one selection adds nothing the second time. */
function firstSpread({ fragments }: CollectScope, { name }: FragmentSpreadNode, seen: Set<string>): FragmentDefinitionNode | null {
  if (seen.has(name.value)) return null;
  seen.add(name.value);
  return fragments[name.value] ?? null;
}

function isIncluded({ variables }: CollectScope, node: SelectionNode): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}

function applies({ schema }: CollectScope, condition: FragmentDefinitionNode['typeCondition'] | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined) return true;
  const wanted = typeFromAST(schema, condition);
  return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
}
