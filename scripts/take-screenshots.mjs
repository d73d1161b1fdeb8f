// The pictures in docs/images: GraphiQL over the bundled sample with an answer, and breaches as they come, for which the machine of the sample gets readings of the
// present. Needs a gateway with the sample alone and Chromium:
// npm start, then in another terminal: node scripts/take-screenshots.mjs [http://127.0.0.1:4000/graphql]
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const url = process.argv[2] ?? 'http://127.0.0.1:4000/graphql';
const folder = new URL('../docs/images/', import.meta.url);

const PICTURES = [
  { file: 'graphiql.png', tab: 'BeijingHeat', height: 660 },
  // Last, because the sample is no longer alone then.
  { file: 'breaches.png', tab: 'Breaches', height: 660, afterwards: failMachine },
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const picture of PICTURES) await take(picture);
} finally {
  await browser.close();
}

async function take({ file, tab, height, afterwards }) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme: 'light', locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.graphiql-tab', { hasText: tab }).click();
  await page
    .locator('.graphiql-query-editor')
    .getByText(new RegExp(`(query|subscription)\\s${tab}`))
    .first()
    .waitFor();
  await page.getByRole('button', { name: /hide editor tools/i }).click();
  // GraphiQL takes up what its editor shows a moment later.
  await page.waitForTimeout(1_000);
  await page.getByRole('button', { name: /execute query/i }).click();
  await page.locator('.result-window').getByText('"data"').first().waitFor();
  await afterwards?.();
  await page.mouse.move(640, height - 4);
  await page.waitForTimeout(1_000);
  const path = fileURLToPath(new URL(file, folder));
  await page.screenshot({ path });
  await context.close();
  console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`);
}

async function failMachine() {
  for (const value of [90, 55, 30]) {
    const body = `time,sensor,machine_temperature\n${new Date().toISOString()},nab-machine,${value}\n`;
    const response = await fetch(new URL('/ingest', url), { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
    if (!response.ok) throw new Error(await response.text());
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
