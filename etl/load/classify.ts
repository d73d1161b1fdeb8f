import { CORRECTS, NEW, REPLACES_DERIVED, type SeriesWork, UNCHANGED } from './series-work.ts';

/** Readings of a batch by what they do. */
export interface Tally {
  loaded: number;
  corrected: number;
  unchanged: number;
}

/** Compares the batch's readings of one series with the stored ones, notes what is to be written, and counts. */
export function classify(work: SeriesWork, times: Float64Array, values: Float64Array, tally: Tally): void {
  if (work.stored === null) {
    if (work.to > work.from) work.runs.push({ seriesId: work.id, derived: false, times, values, from: work.from, to: work.to });
    tally.loaded += work.to - work.from;
    return;
  }
  const { stored } = work;
  work.effects = compare(work, stored, times, values);
  addRuns(work, work.effects, times, values);
  let other = 0;
  work.effects.forEach((effect, offset) => {
    tally[COUNTED_AS[effect] ?? 'loaded'] += 1;
    if (effect !== CORRECTS && effect !== REPLACES_DERIVED) return;
    const time = times[work.from + offset] ?? 0;
    while ((stored.times[other] ?? time) < time) other += 1;
    const { corrected } = work;
    corrected.times.push(time);
    corrected.values.push(values[work.from + offset] ?? 0);
    corrected.derived.push(false);
    corrected.oldValues.push(effect === CORRECTS ? (stored.values[other] ?? 0) : Number.NaN);
    corrected.oldBatchIds.push(stored.batchIds[other] ?? 0);
  });
}

const COUNTED_AS: Readonly<Record<number, keyof Tally>> = { [UNCHANGED]: 'unchanged', [NEW]: 'loaded', [CORRECTS]: 'corrected', [REPLACES_DERIVED]: 'loaded' };

/** New readings that follow each other are written as one run of the batch's own columns. */
function addRuns(work: SeriesWork, effects: Uint8Array, times: Float64Array, values: Float64Array): void {
  let from = effects.indexOf(NEW);
  while (from !== -1) {
    let to = from;
    while (effects[to] === NEW) to += 1;
    work.runs.push({ seriesId: work.id, derived: false, times, values, from: work.from + from, to: work.from + to });
    from = effects.indexOf(NEW, to);
  }
}

/** Both sides ascend, so one walk along them compares all. */
function compare(work: SeriesWork, stored: NonNullable<SeriesWork['stored']>, times: Float64Array, values: Float64Array): Uint8Array {
  const effects = new Uint8Array(work.to - work.from);
  let other = 0;
  for (let at = work.from; at < work.to; at += 1) {
    const time = times[at] ?? 0;
    while (other < stored.times.length && (stored.times[other] ?? 0) < time) other += 1;
    if (stored.times[other] !== time) effects[at - work.from] = NEW;
    else if (stored.derived[other] === 1) effects[at - work.from] = REPLACES_DERIVED;
    else effects[at - work.from] = stored.values[other] === values[at] ? UNCHANGED : CORRECTS;
  }
  return effects;
}
