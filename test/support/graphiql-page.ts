import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page, type Response } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

/** Whether this machine has the browser; says so where it has not, because tests are then left out. */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  process.stderr.write(`\n*** SKIPPED: GraphiQL in a browser. To run it: apt-get install chromium (${CHROMIUM}) ***\n`);
  return false;
}

/** A browser that keeps its own affairs off the network. */
export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...quiet] });
}

/** GraphiQL on a page of its own, what it asked for and what the browser complained of. */
export interface GraphiqlPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

/** Opens GraphiQL and waits until its editor can be typed into. */
export async function openGraphiql(context: BrowserContext, url: string): Promise<GraphiqlPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return { page, requests, complaints };
}

/** Comes back to the page. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
}

/** The titles of the tabs. */
export function tabTitles(page: Page): Promise<string[]> {
  return page.locator('.graphiql-tab').allInnerTexts();
}

/** Brings a tab to the front. */
export async function showTab(page: Page, title: string): Promise<void> {
  const tab = page.locator('.graphiql-tab', { hasText: title });
  if (/graphiql-tab-active/.test((await tab.getAttribute('class')) ?? '')) return;
  await tab.click();
  await expect.poll(() => queryTaken(page)).toMatch(new RegExp(`^(query|subscription) ${title}\\b`, 'm'));
}

/** Waits until GraphiQL has taken up what its editor shows, which it does a moment after the last change; before that it would send the operation of before. */
export async function untilTaken(page: Page, text: string): Promise<void> {
  await expect.poll(() => queryTaken(page)).toContain(text);
}

function queryTaken(page: Page): Promise<string> {
  return page.evaluate<string>("localStorage.getItem('thermograph:graphiql:query') ?? ''");
}

/** Pastes a text over the query, and waits until GraphiQL has taken it up. */
export async function pasteQuery(page: Page, query: string): Promise<void> {
  await paste(page, '.graphiql-query-editor', query);
  await untilTaken(page, query);
}

/** Pastes a text over what stands in an editor. */
export async function paste(page: Page, editor: string, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.locator(`${editor} .monaco-editor`).first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+V');
}

/** What stands in the editor of the query. */
export async function queryShown(page: Page): Promise<string> {
  const lines = await page.locator('.graphiql-query-editor .view-lines').first().innerText();
  return lines.replaceAll('\u00a0', ' ').trim();
}

/** Waits until the tabs are remembered so that a text is in one of them, which is a moment after GraphiQL has taken it up. */
export async function untilRemembered(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate<string>("localStorage.getItem('thermograph:graphiql:tabState') ?? ''")).toContain(text);
}

/** The pane of the variables as text, and how much of it is underlined as wrong. */
export async function variablesPane(page: Page): Promise<{ readonly text: string; readonly underlined: number }> {
  const pane = page.locator('.graphiql-editor-tool').first();
  return { text: (await pane.locator('.view-lines').first().innerText()).trim(), underlined: await pane.locator('[class*=squiggly]').count() };
}

/** What stands in the pane of the variables. */
export async function variablesShown(page: Page): Promise<unknown> {
  const lines = await page.locator('.graphiql-editor-tool .view-lines').first().innerText();
  // The editor draws its blanks as no-break spaces.
  return JSON.parse(lines.replaceAll('\u00a0', ' ')) as unknown;
}

/** Does what sends the query, and gives the answer when it is shown. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its assertion.
export async function answerTo(page: Page, operation: string, send: () => Promise<void>): Promise<any> {
  const answered = page.waitForResponse((response) => isAnswerTo(response, operation));
  await send();
  const answer: unknown = await (await answered).json();
  await page.locator('.result-window').getByText('"data"').first().waitFor();
  return answer;
}

/** What stands in the pane of the answer, as far as it can be seen. */
export async function answerShown(page: Page): Promise<string> {
  return (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ');
}

/** Presses the button that ends a subscription. */
export function pressStop(page: Page): Promise<void> {
  return page.getByRole('button', { name: /stop query/i }).click();
}

/** Presses the button that runs the query. */
export function pressRun(page: Page): Promise<void> {
  return page.getByRole('button', { name: /execute query/i }).click();
}

function isAnswerTo(response: Response, operation: string): boolean {
  return response.request().postData()?.includes(`"operationName":"${operation}"`) ?? false;
}
