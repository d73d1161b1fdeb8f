import { type DocumentNode, type GraphQLSchema, getOperationAST, Kind, type OperationDefinitionNode, valueFromASTUntyped } from 'graphql';
import { conditionVariables, fragmentsOf } from './compile.ts';
import { type CostDirectives, readCostDirectives } from './cost-directives.ts';
import { type CostNode, costOf, planCost, sizeOf, type Variables } from './cost-plan.ts';

/** A validated document and what a request says beside it. */
export interface CostedRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Variables;
}

/** A field and what all of it together costs, without the fields below. */
export interface CostedField {
  /** Names in the response, from the root on, joined by dots. */
  readonly path: string;
  readonly cost: number;
}

/** Tells what requests cost before they are executed, by `@cost` and `@listSize` of the schema. */
export interface CostMeter {
  /** Field cost and type cost together. 0 where the request has no such operation, which execution will tell. */
  measure(request: CostedRequest): number;
  /** The field that costs most by itself; null where nothing costs anything. */
  dearest(request: CostedRequest): CostedField | null;
}

/** An operation taken apart once, for as long as its document is kept. */
interface PreparedOperation {
  readonly operation: OperationDefinitionNode;
  /** Of the variables that have some. */
  readonly defaults: Variables;
  /** The variables of @skip and @include. */
  readonly conditions: readonly string[];
  /** By the values of `conditions`. */
  readonly plans: Map<string, PlannedCost>;
}

interface PlannedCost {
  readonly nodes: readonly CostNode[];
  /** null where variables decide. */
  readonly fixed: number | null;
}

/** As many plans of one operation as the executor keeps, for the same reason. */
const MAX_PLANS = 16;

/** Reads the directives of a schema once. Where no variable sizes a list, a document costs a look-up from its second request on; else a sum over the fields that depend on it. */
export function createCostMeter(schema: GraphQLSchema): CostMeter {
  const directives = readCostDirectives(schema);
  const prepared = new WeakMap<DocumentNode, Map<string | null, PreparedOperation>>();
  const prepare = ({ document, operationName }: CostedRequest): PreparedOperation | null => {
    const operations = prepared.get(document) ?? new Map<string | null, PreparedOperation>();
    prepared.set(document, operations);
    const known = operations.get(operationName);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const fresh = { operation, defaults: defaultsOf(operation), conditions: conditionVariables(document), plans: new Map<string, PlannedCost>() };
    operations.set(operationName, fresh);
    return fresh;
  };
  return {
    measure(request) {
      const operation = prepare(request);
      if (operation === null) return 0;
      const variables = withDefaults(operation, request.variables);
      const { nodes, fixed } = planFor(schema, directives, request.document, operation, variables);
      return fixed ?? costOf(nodes, variables);
    },
    dearest(request) {
      const operation = prepare(request);
      if (operation === null) return null;
      const variables = withDefaults(operation, request.variables);
      return dearestOf(planFor(schema, directives, request.document, operation, variables).nodes, variables);
    },
  };
}

function planFor(schema: GraphQLSchema, directives: CostDirectives, document: DocumentNode, prepared: PreparedOperation, variables: Variables): PlannedCost {
  const { operation, conditions, plans } = prepared;
  let key = '';
  for (const name of conditions) key += variables[name] === true ? '1' : '0';
  const known = plans.get(key);
  if (known !== undefined) return known;
  // What is no condition is refused when it is executed; until then it counts as false.
  const decided = { ...variables, ...Object.fromEntries(conditions.map((name) => [name, variables[name] === true])) };
  const nodes = planCost({ schema, directives, operation, fragments: fragmentsOf(document), variables: decided });
  const planned = { nodes, fixed: nodes.every(({ fixed }) => fixed !== null) ? costOf(nodes, {}) : null };
  if (plans.size >= MAX_PLANS) plans.clear();
  plans.set(key, planned);
  return planned;
}

/** The defaults of an operation's variables; none of a variable that has none. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined || defaultValue.kind === Kind.NULL ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
    ),
  );
}

function withDefaults({ defaults }: PreparedOperation, given: Variables): Variables {
  for (const name in defaults) if (given[name] === undefined) return { ...defaults, ...given };
  return given;
}

/** A field counts as often as its parents. Of the types that a value may have, all are looked at. */
function dearestOf(nodes: readonly CostNode[], variables: Variables, parents = 1): CostedField | null {
  let most: CostedField | null = null;
  for (const node of nodes) {
    const members = parents * sizeOf(node, variables);
    const found = [{ path: node.path, cost: parents * node.own + members * node.each }, ...node.below.map((fields) => dearestOf(fields, variables, members))];
    for (const field of found) if (field !== null && field.cost > (most?.cost ?? 0)) most = field;
  }
  return most;
}
