import type { SeriesKey } from '../../db/load/create-series.ts';
import type { ReadingColumns } from './reading-columns.ts';
import type { BatchSeries } from './valid-batch.ts';

/** Readings series by series. */
interface Grouped {
  readonly series: readonly BatchSeries[];
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Readings left out because a later one is of the same series and instant. */
  readonly repeated: number;
}

/**
 * Puts the readings of each slot together, ascending in time, each instant once: of two the later stands.
 * Counting sort by slot, which keeps the order of the input; only a series that is not ascending in it is sorted, so sorted input costs two passes.
 */
export function groupBySeries(slots: readonly SeriesKey[], { slots: slotOf, times, values, count }: ReadingColumns): Grouped {
  const starts = new Int32Array(slots.length + 1);
  for (let at = 0; at < count; at += 1) {
    const next = (slotOf[at] ?? 0) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let slot = 0; slot < slots.length; slot += 1) starts[slot + 1] = (starts[slot + 1] ?? 0) + (starts[slot] ?? 0);
  const groupedTimes = new Float64Array(count);
  const groupedValues = new Float64Array(count);
  const nextOf = starts.slice(0, slots.length);
  for (let at = 0; at < count; at += 1) {
    const slot = slotOf[at] ?? 0;
    const to = nextOf[slot] ?? 0;
    nextOf[slot] = to + 1;
    groupedTimes[to] = times[at] ?? 0;
    groupedValues[to] = values[at] ?? 0;
  }
  let repeated = 0;
  const series = slots.map((slot, number): BatchSeries => {
    const from = starts[number] ?? 0;
    const end = starts[number + 1] ?? 0;
    const to = isAscending(groupedTimes, from, end) ? end : sortStretch(groupedTimes, groupedValues, from, end);
    repeated += end - to;
    return { sensorId: slot.sensorId, metricId: slot.metricId, locationId: slot.locationId, from, to };
  });
  return { series, times: groupedTimes, values: groupedValues, repeated };
}

function isAscending(times: Float64Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at += 1) {
    if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  }
  return true;
}

/** Sorts a stretch by time in place and drops the earlier ones of each instant; returns where it now ends. */
function sortStretch(times: Float64Array, values: Float64Array, from: number, to: number): number {
  const oldTimes = times.slice(from, to);
  const oldValues = values.slice(from, to);
  const order = Uint32Array.from(oldTimes, (_time, position) => position).sort((a, b) => (oldTimes[a] ?? 0) - (oldTimes[b] ?? 0) || a - b);
  let end = from;
  for (const position of order) {
    const time = oldTimes[position] ?? 0;
    if (end > from && times[end - 1] === time) end -= 1;
    times[end] = time;
    values[end] = oldValues[position] ?? 0;
    end += 1;
  }
  return end;
}
