import { InvalidArgumentError } from '../errors.ts';
import { type Bucket, countBuckets, estimateBucketCount, parseBucket } from './buckets.ts';
import { MICROS_PER_DAY, type TimeWindow } from './instant.ts';

/** The lengths that charts have on their axes, ascending. Each is few times the one before, so a chart has nearly always a third or more of the points that it may have. */
export const ROUND_BUCKETS: readonly Bucket[] = [
  '1s 2s 5s 10s 15s 30s',
  '1m 2m 5m 10m 15m 30m',
  '1h 2h 3h 4h 6h 8h 12h',
  '1d 2d 1w 1mo 3mo 6mo',
  '1y 2y 5y 10y',
]
  .flatMap((texts) => texts.split(' '))
  .map((text) => parseBucket(text));

/** Which bucket is looked for. */
export interface RoundBucketQuestion {
  /** None shorter, and this one where it fits, round or not; null allows all. */
  readonly shortest: Bucket | null;
  /** How many buckets may touch the window. */
  readonly maxPoints: number;
  readonly zone: string;
  readonly window: TimeWindow;
}

/** The shortest round bucket that parts a window into few enough. Refused where there is none. */
export function roundBucket(question: RoundBucketQuestion): Bucket {
  const found = findRoundBucket(question);
  if (found !== null) return found;
  throw new InvalidArgumentError(
    'maxPoints',
    question.maxPoints,
    'no bucket of up to 10 years gives so few over this range: allow more points, or ask for a shorter range',
  );
}

/** The same; null where there is none. */
export function findRoundBucket({ shortest, maxPoints, zone, window }: RoundBucketQuestion): Bucket | null {
  const candidates = shortest === null ? ROUND_BUCKETS : [shortest, ...ROUND_BUCKETS.filter((bucket) => lengthOf(bucket) > lengthOf(shortest))];
  return candidates.find((bucket) => fits(bucket, maxPoints, zone, window)) ?? null;
}

function fits(bucket: Bucket, maxPoints: number, zone: string, window: TimeWindow): boolean {
  if (estimateBucketCount(bucket, window) <= maxPoints) return true;
  return fewestBuckets(bucket, window) <= maxPoints && countBuckets(bucket, zone, window) <= maxPoints;
}

/** No zone has skipped as many dates, nor has any been moved by as many days. */
const MOST_DAYS_MISSED = 5;

/** Never more than there are, so that what is too much by more than clocks and the lengths of months make need not be counted, which takes some hundred milliseconds for 4,000 years of months. */
function fewestBuckets(bucket: Bucket, window: TimeWindow): number {
  const length = window.to - window.from;
  // Clock changes make far less than double of what is shorter than a day, and that is counted by the change.
  if (bucket.micros !== 0) return length / lengthOf(bucket) / 2;
  return Math.floor((length - MOST_DAYS_MISSED * MICROS_PER_DAY) / (bucket.days * MICROS_PER_DAY + bucket.months * LONGEST_MONTH));
}

const LONGEST_MONTH = 31 * MICROS_PER_DAY;

/** The mean length of a month is that of the Gregorian calendar's 400 years. */
const MONTH = (146_097 / 4800) * MICROS_PER_DAY;

/** To compare buckets by: days and months are as long as they are on the whole. */
function lengthOf({ months, days, micros }: Bucket): number {
  return months * MONTH + days * MICROS_PER_DAY + micros;
}
