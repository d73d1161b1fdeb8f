import { InvalidArgumentError } from '../db/errors.ts';
import { type Bucket, parseBucket } from '../db/time/buckets.ts';
import { clampInstant } from '../db/time/calendar.ts';
import { type Duration, parseDuration, wholeDays } from '../db/time/duration.ts';
import { formatInstant, type TimeWindow } from '../db/time/instant.ts';
import { findRoundBucket, roundBucket } from '../db/time/round-bucket.ts';
import { parseTimeBound } from '../db/time/time-bound.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import type { Scene } from './scene.ts';
import { zoneName } from './zone-name.ts';

/** When, as a caller says it. */
export interface WindowArguments {
  readonly from: string;
  readonly to?: string | null;
  readonly timezone?: string | null;
}

/** The zone that a question names, else the setting. Refused where nobody knows it. */
export function readZone({ timezone }: Pick<WindowArguments, 'timezone'>, scene: Scene): string {
  const zone = timezone ?? scene.timezone;
  zoneClock(zone);
  return zoneName(zone);
}

/** The stretch of time that a question asks for; it ends now where it does not say. */
export function readWindow({ from, to }: WindowArguments, zone: string, scene: Scene): TimeWindow {
  const window = {
    from: clampInstant(parseTimeBound(from, { zone, edge: 'from', now: scene.now, field: 'from' })),
    to: to === null || to === undefined ? scene.now : clampInstant(parseTimeBound(to, { zone, edge: 'to', now: scene.now, field: 'to' })),
  };
  if (window.from >= window.to) throw holdsNoTime(window, from, to);
  return window;
}

/** In the caller's words, and the instants that they mean. */
function holdsNoTime(window: TimeWindow, from: string, to: string | null | undefined): InvalidArgumentError {
  const meant = [window.from, window.to].map(formatInstant).join(' and ');
  return new InvalidArgumentError(
    'from',
    from,
    `from must be before to, which is ${to === null || to === undefined ? 'now' : JSON.stringify(to)}; they mean ${meant}`,
  );
}

/** How long a bucket is to be, as a caller says it: its length, the number of points that it may make, or both. */
export interface BucketArguments {
  readonly bucket?: string | null;
  readonly maxPoints?: number | null;
}

/** As many as a chart of a screen's width can show apart, with room for the line between them. */
const DEFAULT_POINTS = 500;
/** As many points as an answer may have, if nobody has set MAX_POINTS. */
const MOST_POINTS = 100_000;

/** The bucket that is asked for by its length, or the round one that parts the window into few enough. */
export function readBucket({ bucket, maxPoints }: BucketArguments, zone: string, window: TimeWindow): Bucket {
  const shortest = bucket === null || bucket === undefined ? null : parseBucket(bucket);
  if (maxPoints === null || maxPoints === undefined) return shortest ?? defaultBucket(zone, window);
  if (maxPoints < 1 || maxPoints > MOST_POINTS) throw new InvalidArgumentError('maxPoints', maxPoints, 'maxPoints is from 1 to 100,000');
  return roundBucket({ shortest, maxPoints, zone, window });
}

function defaultBucket(zone: string, window: TimeWindow): Bucket {
  const found = findRoundBucket({ shortest: null, maxPoints: DEFAULT_POINTS, zone, window });
  if (found !== null) return found;
  const rule = `without bucket and maxPoints an answer has at most ${DEFAULT_POINTS} points, and no bucket of up to 10 years gives so few over this range: give maxPoints or bucket, or ask for a shorter range`;
  throw new InvalidArgumentError('maxPoints', null, rule);
}

/** How long before something lies what it is compared with. */
export function readPeriod(compare: string | null | undefined): Duration | null {
  if (compare === null || compare === undefined) return null;
  const period = wholeDays(parseDuration(compare, 'compare'));
  if (period.months === 0 && period.days === 0 && period.micros === 0) throw new InvalidArgumentError('compare', compare, 'a period is longer than nothing');
  return period;
}
