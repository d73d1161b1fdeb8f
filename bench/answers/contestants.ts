import { fileURLToPath } from 'node:url';
import type { QuestionName, Variables } from './questions.ts';

/** A request, as the load generator sends it. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server that is measured. */
export interface Contestant {
  readonly name: string;
  readonly title: string;
  /** The name of the bare server beside which it is measured: the one in the same Node. */
  readonly beside: 'bare' | 'bare-22';
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The question as this server wants it. */
  readonly request: (question: QuestionName, variables: Variables) => Request;
  /** The data of an answer in the form that all are compared in. */
  readonly normalise: (question: QuestionName, data: unknown) => unknown;
}

const DOCUMENTS: Readonly<Record<QuestionName, string>> = {
  wall: `query Wall($first: Int!) {
  locations(first: $first) {
    nodes { id factory building floor area latest { sensor { id } metric { id } time value } }
  }
}`,
  day: `query Day($sensor: ID!, $metric: ID!, $from: TimeBound!, $to: TimeBound!) {
  sensor(id: $sensor) {
    aggregates(metric: $metric, from: $from, to: $to, bucket: "1h") { points { start min max avg } }
  }
}`,
  wide: `query Wide($sensors: [ID!]!, $metric: ID!, $from: TimeBound!, $to: TimeBound!) {
  sensors(ids: $sensors) {
    nodes { id aggregates(metric: $metric, from: $from, to: $to, bucket: "1h") { points { start avg } } }
  }
}`,
};

const NODE_22 = fileOf('../node_modules/node/bin/node');
const PRODUCTION = { NODE_ENV: 'production' };

const bare: Contestant = {
  name: 'bare',
  title: 'bare node:http + pg',
  beside: 'bare',
  command: [process.execPath, fileOf('../peers/bare.mjs')],
  environment: PRODUCTION,
  request: (question, variables) => ({ method: 'GET', path: `/${question}?${searchOf(variables)}` }),
  normalise: (_question, data) => withPlainTimes(data),
};

/** All that can be measured, by name. */
export const contestants: readonly Contestant[] = [
  {
    name: 'thermograph',
    title: 'Thermograph',
    beside: 'bare',
    command: [process.execPath, fileOf('../../dist/server/main.js'), 'serve'],
    environment: { ...PRODUCTION, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none' },
    request: (question, variables) => graphql(DOCUMENTS[question], variables),
    normalise: (_question, data) => withPlainTimes(data),
  },
  bare,
  { ...bare, name: 'bare-22', title: 'bare node:http + pg in Node 22', beside: 'bare-22', command: [NODE_22, fileOf('../peers/bare.mjs')] },
];

function graphql(query: string, variables: Variables): Request {
  return { method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) };
}

function searchOf(variables: Variables): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(variables) as [string, string | number | readonly string[]][]) {
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
  }
  return search.toString();
}

/** Every time in one of its forms: 2025-03-01T00:00:00Z and 2025-03-01T00:00:00.000000+00:00 are the same. */
function withPlainTimes(data: unknown): unknown {
  if (typeof data === 'string') return /^\d{4}-\d\d-\d\dT/.test(data) ? new Date(data).toISOString() : data;
  if (Array.isArray(data)) return data.map(withPlainTimes);
  return typeof data === 'object' && data !== null ? Object.fromEntries(Object.entries(data).map(([name, value]) => [name, withPlainTimes(value)])) : data;
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
