import { dateFromDays, daysFromDate, isLeapYear } from './calendar.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_SECOND } from './instant.ts';

/** The clock changes of a zone, found year by year when asked for. */
export interface ZoneYears {
  /** The stretch of one offset around an instant, cut at the year's ends. */
  stretchAt(instant: Instant): Stretch;
}

interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
  readonly offset: number;
}

/** A year of a zone: offsets[0] from its start, offsets[i] from starts[i] on; counted from the year's start, in microseconds. */
interface ZoneYear {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

/** No zone changed its clocks before (the first was 1835). */
const FIRST_CHANGES = 1800;
/** From here on every zone follows fixed rules (the last exceptions, Morocco's, are listed until 2087), so years of the same kind have the same changes. */
const FIXED_RULES = 2101;
const SECONDS_PER_DAY = 86_400;

/** Throws RangeError for a name that is no zone. */
export function createZoneYears(zone: string): ZoneYears {
  const offsetSeconds = createOffsets(zone);
  const years = new Map<number, ZoneYear>();

  function yearOf(year: number): ZoneYear {
    const key = keyOf(year);
    const known = years.get(key);
    if (known !== undefined) return known;
    const found = key < FIRST_CHANGES ? scan(1800, 1) : scan(year < FIXED_RULES ? year : FIXED_RULES + ((year - FIXED_RULES) % 400), 366);
    years.set(key, found);
    return found;
  }

  /** Looks once a day, then halves to the second: no zone is known to have changed its clocks there and back within a day. */
  function scan(year: number, days: number): ZoneYear {
    const start = daysFromDate(year, 1, 1) * SECONDS_PER_DAY;
    const starts = [0];
    let offset = offsetSeconds(start);
    const offsets = [offset * MICROS_PER_SECOND];
    for (let day = 1; day <= days; day++) {
      const at = start + day * SECONDS_PER_DAY;
      let last = at - SECONDS_PER_DAY;
      while (offsetSeconds(at) !== offset) {
        last = firstOther(last, at, offset);
        offset = offsetSeconds(last);
        starts.push((last - start) * MICROS_PER_SECOND);
        offsets.push(offset * MICROS_PER_SECOND);
      }
    }
    return { starts, offsets };
  }

  /** The first second after `before`, where the offset holds, at which it does not. */
  function firstOther(before: number, after: number, offset: number): number {
    let low = before;
    let high = after;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetSeconds(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  function stretchAt(instant: Instant): Stretch {
    const { year } = dateFromDays(Math.floor(instant / MICROS_PER_DAY));
    const start = daysFromDate(year, 1, 1) * MICROS_PER_DAY;
    const end = daysFromDate(year + 1, 1, 1) * MICROS_PER_DAY;
    const { starts, offsets } = yearOf(year);
    let i = 0;
    while (start + (starts[i + 1] ?? Number.POSITIVE_INFINITY) <= instant) i++;
    return { from: start + (starts[i] ?? 0), to: Math.min(start + (starts[i + 1] ?? Number.POSITIVE_INFINITY), end), offset: offsets[i] ?? 0 };
  }

  return { stretchAt };
}

/** Years that share a key share their changes: all before the first change, and, under fixed rules, those of one length that begin on one weekday. */
function keyOf(year: number): number {
  if (year < FIRST_CHANGES) return FIRST_CHANGES - 1;
  if (year < FIXED_RULES) return year;
  const weekday = daysFromDate(year, 1, 1) % 7;
  return FIXED_RULES + weekday * 2 + (isLeapYear(year) ? 1 : 0);
}

/** The offset of a zone at a second since 1970, in seconds: what the clock shows, less UTC. ICU's is the only copy of the zone database that every Node.js brings. */
function createOffsets(zone: string): (second: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  if (format.resolvedOptions().timeZone === 'UTC') return () => 0;
  return (second) => {
    // Such as "8, 23:16:40".
    const shown = format.format(second * 1000);
    const comma = shown.indexOf(',');
    const localDay = Number(shown.slice(0, comma));
    const localSecond = Number(shown.slice(-8, -6)) * 3600 + Number(shown.slice(-5, -3)) * 60 + Number(shown.slice(-2));
    const days = Math.floor(second / SECONDS_PER_DAY);
    return daysAhead(localDay, dateFromDays(days).day) * SECONDS_PER_DAY + localSecond - (second - days * SECONDS_PER_DAY);
  };
}

/** From two days of the month at one time: a clock is less than a day from UTC, so they differ by one, or by more across the end of a month. */
function daysAhead(localDay: number, utcDay: number): number {
  if (localDay === utcDay) return 0;
  return localDay === utcDay + 1 || localDay < utcDay - 1 ? 1 : -1;
}
