import type { ReadingRun } from '../../db/load/copy-readings.ts';
import type { SeriesKey } from '../../db/load/create-series.ts';
import type { StoredReadings } from '../../db/load/select-stored-readings.ts';
import type { SeriesLatest } from '../../db/load/series-latest.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';

/** What a reading of the batch does to the store. */
export const UNCHANGED = 0;
export const NEW = 1;
export const CORRECTS = 2;
/** The store has a derived reading of this instant: the measured one takes its place and counts as loaded. */
export const REPLACES_DERIVED = 3;

/** Readings that get another value, parallel. */
interface Corrected {
  readonly times: Instant[];
  readonly values: number[];
  readonly derived: boolean[];
  /** What a measured reading was, and the batch that brought it (0: loaded before batches had numbers); NaN where a derived one was or is. */
  readonly oldValues: number[];
  readonly oldBatchIds: number[];
}

/** One series in the transaction of one batch: what the store has, what the batch brings, what is to be written. */
export class SeriesWork {
  readonly key: SeriesKey;
  readonly id: number;
  /** The batch's readings: positions of its columns, none where they are equal. */
  readonly from: number;
  readonly to: number;
  /** Set once the series is locked. */
  latest: SeriesLatest;
  /** The stored readings at the instants that matter; null where there are none. */
  stored: StoredReadings | null = null;
  /** What each reading of the batch does, from `from` on; null where all are new. */
  effects: Uint8Array | null = null;
  readonly runs: ReadingRun[] = [];
  readonly corrected: Corrected = { times: [], values: [], derived: [], oldValues: [], oldBatchIds: [] };
  readonly deleted: Instant[] = [];

  constructor(key: SeriesKey, id: number, from: number, to: number) {
    this.key = key;
    this.id = id;
    this.from = from;
    this.to = to;
    this.latest = { seriesId: id, time: null, value: null, derived: false, firstTime: null, readings: 0 };
  }

  get isChanged(): boolean {
    return this.runs.length > 0 || this.corrected.times.length > 0 || this.deleted.length > 0;
  }

  /** The earliest touched instant of each touched UTC day, by day. */
  touchedDays(): Instant[] {
    const since = new Map<number, Instant>();
    for (const run of this.runs) touchDaysOf(since, run);
    touch(since, this.corrected.times);
    touch(since, this.deleted);
    return [...since.values()].sort((a, b) => a - b);
  }

  /** Whether the first or the newest reading is deleted: what takes its place only the store knows. */
  get losesAnEdge(): boolean {
    return this.deleted.some((time) => time === this.latest.time || time === this.latest.firstTime);
  }

  /** What the store knows of the series once all this is written, as far as the deleted readings are not its first or newest. */
  latestAfterwards(): SeriesLatest {
    let { time, value, derived, firstTime, readings } = this.latest;
    readings -= this.deleted.length;
    this.corrected.times.forEach((at, position) => {
      if (at !== time) return;
      value = this.corrected.values[position] ?? null;
      derived = this.corrected.derived[position] ?? false;
    });
    for (const run of this.runs) {
      readings += run.to - run.from;
      const first = run.times[run.from] ?? Number.POSITIVE_INFINITY;
      const last = run.times[run.to - 1] ?? Number.NEGATIVE_INFINITY;
      if (firstTime === null || first < firstTime) firstTime = first;
      if (time !== null && last <= time) continue;
      time = last;
      value = run.values[run.to - 1] ?? null;
      derived = run.derived;
    }
    return { seriesId: this.id, time, value, derived, firstTime, readings };
  }
}

/** A run ascends, so what follows of a day is passed over. */
function touchDaysOf(since: Map<number, Instant>, { times, from, to }: ReadingRun): void {
  let at = from;
  while (at < to) {
    const time = times[at] ?? 0;
    const day = Math.floor(time / MICROS_PER_DAY);
    since.set(day, Math.min(since.get(day) ?? time, time));
    at = countUpTo(times, (day + 1) * MICROS_PER_DAY - 1, at, to);
  }
}

/** Of times in any order, though mostly they ascend. */
function touch(since: Map<number, Instant>, times: readonly Instant[]): void {
  let day = Number.NaN;
  let least = Number.NaN;
  for (const time of times) {
    const dayOfTime = Math.floor(time / MICROS_PER_DAY);
    if (dayOfTime === day && time >= least) continue;
    day = dayOfTime;
    least = Math.min(since.get(day) ?? time, time);
    since.set(day, least);
  }
}
