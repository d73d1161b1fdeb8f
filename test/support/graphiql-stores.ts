import { beforeAll } from 'vitest';
import { loadSample } from '../../server/load-sample.ts';
import type { TestDatabase } from './database.ts';
import type { ServedGateway } from './served-gateway.ts';

/** Fills the store of a test file with the bundled sample. */
export function useSample(db: TestDatabase): void {
  beforeAll(() =>
    loadSample(db.store, { batchSize: 50_000, signal: new AbortController().signal, report: { started: ignore, progressed: ignore, finished: ignore } }),
  );
}

/** Somebody's own file, wide: two machines by the ten minutes, over two days, and a logger that fell silent years ago. */
function ownCsv(): string {
  const lines = ['time,sensor,temperature,vibration', '2019-05-02T10:00:00Z,old-logger,3.5,'];
  for (let step = 0; step < 200; step++) {
    const time = new Date(Date.UTC(2026, 2, 1, 0, step * 10)).toISOString();
    lines.push(`${time},press-1,${(20 + (step % 7) / 10).toFixed(1)},0.${step % 9}`, `${time},press-2,${(60 + (step % 5) / 10).toFixed(1)},`);
  }
  return `${lines.join('\n')}\n`;
}

/** Loads it as the README says to, into a store that knows nobody's machines: they have no location. */
export function useOwnFile(gateway: ServedGateway): void {
  beforeAll(async () => {
    await gateway.ask('mutation { saveMetrics(metrics: [{ id: "vibration", unit: "mm/s" }]) { id } }');
    const response = await fetch(`${gateway.origin}/ingest?register=true`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: ownCsv() });
    if (!response.ok) throw new Error(await response.text());
  });
}

function ignore(): void {
  // How the load goes is not looked at here.
}
