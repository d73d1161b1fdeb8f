import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import {
  answerTo,
  type GraphiqlPage,
  hasBrowser,
  launchBrowser,
  openGraphiql,
  paste,
  pasteQuery,
  pressRun,
  queryShown,
  reload,
  showTab,
  tabTitles,
  untilRemembered,
  untilTaken,
  variablesPane,
  variablesShown,
} from './support/graphiql-page.ts';
import { useOwnFile, useSample } from './support/graphiql-stores.ts';
import { useGateway } from './support/served-gateway.ts';

const ROOT = new URL('../', import.meta.url);
const PERSONAS = ['Analyst', 'Operator', 'Engineer'];
const EXAMPLES = ['Analyst', 'Trend', 'Operator', 'Breaches', 'Engineer', 'Steward', 'Jobs'];
const VIEWPORT = { width: 1280, height: 800 };

// Before the gateways start, because they read the bundle once.
beforeAll(() => promisify(execFile)(process.execPath, [fileURLToPath(new URL('scripts/bundle-graphiql.mjs', ROOT))]));

const db = useDatabase();
useSample(db);
const sample = useGateway(db);

describe('the page', () => {
  const asBrowser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

  it('is for browsers, with a policy that lets nothing in from elsewhere; a program gets the answer', async () => {
    const page = await fetch(sample.url, { headers: asBrowser });
    const program = await fetch(`${sample.url}?query={__typename}`, { headers: { accept: '*/*', 'apollo-require-preflight': 'true' } });

    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
    expect(await page.text()).not.toMatch(/https?:\/\//);
    expect(await program.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('is sent zipped to who takes that and plain to who does not, and not again while it is the same', async () => {
    const zipped = await fetch(sample.url, { headers: { ...asBrowser, 'accept-encoding': 'gzip, deflate' } });
    const plain = await fetch(sample.url, { headers: { ...asBrowser, 'accept-encoding': 'identity' } });
    const again = await fetch(sample.url, { headers: { ...asBrowser, 'accept-encoding': 'gzip', 'if-none-match': zipped.headers.get('etag') ?? '' } });
    const other = await fetch(sample.url, { headers: { ...asBrowser, 'accept-encoding': 'identity', 'if-none-match': zipped.headers.get('etag') ?? '' } });

    expect([zipped.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual(['gzip', null]);
    expect(await zipped.text()).toBe(await plain.text());
    expect(zipped.headers.get('vary')).toMatch(/accept-encoding/);
    expect([again.status, other.status]).toEqual([304, 200]);
  });

  it('names only files that are there, those named by their content for a year and for good', async () => {
    const built = readdirSync(new URL('server/graphiql/', ROOT)).map((name) => name.replace(/\.gz$/, ''));
    const answers = await Promise.all(built.map((name) => fetch(`${sample.origin}/graphiql/${name}`)));
    const named = [...(await (await fetch(sample.url, { headers: asBrowser })).text()).matchAll(/(?:src|href)="\/graphiql\/([^"]+)"/g)].map(([, name]) => name);

    expect(answers.map(({ status }) => status)).toEqual(built.map(() => 200));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => name === undefined || !built.includes(name))).toEqual([]);
    for (const [index, name] of built.entries()) {
      expect([name, answers[index]?.headers.get('cache-control')]).toEqual([
        name,
        name.startsWith('part-') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ]);
    }
  });
});

describe.skipIf(!hasBrowser())('in a browser', () => {
  const own = useGateway(useDatabase());
  useOwnFile(own);
  const empty = useGateway(useDatabase());
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** A page in a browser that remembers nothing. */
  const open = async (url: string, options: BrowserContextOptions = {}): Promise<GraphiqlPage> =>
    openGraphiql(await browser.newContext({ viewport: VIEWPORT, ...options }), url);

  it('opens with a tab for each persona first, then those that speak of the sample where it is there', async () => {
    const overSample = await open(sample.url);
    const overOwn = await open(own.url);

    expect(await tabTitles(overSample.page)).toEqual([...EXAMPLES, 'BeijingHeat', 'MachineFailure']);
    expect(await tabTitles(overOwn.page)).toEqual(EXAMPLES);
    expect(await overSample.page.title()).toMatch(/Thermograph/);
  }, 60_000);

  it('runs every tab over the sample as it stands, asking nobody but the gateway and breaking no policy', async () => {
    const { page, requests, complaints } = await open(sample.url);

    for (const title of (await tabTitles(page)).filter((each) => each !== 'Breaches')) {
      await showTab(page, title);
      const answer = await answerTo(page, title, () => pressRun(page));
      expect([title, answer.errors]).toEqual([title, undefined]);
      // There are no jobs here.
      expect(JSON.stringify(answer.data).length).toBeGreaterThan(title === 'Jobs' ? 50 : 200);
    }
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((url) => !url.startsWith(sample.origin) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
  }, 120_000);

  it.each(PERSONAS)(
    'shows the %s the readings of a file just loaded, with the variables filled in',
    async (title) => {
      const { page, complaints } = await open(own.url);

      await showTab(page, title);
      const answer = await answerTo(page, title, () => pressRun(page));

      expect(answer.errors).toBeUndefined();
      expect(JSON.stringify(answer.data)).toMatch(title === 'Engineer' ? /"lastSeen":"2026-03-02/ : /"press-1"/);
      expect(Object.keys(Object(await variablesShown(page))).length).toBeGreaterThan(2);
      expect(complaints).toEqual([]);
    },
    60_000,
  );

  it.each(PERSONAS)(
    'tells the %s of an empty store how to load, and answers without errors',
    async (title) => {
      const { page, complaints } = await open(empty.url);

      await showTab(page, title);
      const answer = await answerTo(page, title, () => pressRun(page));

      expect(answer.errors).toBeUndefined();
      expect(await page.locator('.graphiql-query-editor').innerText()).toContain(`${empty.origin}/ingest?register=true`);
      expect(complaints).toEqual([]);
    },
    60_000,
  );

  it('runs by Ctrl-Enter what the keyboard has changed', async () => {
    const { page } = await open(own.url);

    await page.locator('.graphiql-query-editor .monaco-editor').first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('query Typed { store { readings', { delay: 5 });
    await untilTaken(page, '{ readings');
    const answer = await answerTo(page, 'Typed', () => page.keyboard.press('Control+Enter'));

    expect(answer).toEqual({ data: { store: { readings: 601 } } });
  }, 60_000);

  it('shows the schema and its descriptions', async () => {
    const { page, complaints } = await open(sample.url);
    const explorer = page.locator('.graphiql-plugin');

    await page.getByRole('button', { name: /documentation explorer/i }).click();
    await explorer.getByText('extensions.code').first().waitFor();
    await explorer.getByText('Query', { exact: true }).last().click();
    await explorer.getByText('Every question about the record').waitFor();
    await explorer.getByText('aggregateRows', { exact: true }).click();
    await explorer.getByText('The first instant that counts').first().waitFor();

    expect(complaints).toEqual([]);
  }, 60_000);

  it('is dark where the system is', async () => {
    const { page } = await open(own.url, { colorScheme: 'dark' });
    const light = await open(own.url, { colorScheme: 'light' });
    const brightness = async (of: GraphiqlPage['page']) =>
      Number(/\d+/.exec(await of.evaluate<string>("getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor"))?.[0]);

    expect(await brightness(page)).toBeLessThan(80);
    expect(await brightness(light.page)).toBeGreaterThan(200);
  }, 60_000);

  it('has the answer below the query on a narrow screen, and nothing wider than it', async () => {
    const { page } = await open(own.url, { viewport: { width: 390, height: 800 } });

    await answerTo(page, 'Analyst', () => pressRun(page));
    const query = await page.locator('.graphiql-query-editor').boundingBox();
    const result = await page.locator('.result-window').boundingBox();

    expect(result?.y ?? 0).toBeGreaterThan((query?.y ?? 0) + (query?.height ?? 0));
    expect(result?.width ?? 0).toBeGreaterThan(250);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  }, 60_000);

  it('opens with the query of a link in front, also on a second visit', async () => {
    const context = await browser.newContext({ viewport: VIEWPORT });
    const link = `${sample.url}?query=${encodeURIComponent('query Linked($id: ID!) { sensor(id: $id) { id } }')}&variables=${encodeURIComponent('{"id":"mote-1"}')}`;

    for (const visit of [await openGraphiql(context, sample.url), await openGraphiql(context, link)]) await visit.page.close();
    const { page } = await openGraphiql(context, link);
    const answer = await answerTo(page, 'Linked', () => pressRun(page));

    expect(answer).toEqual({ data: { sensor: { id: 'mote-1' } } });
    expect((await tabTitles(page)).filter((title) => title === 'Linked')).toHaveLength(1);
  }, 60_000);

  it('asks anew about what is there on the next visit, but leaves what somebody wrote', async () => {
    const context = await browser.newContext({ viewport: VIEWPORT });
    const first = await openGraphiql(context, empty.url);
    await showTab(first.page, 'Engineer');
    await first.page.locator('.graphiql-query-editor .monaco-editor').first().click();
    await first.page.keyboard.press('Control+A');
    await first.page.keyboard.type('query Mine { store { engine', { delay: 5 });
    await first.page.locator('.graphiql-tab', { hasText: 'Mine' }).waitFor();
    await untilRemembered(first.page, 'query Mine { store { engine');
    await first.page.close();
    await empty.ask(
      'mutation { ingest(readings: [{ sensor: "new-1", metric: "temperature", time: "2026-03-01T00:00:00Z", value: 20 }], register: true) { loaded } }',
    );

    const { page } = await openGraphiql(context, empty.url);

    expect(await tabTitles(page)).toEqual(['Analyst', 'Trend', 'Operator', 'Breaches', 'Mine', 'Steward', 'Jobs', 'Engineer']);
    await showTab(page, 'Analyst');
    expect(await variablesShown(page)).toMatchObject({ to: '2026-03-01' });
    expect(await page.locator('.graphiql-query-editor').innerText()).not.toContain('ingest');
  }, 60_000);

  it('keeps one tab of a query pasted over an example, and puts the example back behind', async () => {
    const { page } = await open(own.url);
    await pasteQuery(page, '{ store { readings } }');
    await untilRemembered(page, '{ store { readings } }');

    for (const _visit of [1, 2]) {
      await reload(page);
      expect(await tabTitles(page)).toEqual(['<untitled>', ...EXAMPLES.slice(1), 'Analyst']);
      expect(await page.locator('.graphiql-tab-active').innerText()).toBe('<untitled>');
      expect(await queryShown(page)).toBe('{ store { readings } }');
      expect(await variablesPane(page)).toEqual({ text: '', underlined: 0 });
    }
    await showTab(page, 'Analyst');
    expect((await answerTo(page, 'Analyst', () => pressRun(page))).errors).toBeUndefined();
  }, 60_000);

  it('keeps what was pasted a moment ago in one tab, and the example in its own', async () => {
    const { page } = await open(own.url);
    await pasteQuery(page, 'query Pasted { store { readings } }');

    for (const _visit of [1, 2]) {
      await reload(page);
      expect((await tabTitles(page)).sort()).toEqual([...EXAMPLES, 'Pasted'].sort());
      expect(await queryShown(page)).toBe('query Pasted { store { readings } }');
      expect(await variablesPane(page)).toEqual({ text: '', underlined: 0 });
    }
  }, 60_000);

  it('puts back an example that was closed, leaves one that somebody has changed, and keeps in front what was', async () => {
    const { page } = await open(own.url);
    await showTab(page, 'Operator');
    await pasteQuery(page, 'query Operator { store { readings } }');
    const analyst = page.locator('.graphiql-tab', { hasText: 'Analyst' });
    await analyst.hover();
    await analyst.getByRole('button', { name: /close/i }).click();
    await expect.poll(() => tabTitles(page)).toEqual(EXAMPLES.slice(1));
    await expect.poll(() => page.evaluate("JSON.parse(localStorage.getItem('thermograph:graphiql:tabState')).tabs.length")).toBe(EXAMPLES.length - 1);

    await reload(page);

    expect(await tabTitles(page)).toEqual([...EXAMPLES.slice(1), 'Analyst']);
    expect(await queryShown(page)).toBe('query Operator { store { readings } }');
  }, 60_000);

  it('takes the variables of an example away from a query pasted over it, gives them back with it, and leaves what somebody wrote', async () => {
    const { page } = await open(own.url);
    const before = await variablesShown(page);

    await pasteQuery(page, '{ store { readings } }');
    await expect.poll(() => variablesPane(page)).toEqual({ text: '', underlined: 0 });
    await page.keyboard.press('Control+Z');
    await expect.poll(() => variablesPane(page).then(({ text }) => text)).toContain('metrics');
    expect(await variablesShown(page)).toEqual(before);

    await paste(page, '.graphiql-editor-tool', '{"id": "press-2"}');
    await pasteQuery(page, 'query Of($id: ID!) { sensor(id: $id) { id } }');
    expect(await answerTo(page, 'Of', () => pressRun(page))).toEqual({ data: { sensor: { id: 'press-2' } } });
    await pasteQuery(page, 'query Whole { store { readings } }');
    expect((await answerTo(page, 'Whole', () => pressRun(page))).errors).toBeUndefined();
    expect(await variablesShown(page)).toEqual({ id: 'press-2' });
  }, 60_000);
});
