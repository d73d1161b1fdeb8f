import { type FieldNode, GraphQLObjectType, type GraphQLResolveInfo, getArgumentValues } from 'graphql';
import type { Measure, Measures } from '../db/aggregate-values.ts';
import { readMeasures, type ShownMeasures } from '../loaders/measure-arguments.ts';
import type { StatusOf } from '../loaders/points.ts';
import { type FieldSearch, includedFields } from './included-fields.ts';

/** What was read of a document, and for which variables; none where they do not matter. */
interface Known {
  readonly measures: Measures;
  readonly variables: object | null;
}

const known = new WeakMap<readonly FieldNode[], Known>();

/** What the answer shows, and with which arguments: what is not asked for is not computed. Looked up once a document and set of variables, for its field asks for every holder. */
export function wantedMeasures(info: GraphQLResolveInfo): Measures {
  const before = known.get(info.fieldNodes);
  if (before !== undefined && (before.variables === null || before.variables === info.variableValues)) return before.measures;
  const found = createFound();
  const search: Search = { info, found, dependsOnVariables: false };
  for (const field of includedFields(info.fieldNodes, search, HOLDS_MEASURES)) collect(field, search);
  const { plain, percentiles, averages, timesIn } = found;
  const measures = readMeasures({
    // The deviation of a sample is over one less.
    count: plain.has('count') || plain.has('stddev'),
    sum: plain.has('sum'),
    avg: plain.has('avg'),
    extremes: plain.has('extremes'),
    stddev: plain.has('stddev'),
    firstLast: plain.has('firstLast'),
    percentiles,
    averages,
    timesIn,
  });
  known.set(info.fieldNodes, { measures, variables: search.dependsOnVariables ? info.variableValues : null });
  return measures;
}

interface Found {
  readonly plain: Set<Measure>;
  readonly percentiles: number[];
  readonly averages: string[];
  readonly timesIn: ShownMeasures['timesIn'][number][];
}

interface Search extends FieldSearch {
  readonly found: Found;
}

function createFound(): Found {
  return { plain: new Set(), percentiles: [], averages: [], timesIn: [] };
}

const PLAIN: Readonly<Record<string, Measure>> = {
  count: 'count',
  sum: 'sum',
  avg: 'avg',
  min: 'extremes',
  max: 'extremes',
  range: 'extremes',
  stddev: 'stddev',
  first: 'firstLast',
  last: 'firstLast',
};

/** What `status(of: …)` judges. */
const JUDGED: Readonly<Record<StatusOf, Measure>> = {
  WORST: 'extremes',
  MIN: 'extremes',
  MAX: 'extremes',
  AVG: 'avg',
  FIRST: 'firstLast',
  LAST: 'firstLast',
};

/** Notes what a field shows or judges. */
function collect(field: FieldNode, search: Search): void {
  const { found } = search;
  const plain = PLAIN[field.name.value];
  if (plain !== undefined) found.plain.add(plain);
  switch (field.name.value) {
    case 'status':
      found.plain.add(judgedBy(argumentsOf(field, search).of));
      break;
    case 'percentile':
      found.percentiles.push(Number(argumentsOf(field, search).p));
      break;
    case 'timeWeightedAvg':
      found.averages.push(String(argumentsOf(field, search).maxGap));
      break;
    case 'timeIn':
      found.timesIn.push(timeInOf(argumentsOf(field, search)));
      break;
  }
}

/** The arguments of a field of points, with variables and defaults put in; wherever such a field stands, it takes the same ones as a point. */
function argumentsOf(field: FieldNode, search: Search): Readonly<Record<string, unknown>> {
  const { schema, variableValues } = search.info;
  const type = schema.getType('AggregatePoint');
  const definition = type instanceof GraphQLObjectType ? type.getFields()[field.name.value] : undefined;
  if (definition === undefined) throw new Error(`a point has no field ${field.name.value}`);
  if (field.arguments?.some(({ value }) => value.kind === 'Variable')) search.dependsOnVariables = true;
  return getArgumentValues(definition, field, variableValues);
}

/** What a status is judged by; the schema has let nothing else through. */
function judgedBy(of: unknown): Measure {
  return isStatusOf(of) ? JUDGED[of] : JUDGED.WORST;
}

function isStatusOf(of: unknown): of is StatusOf {
  return typeof of === 'string' && of in JUDGED;
}

function timeInOf({ thresholdsAsOf, maxGap }: Readonly<Record<string, unknown>>): ShownMeasures['timesIn'][number] {
  return { thresholdsAsOf: thresholdsAsOf === 'NOW' ? 'NOW' : 'THEN', maxGap: String(maxGap) };
}

/** The fields of a summary below which its measures stand; others, such as its group, may have summaries of their own. */
const HOLDS_MEASURES: ReadonlySet<string> = new Set(['points', 'columns', 'compared']);
