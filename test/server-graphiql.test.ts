import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSample } from '../server/load-sample.ts';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const BROWSER = '/usr/bin/chromium';
const hasBrowser = existsSync(BROWSER);
if (!hasBrowser) process.stderr.write(`\n*** SKIPPED: GraphiQL in a browser. To run it: apt-get install chromium (${BROWSER}) ***\n`);

const EXAMPLES = fileURLToPath(new URL('../web/graphiql/examples/', import.meta.url));
const examples = readdirSync(EXAMPLES).map((name) => ({ name, query: readFileSync(join(EXAMPLES, name), 'utf8') }));

// Before the gateway starts, because it reads the bundle once.
beforeAll(() => promisify(execFile)(process.execPath, [fileURLToPath(new URL('../scripts/bundle-graphiql.mjs', import.meta.url))]));

const db = useDatabase();
beforeAll(() =>
  loadSample(db.store, { batchSize: 50_000, signal: new AbortController().signal, report: { started: ignore, progressed: ignore, finished: ignore } }),
);
const gateway = useGateway(db);

it.each(examples)('answers the example $name over the bundled sample, with data and without errors', async ({ query }) => {
  const { status, body } = await gateway.ask(query);

  expect([status, body.errors]).toEqual([200, undefined]);
  expect(JSON.stringify(body.data).length).toBeGreaterThan(1_000);
});

it('gives a browser the page, with a policy that lets nothing in from elsewhere, and a program the answer', async () => {
  const page = await fetch(gateway.url, { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } });
  const program = await fetch(`${gateway.url}?query={__typename}`, { headers: { accept: '*/*', 'apollo-require-preflight': 'true' } });
  const unchanged = await fetch(gateway.url, { headers: { accept: 'text/html', 'if-none-match': page.headers.get('etag') ?? '' } });

  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
  expect(await page.text()).not.toMatch(/https?:\/\//);
  expect(await program.json()).toEqual({ data: { __typename: 'Query' } });
  expect(unchanged.status).toBe(304);
});

describe.skipIf(!hasBrowser)('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: BROWSER,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser.close());

  it('runs the first example from the page and shows its result, asking nobody but the gateway and breaking no policy', async () => {
    const { page, requests, complaints } = await openPage(browser);

    await page.getByRole('button', { name: /execute query/i }).click();
    await page.locator('.result-window').getByText('Aotizhongxin').first().waitFor();

    expect(await page.locator('.graphiql-tab').count()).toBe(examples.length);
    expect(requests.length).toBeGreaterThan(4);
    expect(requests.filter((url) => !url.startsWith(gateway.origin) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    await takePicture(page, 'graphiql-result');
  }, 60_000);

  it('shows the descriptions of the schema and completes fields from it', async () => {
    const { page, complaints } = await openPage(browser);

    await page.getByRole('button', { name: /documentation explorer/i }).click();
    await page.getByText('Query', { exact: true }).last().click();
    await page.getByText('aggregateRows').first().waitFor();

    expect(complaints).toEqual([]);
    await takePicture(page, 'graphiql-documentation');
  }, 60_000);

  it('opens with the query of a link', async () => {
    const { page } = await openPage(browser, `?query=${encodeURIComponent('{ linked: __typename }')}`);

    await page.getByRole('button', { name: /execute query/i }).click();
    await page.locator('.result-window').getByText('linked').first().waitFor();
  }, 60_000);
});

/** The page, what it asked for, and what the browser complained of. */
async function openPage(browser: Browser, search = ''): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${gateway.url}${search}`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return { page, requests, complaints };
}

/** For looking at, where THERMOGRAPH_SCREENSHOTS names a folder. */
async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.THERMOGRAPH_SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

function ignore(): void {
  // How the load goes is not looked at here.
}
