import type { CorrectionColumns } from '../../db/etl/correction.ts';
import type { Corrections } from '../../db/load/rewrite-readings.ts';
import type { SeriesWork } from './series-work.ts';

/** What gets another value, by series and time, as columns without an object for each. */
export function correctedColumns(works: readonly SeriesWork[]): Corrections {
  const count = works.reduce((sum, { corrected }) => sum + corrected.times.length, 0);
  const columns = {
    seriesIds: new Int32Array(count),
    times: new Float64Array(count),
    values: new Float64Array(count),
    derived: new Uint8Array(count),
    places: new Float64Array(count),
  };
  let to = 0;
  for (const { id, corrected, stored } of works) {
    let other = 0;
    for (const at of inOrderOfTime(corrected.times)) {
      const time = corrected.times[at] ?? 0;
      while (stored !== null && (stored.times[other] ?? time) < time) other += 1;
      columns.seriesIds[to] = id;
      columns.times[to] = time;
      columns.values[to] = corrected.values[at] ?? 0;
      columns.derived[to] = corrected.derived[at] === true ? 1 : 0;
      columns.places[to] = stored?.places[other] ?? 0;
      to += 1;
    }
  }
  return columns;
}

/** Those among them that were measured and still are, with what they were. */
export function notedColumns(works: readonly SeriesWork[]): CorrectionColumns {
  const count = works.reduce((sum, { corrected }) => sum + corrected.oldValues.filter(isNoted).length, 0);
  const columns = {
    seriesIds: new Int32Array(count),
    times: new Float64Array(count),
    oldValues: new Float64Array(count),
    newValues: new Float64Array(count),
    oldBatchIds: new Int32Array(count),
  };
  let to = 0;
  for (const { id, corrected } of works) {
    // Measured ones are noted first, ascending in time.
    for (let at = 0; at < corrected.times.length; at += 1) {
      const oldValue = corrected.oldValues[at] ?? Number.NaN;
      if (!isNoted(oldValue)) continue;
      columns.seriesIds[to] = id;
      columns.times[to] = corrected.times[at] ?? 0;
      columns.oldValues[to] = oldValue;
      columns.newValues[to] = corrected.values[at] ?? 0;
      columns.oldBatchIds[to] = corrected.oldBatchIds[at] ?? 0;
      to += 1;
    }
  }
  return columns;
}

function isNoted(oldValue: number): boolean {
  return !Number.isNaN(oldValue);
}

/** Measured ones were noted before derived ones of the same series, each ascending: mostly there is one kind only. */
function inOrderOfTime(times: readonly number[]): Iterable<number> {
  const positions = times.keys();
  return times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0)) ? positions : [...positions].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
}
