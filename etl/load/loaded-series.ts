import type { LoadedSeries } from '../../alerts/judging/judge-load.ts';
import type { JudgedColumns } from '../../alerts/judging/machine.ts';
import type { LateReadings } from '../../alerts/judging/stretches.ts';
import { thresholdIndexOf } from '../../alerts/threshold-index.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { ReadingRun } from '../../db/load/copy-readings.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { SeriesWork } from './series-work.ts';

const NOTHING_LATE: LateReadings = { times: new Float64Array(0), values: new Float64Array(0), replaces: false };
const NONE: JudgedColumns = { times: new Float64Array(0), values: new Float64Array(0), from: 0, to: 0 };

/** What a batch changes of series that thresholds speak of, for judging it. */
export function loadedSeries(works: readonly SeriesWork[], catalogue: Catalogue): readonly LoadedSeries[] {
  if (catalogue.thresholds.length === 0) return [];
  const index = thresholdIndexOf(catalogue);
  return works.flatMap((work) => {
    if (!work.isChanged) return [];
    const rules = index.rulesForSeries({ id: work.id, ...work.key });
    return rules.length === 0 ? [] : [{ seriesId: work.id, rules, ...changesOf(work) }];
  });
}

function changesOf(work: SeriesWork): Pick<LoadedSeries, 'newest' | 'late' | 'readings'> {
  const { time, value } = work.latest;
  const newest = time === null || value === null ? null : { time, value };
  const { late, continuing } = parted(work.runs, newest?.time ?? Number.NEGATIVE_INFINITY);
  return { newest, late: lateReadings(work, late), readings: joined(continuing) };
}

/** The new readings up to an instant, and those after it. */
function parted(runs: readonly ReadingRun[], instant: Instant): { readonly late: readonly JudgedColumns[]; readonly continuing: readonly JudgedColumns[] } {
  const late: JudgedColumns[] = [];
  const continuing: JudgedColumns[] = [];
  for (const { times, values, from, to } of runs) {
    let at = from;
    while (at < to && (times[at] ?? 0) <= instant) at += 1;
    if (at > from) late.push({ times, values, from, to: at });
    if (at < to) continuing.push({ times, values, from: at, to });
  }
  return { late, continuing };
}

function lateReadings({ corrected, deleted }: SeriesWork, added: readonly JudgedColumns[]): LateReadings {
  if (added.length === 0 && corrected.times.length === 0 && deleted.length === 0) return NOTHING_LATE;
  const changed = [
    ...added,
    columns(corrected.times, corrected.values),
    columns(
      deleted,
      deleted.map(() => Number.NaN),
    ),
  ];
  const { times, values, from, to } = joined(changed.filter((piece) => piece.from < piece.to));
  return { times: times.subarray(from, to), values: values.subarray(from, to), replaces: corrected.times.length > 0 || deleted.length > 0 };
}

function columns(times: readonly Instant[], values: readonly number[]): JudgedColumns {
  return { times: Float64Array.from(times), values: Float64Array.from(values), from: 0, to: times.length };
}

/** In the order of time. Nearly always there is one piece; measured, derived and corrected readings of one series lie apart, and no instant is in two of them. */
function joined(pieces: readonly JudgedColumns[]): JudgedColumns {
  const [only = NONE, ...others] = pieces;
  // What is corrected was noted measured first, then derived.
  if (others.length === 0 && isAscending(only)) return only;
  const readings = pieces.flatMap(({ times, values, from, to }) => [...times.subarray(from, to)].map((time, at) => ({ time, value: values[from + at] ?? 0 })));
  readings.sort((a, b) => a.time - b.time);
  return columns(
    readings.map(({ time }) => time),
    readings.map(({ value }) => value),
  );
}

function isAscending({ times, from, to }: JudgedColumns): boolean {
  for (let at = from + 1; at < to; at += 1) if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  return true;
}
