import { InvalidArgumentError } from '../errors.ts';
import { didYouMean } from '../nearest-name.ts';
import type { LocalMicros } from './calendar.ts';
import { type Instant, MICROS_PER_HOUR } from './instant.ts';
import { createZoneYears, type ZoneYears } from './zone-years.ts';

/** A stretch of time over which the zone keeps one offset from UTC (local = UTC + offset). */
export interface ZoneSegment {
  readonly from: Instant;
  readonly to: Instant;
  readonly offset: number;
}

/** The clock of a time zone. */
export interface ZoneClock {
  /** What the local clock is ahead of UTC, in microseconds. */
  offsetAt(instant: Instant): number;
  /** The stretches of one offset that make up [from, to), in order; neighbours differ in their offset. */
  segments(from: Instant, to: Instant): ZoneSegment[];
  /** When the clock showed this: the earlier time where it did so twice, null where it never did. */
  toInstant(local: LocalMicros): Instant | null;
  /** The first time ever that the clock showed this or later: where a calendar period begins. */
  firstInstantOnOrAfter(local: LocalMicros): Instant;
  /** What the clock shows. */
  toLocal(instant: Instant): LocalMicros;
}

/** More than any clock is from UTC (16 h), and than any has ever been set forward or back at once (24 h). */
const REACH = 26 * MICROS_PER_HOUR;

/** Known to ICU beside the names of the IANA database: its own, and abbreviations that mean other zones to other people. */
const NOT_IANA = /^(systemv\/.*|act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/;

const clocks = new Map<string, ZoneClock>();

/** The clock of an IANA zone, in any case of letters. Made once: a clock remembers the years it was asked about. */
export function zoneClock(zone: string): ZoneClock {
  // By the lower-case name, so that there are never more clocks than zones.
  const key = zone.toLowerCase();
  const known = clocks.get(key);
  if (known !== undefined) return known;
  const clock = createZoneClock(openZone(zone, key));
  clocks.set(key, clock);
  return clock;
}

function openZone(zone: string, key: string): ZoneYears {
  // Offsets such as +09:00 are no names, though newer engines take them.
  if (!/^[a-z]/.test(key) || NOT_IANA.test(key)) throw unknownZone(zone);
  try {
    return createZoneYears(zone);
  } catch (cause) {
    if (cause instanceof RangeError) throw unknownZone(zone, cause);
    throw cause;
  }
}

function unknownZone(zone: string, cause?: RangeError): InvalidArgumentError {
  const rule = `a time zone is an IANA name, such as Asia/Seoul${didYouMean(zone, Intl.supportedValuesOf('timeZone'))}`;
  return new InvalidArgumentError('timezone', zone, rule, cause === undefined ? {} : { cause });
}

function createZoneClock(years: ZoneYears): ZoneClock {
  // The stretch that answered last. Rows and buckets come nearly in order of time, so it answers nearly every call.
  let { from, to, offset } = years.stretchAt(0);

  function offsetAt(instant: Instant): number {
    if (instant < from || instant >= to) ({ from, to, offset } = years.stretchAt(instant));
    return offset;
  }

  function segments(start: Instant, end: Instant): ZoneSegment[] {
    const result: ZoneSegment[] = [];
    let open: { from: Instant; to: Instant; offset: number } | null = null;
    for (let at = start; at < end; ) {
      const stretch = years.stretchAt(at);
      const until = Math.min(stretch.to, end);
      if (open !== null && open.offset === stretch.offset) open.to = until;
      else {
        open = { from: at, to: until, offset: stretch.offset };
        result.push(open);
      }
      at = until;
    }
    return result;
  }

  /** The instant where the last stretch alone can have shown this reading of the clock, else null. */
  function quickly(local: LocalMicros): Instant | null {
    const instant = local - offset;
    return instant >= from + REACH && instant < to ? instant : null;
  }

  function toInstant(local: LocalMicros): Instant | null {
    const quick = quickly(local);
    if (quick !== null) return quick;
    for (const segment of segments(local - REACH, local + REACH)) {
      const instant = local - segment.offset;
      if (instant >= segment.from && instant < segment.to) {
        offsetAt(instant);
        return instant;
      }
    }
    return null;
  }

  function firstInstantOnOrAfter(local: LocalMicros): Instant {
    const quick = quickly(local);
    if (quick !== null) return quick;
    for (const segment of segments(local - REACH, local + REACH)) {
      const instant = Math.max(local - segment.offset, segment.from);
      if (instant < segment.to) {
        offsetAt(instant);
        return instant;
      }
    }
    throw new Error(`no clock is ${REACH} microseconds behind UTC`);
  }

  return { offsetAt, segments, toInstant, firstInstantOnOrAfter, toLocal: (instant) => instant + offsetAt(instant) };
}
