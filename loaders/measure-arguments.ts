import type { Measures, TimesIn } from '../db/aggregate-values.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';

/** Each takes a sort of all readings of a bucket. */
const MOST_PERCENTILES = 20;
/** Each is judged apart. */
const MOST_GAPS = 20;

/** What an answer shows of every bucket, as the document says it. */
export interface ShownMeasures extends Omit<Measures, 'percentiles' | 'averages' | 'timesIn'> {
  /** The argument `p` of each percentile. */
  readonly percentiles: readonly number[];
  /** The argument `maxGap` of each time-weighted average. */
  readonly averages: readonly string[];
  readonly timesIn: readonly { readonly thresholdsAsOf: TimesIn['asOf']; readonly maxGap: string }[];
}

/** Reads the arguments of what an answer shows, each different one once, and refuses what breaks a rule. */
export function readMeasures(shown: ShownMeasures): Measures {
  const { count, sum, avg, extremes, stddev, firstLast } = shown;
  const percentiles = [...new Set(shown.percentiles.map(readShare))].sort(ascending);
  if (percentiles.length > MOST_PERCENTILES)
    throw new InvalidArgumentError('p', percentiles, `a question shows at most ${MOST_PERCENTILES} different percentiles`);
  const averages = [...new Set(shown.averages.map(readGap))].sort(ascending);
  const timesIn = distinctTimes(shown.timesIn.map(({ thresholdsAsOf, maxGap }) => ({ asOf: thresholdsAsOf, maxGap: readGap(maxGap) })));
  const gaps = new Set([...shown.averages, ...shown.timesIn.map(({ maxGap }) => maxGap)]);
  if (gaps.size > MOST_GAPS) throw new InvalidArgumentError('maxGap', [...gaps], `a question has at most ${MOST_GAPS} different ones`);
  return { count, sum, avg, extremes, stddev, firstLast, percentiles, averages, timesIn };
}

/** The share of readings that `p` means: above 1 it is per cent. */
export function readShare(p: number): number {
  if (!(p >= 0 && p <= 100)) throw new InvalidArgumentError('p', p, 'a percentile is a share from 0 to 1, or above 1 to 100 as per cent');
  return p <= 1 ? p : p / 100;
}

const knownGaps = new Map<string, number>();
/** Far more than dashboards ask for. */
const MOST_KNOWN_GAPS = 1000;

/** The longest time, in microseconds, for which a value holds. Days are 24 hours: what holds is measured, not read off a calendar. Remembered, for points may ask one by one. */
export function readGap(text: string): number {
  const before = knownGaps.get(text);
  if (before !== undefined) return before;
  const gap = parseGap(text);
  if (knownGaps.size >= MOST_KNOWN_GAPS) knownGaps.clear();
  knownGaps.set(text, gap);
  return gap;
}

function parseGap(text: string): number {
  const duration = parseDuration(text, 'maxGap');
  if (duration.months !== 0)
    throw new InvalidArgumentError('maxGap', text, 'how long a value holds is exact time: days, hours, minutes or seconds, not months or years');
  const micros = exactMicros(duration);
  if (micros === 0) throw new InvalidArgumentError('maxGap', text, 'a value must hold for some time: it must be greater than zero');
  return micros;
}

function distinctTimes(times: readonly TimesIn[]): readonly TimesIn[] {
  const byName = new Map(times.map((one) => [`${one.asOf} ${one.maxGap}`, one]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

function ascending(a: number, b: number): number {
  return a - b;
}
