import type { Order } from './inputs.ts';
import type { Way } from './loads.ts';

/** One load beside `\copy` of its rows. */
export interface Measured {
  readonly way: Way;
  readonly order: Order;
  readonly readings: number;
  readonly copyMs: number;
  readonly ms: number;
  readonly breaches: number;
}

/** What a report says of its run. */
export interface RunFacts {
  readonly facts: readonly string[];
  readonly engine: string;
  readonly readings: number;
  readonly thresholds: number;
}

/** The section of RESULTS.md. */
export function composeReport(measured: readonly Measured[], { facts, engine, readings, thresholds }: RunFacts): string {
  const kinds = [...new Set(measured.map(({ way, order }) => `${order}, ${way}`))];
  const lines = kinds.map((kind) => {
    const rows = measured.filter(({ way, order }) => `${order}, ${way}` === kind);
    const rates = rows.map((row) => row.readings / row.ms);
    const copies = rows.map((row) => row.readings / row.copyMs);
    const ratios = rows.map((row) => row.copyMs / row.ms);
    return `| ${kind} | **${spread(rates, 0)}** | ${spread(copies, 0)} | **${spread(ratios, 2)}** | ${Math.max(...rows.map((row) => row.breaches))} |`;
  });
  return `
## ${readings.toLocaleString('en')} readings loaded with ${thresholds.toLocaleString('en')} thresholds in force, on ${engine === 'timescale' ? 'TimescaleDB' : 'plain PostgreSQL'}

${facts.map((fact) => `- ${fact}`).join('\n')}

100 sensors × 3 metrics by the minute, a line for each sensor and minute. In time order: by a process that has loaded up to a million readings of a fortnight before, and so has compiled its own code. Shuffled: then every reading corrected, in an order drawn anew.
\`\\copy\` takes the same readings in the same order, a line for each, into an empty table with the key (series_id, time). The median over the rounds, with least and most; a ratio is of one round.

| | thousand readings a second | \`psql \\copy\` | × \`psql \\copy\` | breaches |
| --- | ---: | ---: | ---: | ---: |
${lines.join('\n')}
`;
}

function spread(figures: readonly number[], digits: number): string {
  const sorted = [...figures].sort((a, b) => a - b);
  const [least = 0] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${(sorted.at(-1) ?? 0).toFixed(digits)})`;
}
