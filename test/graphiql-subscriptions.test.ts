import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { answerShown, type GraphiqlPage, hasBrowser, launchBrowser, openGraphiql, pressRun, pressStop, queryShown, showTab } from './support/graphiql-page.ts';
import { useOwnFile, useSample } from './support/graphiql-stores.ts';
import { type ServedGateway, serve, useGateway } from './support/served-gateway.ts';

// Before the gateways start, because they read the bundle once.
beforeAll(() => promisify(execFile)(process.execPath, [fileURLToPath(new URL('../scripts/bundle-graphiql.mjs', import.meta.url))]));

describe.skipIf(!hasBrowser())('a subscription in GraphiQL', () => {
  const db = useDatabase();
  useSample(db);
  const sample = useGateway(db);
  const own = useGateway(useDatabase());
  useOwnFile(own);
  const empty = useGateway(useDatabase());
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it('shows breaches as they come, in the tab for them, keeps those before the last in sight, and ends when it is told to', async () => {
    const { page, complaints } = await open(browser, sample.url);
    await showTab(page, 'Breaches');
    expect(await queryShown(page)).toContain('npx thermograph simulate --replay-sample');

    await pressRun(page);
    await expect.poll(() => answerShown(page)).toContain('"breach": null');
    await load(sample, `${new Date().toISOString()},nab-machine,20`);
    await expect.poll(() => answerShown(page)).toMatch(/"kind": "OPENED"[\s\S]*"CRITICAL"/);
    await load(sample, `${new Date().toISOString()},nab-machine,90`);
    await expect.poll(() => answerShown(page)).toContain('"kind": "CLEARED"');
    await expect.poll(() => answerShown(page)).toMatch(/"breach": null[\s\S]*"earlier": \[[\s\S]*"kind": "CLEARED"/);
    await pressStop(page);
    await load(sample, `${new Date().toISOString()},nab-machine,20`);
    await page.getByRole('button', { name: /execute query/i }).waitFor();

    expect(await answerShown(page)).toContain('"kind": "CLEARED"');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('goes on by itself after a restart of the gateway, with what was missed, and keeps what it has shown', async () => {
    let gateway = await serve(db.store, []);
    const { origin, port } = new URL(gateway.url);
    // High enough that the pane draws all that it holds.
    const { page } = await open(browser, gateway.url, 2_000);
    try {
      await load({ origin }, `${new Date().toISOString()},nab-machine,91`);
      await showTab(page, 'Breaches');
      await pressRun(page);
      await expect.poll(() => answerShown(page)).toContain('"breach": null');
      await load({ origin }, `${new Date().toISOString()},nab-machine,21`);
      await expect.poll(() => answerShown(page)).toContain('"kind": "OPENED"');

      await gateway.stop();
      await expect.poll(() => answerShown(page)).toContain('"interrupted": "The gateway does not answer.');
      const whileAway = await answerShown(page);
      await load(sample, `${new Date().toISOString()},nab-machine,91`);
      gateway = await serve(db.store, [], { PORT: port });

      expect(whileAway).toContain('"kind": "OPENED"');
      expect(whileAway).not.toContain('"stack"');
      await expect.poll(() => answerShown(page), { timeout: 20_000 }).toMatch(/"earlier": \[[\s\S]*"kind": "CLEARED"[\s\S]*"kind": "OPENED"/);
      expect(await answerShown(page)).not.toContain('"interrupted"');
    } finally {
      await gateway.stop();
    }
  }, 60_000);

  it('shows breaches of a store of one’s own and of an empty one, and how to have some', async () => {
    for (const gateway of [own, empty]) {
      const { page, complaints } = await open(browser, gateway.url);
      await showTab(page, 'Breaches');
      expect(await queryShown(page)).toContain('createThreshold');

      await pressRun(page);
      await expect.poll(() => answerShown(page)).toContain('"breach": null');
      await gateway.ask('mutation { createThreshold(input: { metric: "temperature", level: WARNING, min: 50 }) { id } }');
      await load(gateway, `${new Date().toISOString()},press-9,70`);

      await expect.poll(() => answerShown(page)).toContain('"press-9"');
      expect(complaints).toEqual([]);
    }
  }, 60_000);
});

async function open(browser: Browser, url: string, height = 800): Promise<GraphiqlPage> {
  return openGraphiql(await browser.newContext({ viewport: { width: 1280, height } }), url);
}

/** One reading, as a row of the temperatures of machines. */
async function load(gateway: Pick<ServedGateway, 'origin'>, row: string): Promise<void> {
  const body = `time,sensor,${row.includes('nab-machine') ? 'machine_temperature' : 'temperature'}\n${row}\n`;
  const response = await fetch(`${gateway.origin}/ingest?register=true`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
  expect(await response.json()).toMatchObject({ loaded: 1 });
}
