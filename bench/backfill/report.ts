/** Live loading while a part of the year is loaded again, or while nothing is. */
export interface Phase {
  /** `none`: nothing is loaded again. */
  readonly backfill: 'none' | 'paced' | 'unpaced';
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
  ['paced', 'a backfill as jobs have it: `share: 0.5`, half of the time is left to others'],
  ['unpaced', 'a backfill without pauses: `share: 1`'],
] as const;

/** The section of RESULTS.md. */
export function composeReport({ title, facts, phases, readings, series, stepMinutes, postsASecond }: BackfillFigures): string {
  const rows = ROWS.map(([kind, name]) => {
    const own = phases.filter(({ backfill }) => backfill === kind);
    const latencies = own.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
    const seconds = own.reduce((sum, phase) => sum + phase.seconds, 0);
    const loaded = own.reduce((sum, phase) => sum + phase.readings, 0);
    const medians = own
      .map(({ latenciesMs }) =>
        quantile(
          [...latenciesMs].sort((a, b) => a - b),
          0.5,
        ),
      )
      .sort((a, b) => a - b);
    return [
      name,
      quantile(latencies, 0.5).toFixed(0),
      `${(medians[0] ?? 0).toFixed(0)}–${(medians.at(-1) ?? 0).toFixed(0)}`,
      quantile(latencies, 0.9).toFixed(0),
      quantile(latencies, 0.99).toFixed(0),
      (latencies.at(-1) ?? 0).toFixed(0),
      latencies.length.toLocaleString('en'),
      loaded === 0 ? '' : Math.round(loaded / seconds).toLocaleString('en'),
    ];
  });
  return `## ${title}

${facts.map((fact) => `- ${fact}`).join('\n')}

A year of ${series} series, a reading each ${stepMinutes} minutes, ${readings.toLocaleString('en')} readings, is loaded again from a table of another database on the same server, part by part, while ${postsASecond} requests a second bring a new reading of every one of the same series, ${(postsASecond * series).toLocaleString('en')} readings a second. A threshold is in force for all of them. Between two parts nothing is loaded again for as long. Milliseconds from when a request was due until it was answered as committed:

| | half | of the parts | 90 % | 99 % | all | requests | readings a second, loaded again |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
