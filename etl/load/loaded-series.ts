import type { LoadedSeries } from '../../alerts/judge-load.ts';
import type { JudgedColumns } from '../../alerts/machine.ts';
import { thresholdIndexOf } from '../../alerts/threshold-index.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { ReadingRun } from '../../db/load/copy-readings.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { SeriesWork } from './series-work.ts';

const NONE: JudgedColumns = { times: new Float64Array(0), values: new Float64Array(0), from: 0, to: 0 };

/** What a batch changes of series that thresholds speak of, for judging it. */
export function loadedSeries(works: readonly SeriesWork[], catalogue: Catalogue): readonly LoadedSeries[] {
  if (catalogue.thresholds.length === 0) return [];
  const index = thresholdIndexOf(catalogue);
  return works.flatMap((work) => {
    if (!work.isChanged) return [];
    const series = { id: work.id, ...work.key };
    const rules = index.rulesForSeries(series);
    return rules.length === 0 ? [] : [{ series, rules, ...changesOf(work) }];
  });
}

function changesOf(work: SeriesWork): Pick<LoadedSeries, 'newest' | 'touchedSince' | 'readings'> {
  const { time, value } = work.latest;
  const newest = time === null || value === null ? null : { time, value };
  const since = touchedSince(work);
  return {
    newest,
    touchedSince: newest !== null && since <= newest.time ? since : null,
    readings: continuing(work.runs, newest?.time ?? Number.NEGATIVE_INFINITY),
  };
}

function touchedSince({ runs, corrected, deleted }: SeriesWork): Instant {
  let since = Number.POSITIVE_INFINITY;
  for (const { times, from } of runs) since = Math.min(since, times[from] ?? since);
  for (const time of corrected.times) since = Math.min(since, time);
  for (const time of deleted) since = Math.min(since, time);
  return since;
}

/** The readings after an instant; nearly always they lie in the batch in one piece. */
function continuing(runs: readonly ReadingRun[], after: Instant): JudgedColumns {
  const pieces = runs.map((run) => pieceAfter(run, after)).filter(({ from, to }) => from < to);
  const [only = NONE, ...others] = pieces;
  return others.length === 0 ? only : merged(pieces);
}

function pieceAfter({ times, values, from, to }: ReadingRun, after: Instant): JudgedColumns {
  let at = from;
  while (at < to && (times[at] ?? 0) <= after) at += 1;
  return { times, values, from: at, to };
}

/** Measured and derived readings of one series lie apart. No instant is in two pieces. */
function merged(pieces: readonly JudgedColumns[]): JudgedColumns {
  const readings = pieces.flatMap(({ times, values, from, to }) => [...times.subarray(from, to)].map((time, at) => ({ time, value: values[from + at] ?? 0 })));
  readings.sort((a, b) => a.time - b.time);
  return { times: Float64Array.from(readings, ({ time }) => time), values: Float64Array.from(readings, ({ value }) => value), from: 0, to: readings.length };
}
