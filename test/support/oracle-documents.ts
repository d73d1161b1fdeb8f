import type { OracleMeasure, OracleMeasures } from './oracle-measures.ts';

/** What an answer is asked in. */
export type OracleShape = 'POINTS' | 'COLUMNS' | 'ROWS';

/** Whose summaries are asked for: of all groups, of one place or device, or of a page of places. */
export type OracleHolder = 'QUERY' | 'LOCATION' | 'SENSOR' | 'CONNECTION';

/** What a document asks for; one that asks for the same has the same text. */
export interface DocumentPlan {
  readonly holder: OracleHolder;
  readonly shapes: readonly OracleShape[];
  readonly measures: OracleMeasures;
  /** Whether the points of a period earlier are asked for. */
  readonly compares: boolean;
  /** How it was answered would be a second list in a file. */
  readonly isExported?: boolean;
}

/** Arguments of measures that come as variables: their numbers change from request to request, the text stays. */
const ARGUMENT_TYPES = { p: 'Float!', maxGap: 'Duration!', status: 'Status!', asOf: 'ThresholdsAsOf!' } as const;

const ARGUMENTS = {
  QUERY: { metrics: '[ID!]!', by: 'Grouping!', where: 'LocationFilter', sensors: '[ID!]' },
  LOCATION: { id: 'ID!', metric: 'ID!' },
  SENSOR: { id: 'ID!', metric: 'ID!' },
  CONNECTION: { where: 'LocationFilter', first: 'Int', metric: 'ID!' },
} as const;

const TIME_ARGUMENTS = {
  from: 'TimeBound!',
  to: 'TimeBound',
  bucket: 'Duration',
  maxPoints: 'Int',
  timezone: 'TimeZone',
  fill: 'Fill!',
  compare: 'Duration',
} as const;
const GROUP = 'group { factory building floor area location { id } sensor { id } } metric { id } bucket timezone';
const PLAN = 'plan { staleDays pieces { source from to } }';
const ROW_KEY = 'factory building floor area location sensor metric unit';
const POINT = 'start end count filled provisional';

/** As GraphQL: the same for the same plan, whatever its numbers. */
export function writeDocument(plan: DocumentPlan): string {
  const { holder, shapes, measures } = plan;
  const time = argumentsOf(TIME_ARGUMENTS);
  const ofHolder = holder === 'QUERY' ? argumentsOf(ARGUMENTS.QUERY) : 'metric: $metric';
  const series = `aggregates(${ofHolder}, ${time}) { ${seriesFields(plan)} }`;
  const root = {
    QUERY: [
      shapes.some((shape) => shape !== 'ROWS') ? series : '',
      shapes.includes('ROWS') ? `aggregateRows(${ofHolder}, ${time}) { ${rowFields(plan)} }` : '',
    ].join(' '),
    LOCATION: `location(id: $id) { id ${series} }`,
    SENSOR: `sensor(id: $id) { id ${series} }`,
    CONNECTION: `locations(where: $where, first: $first) { totalCount pageInfo { hasNextPage } edges { cursor node { id } } nodes { id ${series} } }`,
  }[holder];
  return `query (${declarations({ ...ARGUMENTS[holder], ...TIME_ARGUMENTS })} ${variablesOf(measures)}) { ${root} }`;
}

function seriesFields({ shapes, measures, compares, isExported = false }: DocumentPlan): string {
  const fields = `${POINT} ${selectionOf(measures)}`;
  const compared = compares ? `compared { ${fields} }` : '';
  const totals = Object.entries(measures).filter(([, measure]) => measure.kind === 'timeIn');
  return [
    GROUP,
    isExported ? '' : PLAN,
    shapes.includes('POINTS') ? `points { ${fields} ${compared} }` : '',
    shapes.includes('COLUMNS') ? `columns { ${fields} ${compared} }` : '',
    selectionOf(Object.fromEntries(totals)),
  ].join(' ');
}

function rowFields({ measures, compares }: DocumentPlan): string {
  const fields = `${POINT} ${selectionOf(measures)}`;
  return `${ROW_KEY} ${fields} ${compares ? `compared { ${fields} }` : ''}`;
}

/** The fields of measures. */
export function selectionOf(measures: OracleMeasures): string {
  return Object.entries(measures)
    .map(([name, measure]) => writeMeasure(name, measure))
    .join(' ');
}

function writeMeasure(name: string, measure: OracleMeasure): string {
  switch (measure.kind) {
    case 'summary':
      return measure.field;
    case 'percentile':
      return `${name}: percentile(p: $${name}_p)`;
    case 'timeWeightedAvg':
      return `${name}: timeWeightedAvg(maxGap: $${name}_maxGap)`;
    case 'timeIn':
      return `${name}: timeIn(status: $${name}_status, thresholdsAsOf: $${name}_asOf, maxGap: $${name}_maxGap)`;
    case 'status':
      return `${name}: status(of: ${measure.of})`;
  }
}

/** The variables of measures: what they are named, and what they are. */
export function measureVariables(measures: OracleMeasures): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const [name, measure] of Object.entries(measures)) {
    if (measure.kind === 'percentile') variables[`${name}_p`] = measure.p;
    if (measure.kind === 'timeWeightedAvg' || measure.kind === 'timeIn') variables[`${name}_maxGap`] = `PT${measure.maxGap / 1_000_000}S`;
    if (measure.kind === 'timeIn') Object.assign(variables, { [`${name}_status`]: measure.status, [`${name}_asOf`]: measure.thresholdsAsOf });
  }
  return variables;
}

/** The declarations of what `measureVariables` gives. */
export function variablesOf(measures: OracleMeasures): string {
  return Object.keys(measureVariables(measures))
    .map((name) => `$${name}: ${ARGUMENT_TYPES[name.slice(name.indexOf('_') + 1) as keyof typeof ARGUMENT_TYPES]}`)
    .join(' ');
}

function declarations(types: Readonly<Record<string, string>>): string {
  return Object.entries(types)
    .map(([name, type]) => `$${name}: ${type}`)
    .join(' ');
}

function argumentsOf(types: Readonly<Record<string, string>>): string {
  return Object.keys(types)
    .map((name) => `${name}: $${name}`)
    .join(', ');
}
