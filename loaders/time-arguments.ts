import { InvalidArgumentError } from '../db/errors.ts';
import { type Bucket, parseBucket } from '../db/time/buckets.ts';
import { clampInstant } from '../db/time/calendar.ts';
import { formatInstant, type TimeWindow } from '../db/time/instant.ts';
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

/** The length of a bucket. There is no default yet, so it has to be there. */
export function readBucket(bucket: string | null | undefined): Bucket {
  if (bucket === null || bucket === undefined)
    throw new InvalidArgumentError('bucket', null, 'a length of a bucket must be given, such as 15m, 1h, 1d, 1w, 1mo or 1y');
  return parseBucket(bucket);
}
