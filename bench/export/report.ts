import type { StoreFacts } from '../answers/store.ts';
import { spreadOf, written } from '../scale/spread.ts';
import { COPIES } from './copy-out.ts';
import type { Taken } from './download.ts';

/** The section of a run. */
export function composeReport({ engine }: StoreFacts, facts: readonly string[], rows: number, taken: ReadonlyMap<string, readonly Taken[]>): string {
  const beside = taken.get(COPIES[0]?.name ?? '') ?? [];
  const lines = [...taken].map(([name, all]) => {
    const spread = (figure: (one: Taken, round: number) => number, digits: number) => written(spreadOf(all.map(figure)), digits);
    const peak = all.every(({ peakMb }) => peakMb === null) ? '' : spread(({ peakMb }) => peakMb ?? 0, 0);
    const cells = [
      name,
      spread(({ ms }) => rows / ms, 0),
      spread(({ ms }, round) => (beside[round]?.ms ?? Number.NaN) / ms, 2),
      spread(({ firstByteMs }) => firstByteMs, 0),
      ((all[0]?.bytes ?? 0) / 1e6).toFixed(1),
      peak,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `## A million rows through /export, on ${engine === 'timescale' ? 'TimescaleDB, compressed' : 'plain PostgreSQL'}

${facts.map((fact) => `- ${fact}`).join('\n')}

${rows.toLocaleString('en')} readings of 100 sensors, with time, location, sensor, metric, unit, value and whether it was derived, by time and sensor: \`/export/readings.csv?from=2025\`, in turn with COPY by another client of the same server. A gateway of its own for
each download; memory is the most that was resident above what it had before, after one short export. The median over the rounds, with least and most; a ratio is of one round.

| | thousand rows a second | × COPY of the same rows | ms to the first byte | MB over the line | MB above idle, at most |
| --- | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}`;
}
