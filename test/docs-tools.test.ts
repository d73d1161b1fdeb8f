import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../db/store.ts';
import type { Gateway } from '../server/gateway.ts';
import { type Fence, fencesOf, readPage } from './support/markdown.ts';
import { mashupRequests } from './support/power-query.ts';
import { useSampleStores } from './support/sample-database.ts';
import { serve } from './support/served-gateway.ts';
import { sendAs } from './support/tool-request.ts';

/*
 * What the pages about other programs show, beside their GraphQL, which test/docs-examples.test.ts runs:
 * - every address in a block is asked for, and answers with rows;
 * - a ```sh with a curl is asked, and answers what the ```text after it shows;
 * - of a ```powerquery the request is sent, and the ```text (columns of a CSV) or ```json after it has to be in the answer;
 * - a ```python or ```r is run where there is what runs it, and prints the ```text after it.
 */
const PAGES = ['docs/excel.md', 'docs/pandas.md', 'docs/power-bi.md', 'docs/r.md', 'docs/superset.md'];
const DOCUMENTED = 'http://127.0.0.1:4000';

const samples = useSampleStores();
let store: Store | null = null;
let gateway: Gateway | null = null;
beforeAll(async () => {
  store = await samples.open();
  gateway = await serve(store, []);
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  await store?.close();
});

function origin(): string {
  if (gateway === null) throw new Error('the gateway has not started');
  return new URL(gateway.url).origin;
}

/** Runs one program; null where this machine has not what it takes. */
type Run = ((program: string) => Promise<string>) | null;

const RUNS: Readonly<Record<string, Run>> = {
  python: runner(['python3', '/usr/bin/python3'], ['-c', 'import pandas, requests'], (program) => ['-c', program]),
  r: runner(['Rscript'], ['-e', 'library(jsonlite); library(httr2)'], (program) => ['-e', program]),
};

function runner(commands: readonly string[], check: readonly string[], argumentsFor: (program: string) => string[]): Run {
  const command = commands.find((each) => spawnSync(each, check).status === 0);
  if (command === undefined) return null;
  return async (program) => (await promisify(execFile)(command, argumentsFor(program))).stdout;
}

const linesOf = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');

/** Cells by the columns that are shown; none of them has a comma or a quote in it. */
function columnsOf(csv: string, names: readonly string[]): readonly (readonly (string | undefined)[])[] {
  const [header = [], ...rows] = linesOf(csv).map((line) => line.split(','));
  return rows.map((row) => names.map((name) => row[header.indexOf(name)]));
}

/** The first list in an answer. */
function rowsOf(answer: unknown): unknown {
  if (Array.isArray(answer) || typeof answer !== 'object' || answer === null) return answer;
  return rowsOf(Object.values(answer)[0]);
}

function addressesIn({ text }: Fence): readonly string[] {
  return [...text.matchAll(/http:\/\/127\.0\.0\.1:4000(\/(?:export|graphql)[^\s'"#…]*)/g)]
    .map(([, path = '']) => path)
    .filter((path) => path.includes('?') && !path.endsWith('='));
}

async function expectMashup({ text: code }: Fence, shown: Fence | undefined): Promise<void> {
  const [request, ...others] = mashupRequests(code);
  if (request === undefined || shown === undefined) throw new Error('the code asks nobody, or nothing is shown');
  expect(others).toEqual([]);
  const { url, headers, body } = request;
  expect(url.origin).toBe(DOCUMENTED);
  const path = `${url.pathname}${url.search}`;
  const { status, text, json } = await sendAs(origin(), body === null ? { method: 'GET', path, headers } : { method: 'POST', path, headers, body });

  expect(status).toBe(200);
  if (shown.language === 'json') return expect(rowsOf(json)).toEqual(JSON.parse(shown.text));
  const names = linesOf(shown.text)[0]?.split(',') ?? [];
  expect(columnsOf(text, names)).toEqual(columnsOf(shown.text, names));
}

interface Example {
  readonly claim: string;
  /** null where this machine has not what it takes. */
  readonly run: (() => Promise<void>) | null;
}

function examplesOf(fence: Fence, next: Fence | undefined): readonly Example[] {
  const { language, text } = fence;
  const where = `line ${fence.line}`;
  const addresses = addressesIn(fence).map((path) => ({ claim: `${where}: ${path} answers with rows`, run: () => expectRows(path) }));
  if (language === 'sh' && next?.language === 'text')
    return [...addresses, { claim: `${where}: the curl answers what is shown`, run: () => expectAnswer(fence, next) }];
  // The bounds of incremental refresh come from Power BI.
  if (language === 'powerquery' && !text.includes('RangeStart'))
    return [{ claim: `${where}: the request of the M code answers what is shown`, run: () => expectMashup(fence, next) }];
  const run = RUNS[language];
  if (run === undefined) return addresses;
  return [...addresses, { claim: `${where}: the program prints what is shown`, run: run === null ? null : () => expectPrinted(run, fence, next) }];
}

async function expectRows(path: string): Promise<void> {
  const { status, text } = await sendAs(origin(), { method: 'GET', path, headers: {} });

  expect(status).toBe(200);
  expect(text).not.toContain('"errors"');
  const rows = path.includes('.csv') ? linesOf(text).length - 1 : text.split('{').length - 1;
  // A question about now has no rows in an old sample.
  expect(rows).toBeGreaterThan(path.includes('from=now') ? -1 : 0);
}

async function expectAnswer(curl: Fence, shown: Fence): Promise<void> {
  const [path = ''] = addressesIn(curl);
  const { text } = await sendAs(origin(), { method: 'GET', path, headers: { 'user-agent': 'curl/8.5.0', accept: '*/*' } });

  expect(linesOf(text)).toEqual(linesOf(shown.text));
}

async function expectPrinted(run: NonNullable<Run>, program: Fence, shown: Fence | undefined): Promise<void> {
  const printed = await run(program.text.replaceAll(DOCUMENTED, origin()));

  expect(shown?.language).toBe('text');
  expect(linesOf(printed)).toEqual(linesOf(shown?.text ?? ''));
}

for (const page of PAGES) {
  describe(`the examples of ${page}`, () => {
    const fences = fencesOf(readPage(page));
    for (const { claim, run } of fences.flatMap((fence, at) => examplesOf(fence, fences[at + 1]))) {
      it.skipIf(run === null)(`holds at ${claim}`, { timeout: 60_000 }, () => run?.());
    }
  });
}
