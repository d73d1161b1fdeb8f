import { APOLLO, POSTGRAPHILE, THERMOGRAPH } from './documents.ts';
import { fromPostgraphile } from './from-postgraphile.ts';
import { benchFile } from './processes.ts';
import { type QuestionName, type Variables, variableSets } from './questions.ts';

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
  /** Whether what it writes to standard output is thrown away. */
  readonly isQuiet?: true;
  /** The question as this server wants it; null where it is not asked it. */
  readonly request: (question: QuestionName, variables: Variables) => Request | null;
  /** The data of an answer, or the text of a file, in the form that all are compared in. */
  readonly normalise: (question: QuestionName, data: unknown) => unknown;
}

const NODE_22 = benchFile('node_modules/node/bin/node');
const PRODUCTION = { NODE_ENV: 'production' };

const thermograph: Contestant = {
  name: 'thermograph',
  title: 'Thermograph',
  beside: 'bare',
  command: [process.execPath, benchFile('../dist/server/main.js'), 'serve'],
  environment: { ...PRODUCTION, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none' },
  request: (question, variables) => (isFile(question) ? exportOf(question, variables) : graphql(THERMOGRAPH[question], variables)),
  normalise: (_question, data) => withPlainTimes(data),
};

const bare: Contestant = {
  name: 'bare',
  title: 'bare node:http + pg',
  beside: 'bare',
  command: [process.execPath, benchFile('peers/bare.mjs')],
  environment: { ...PRODUCTION, BARE: 'dates' },
  request: (question, variables) => ({ method: 'GET', path: `/${question}?${searchOf(variables)}` }),
  normalise: (_question, data) => withPlainTimes(data),
};

/** All that can be measured. */
export const contestants: readonly Contestant[] = [
  thermograph,
  {
    ...thermograph,
    name: 'thermograph-info',
    title: 'Thermograph with LOG_LEVEL=info, a line a request',
    environment: { ...thermograph.environment, LOG_LEVEL: 'info' },
    isQuiet: true,
  },
  bare,
  { ...bare, name: 'bare-text', title: 'bare, times left as text instead of made Dates', environment: { ...PRODUCTION, BARE: 'text' } },
  {
    ...bare,
    name: 'bare-json',
    title: "bare, PostgreSQL's JSON sent through",
    environment: { ...PRODUCTION, BARE: 'json' },
    request: (question, variables) => (APOLLO[question] === undefined ? null : bare.request(question, variables)),
  },
  {
    name: 'apollo',
    title: 'Apollo Server 5 + DataLoader',
    beside: 'bare',
    command: [process.execPath, benchFile('peers/apollo.mjs')],
    environment: PRODUCTION,
    request: (question, variables) => graphql(APOLLO[question], variables),
    normalise: (_question, data) => withPlainTimes(data),
  },
  { ...bare, name: 'bare-22', title: 'bare node:http + pg, Node 22', beside: 'bare-22', command: [NODE_22, benchFile('peers/bare.mjs')] },
  {
    name: 'postgraphile',
    title: 'PostGraphile 5, Node 22',
    beside: 'bare-22',
    command: [NODE_22, benchFile('peers/postgraphile.mjs')],
    environment: PRODUCTION,
    request: (question, variables) => graphql(POSTGRAPHILE[question], variables),
    normalise: (question, data) => withPlainTimes(fromPostgraphile(question, data)),
  },
];

/** Whether a server is asked a question. */
export function isAsked({ request }: Contestant, question: QuestionName): boolean {
  return variableSets[question].some((variables) => request(question, variables) !== null);
}

/** Whether the answer is a file of rows. */
export function isFile(question: QuestionName): boolean {
  return question.endsWith('-csv');
}

function exportOf(question: QuestionName, variables: Variables): Request {
  return { method: 'GET', path: `/export/${question.replace('-csv', '.csv')}?${searchOf(variables)}` };
}

function graphql(query: string | undefined, variables: Variables): Request | null {
  if (query === undefined) return null;
  return { method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) };
}

function searchOf(variables: Variables): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(variables) as [string, string | number | readonly string[]][]) {
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
  }
  return search.toString();
}

/** The cells of a file: text, or numbers. No cell here has commas or quotes. */
export function rowsOf(file: string): readonly (readonly (string | number)[])[] {
  return file.split('\r\n').map((line) => line.split(',').map((text) => (text === '' || Number.isNaN(Number(text)) ? text : Number(text))));
}

/** Every time in one of its forms: 2025-03-01T00:00:00Z and 2025-03-01T00:00:00.000000+00:00 are the same. */
function withPlainTimes(data: unknown): unknown {
  if (typeof data === 'string') return /^\d{4}-\d\d-\d\dT/.test(data) ? new Date(data).toISOString() : data;
  if (Array.isArray(data)) return data.map(withPlainTimes);
  return typeof data === 'object' && data !== null ? Object.fromEntries(Object.entries(data).map(([name, value]) => [name, withPlainTimes(value)])) : data;
}
