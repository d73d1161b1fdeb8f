/** How a part of the year is loaded again; see ROWS. */
export const BACKFILLS = ['paced', 'file', 'unpaced'] as const;

/** Live loading while a part of the year is loaded again, or while nothing is. */
export interface Phase {
  /** `none`: nothing is loaded again. */
  readonly backfill: 'none' | (typeof BACKFILLS)[number];
  readonly seconds: number;
  /** Readings that were loaded again. */
  readonly readings: number;
  readonly latenciesMs: readonly number[];
}

/** What is told of a run. */
export interface BackfillFigures {
  readonly title: string;
  readonly facts: readonly string[];
  readonly phases: readonly Phase[];
  readonly readings: number;
  readonly series: number;
  readonly stepMinutes: number;
  readonly postsASecond: number;
}

const ROWS = [
  ['none', 'nothing is loaded again'],
  ['paced', 'a backfill from a table, as jobs have it: `share: 0.5`'],
  ['file', 'the same from a CSV file of the whole year'],
  ['unpaced', 'a backfill from a table without pauses: `share: 1`'],
] as const;

/** The section of RESULTS.md. */
export function composeReport({ title, facts, phases, readings, series, stepMinutes, postsASecond }: BackfillFigures): string {
  const latenciesOf = (kind: Phase['backfill']) => sorted(phases.filter(({ backfill }) => backfill === kind).flatMap(({ latenciesMs }) => latenciesMs));
  const calmMs = quantile(latenciesOf('none'), 0.99);
  const rows = ROWS.map(([kind, name]) => {
    const own = phases.filter(({ backfill }) => backfill === kind);
    const latencies = latenciesOf(kind);
    const seconds = own.reduce((sum, phase) => sum + phase.seconds, 0);
    const loaded = own.reduce((sum, phase) => sum + phase.readings, 0);
    const medians = sorted(own.map(({ latenciesMs }) => quantile(sorted(latenciesMs), 0.5)));
    return [
      name,
      quantile(latencies, 0.5).toFixed(0),
      `${quantile(medians, 0).toFixed(0)}–${quantile(medians, 1).toFixed(0)}`,
      quantile(latencies, 0.9).toFixed(0),
      quantile(latencies, 0.99).toFixed(0),
      (quantile(latencies, 0.99) / calmMs).toFixed(2),
      quantile(latencies, 1).toFixed(0),
      latencies.length.toLocaleString('en'),
      loaded === 0 ? '' : Math.round(loaded / seconds).toLocaleString('en'),
    ];
  });
  return `## ${title}

${facts.map((fact) => `- ${fact}`).join('\n')}

A year of ${series} series, a reading each ${stepMinutes} minutes, ${readings.toLocaleString('en')} readings, is loaded again from a table of another database on the same server, or from a file, part by part, while ${postsASecond} requests a second bring a new reading of every one of the same series, ${(postsASecond * series).toLocaleString('en')} readings a second. A threshold is in force for all of them. Between two parts nothing is loaded again for a while. Milliseconds from when a request was due until it was answered as committed:

| | half | of the parts | 90 % | 99 % | × without | all | requests | readings a second, loaded again |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`;
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

/** Of ascending values. */
function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}
