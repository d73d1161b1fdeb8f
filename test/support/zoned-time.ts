import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import type { Duration } from '../../db/time/duration.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, type TimeWindow } from '../../db/time/instant.ts';

/** Zones that have done what zones can do: changes at one minute past midnight, by half an hour, over midnight, skipped dates, odd offsets, four changes a year. */
export const ODD_ZONES = [
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Asia/Seoul',
  'America/Havana',
  'America/Sao_Paulo',
  'Europe/Berlin',
  'UTC',
  'Asia/Kolkata',
  'America/New_York',
  'Africa/Monrovia',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Pacific/Kwajalein',
  'Pacific/Chatham',
  'Asia/Pyongyang',
  'Asia/Gaza',
  'America/Scoresbysund',
  'Europe/Dublin',
  'Africa/Cairo',
  'Asia/Amman',
] as const;

/** Temporal's instant for ours. */
export function temporal(instant: Instant): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(BigInt(Math.floor(instant / 1000)) * 1_000_000n + BigInt(instant - Math.floor(instant / 1000) * 1000) * 1000n);
}

/** Our instant for Temporal's. */
export function micros(instant: { readonly epochNanoseconds: bigint }): Instant {
  return Number(instant.epochNanoseconds / 1000n);
}

/** The instants at which a zone changed its clocks inside a window, as Temporal finds them. */
export function clockChanges(zone: string, { from, to }: TimeWindow): Instant[] {
  const changes: Instant[] = [];
  for (let at: Temporal.ZonedDateTime | null = temporal(from).toZonedDateTimeISO(zone); ; ) {
    at = at.getTimeZoneTransition('next');
    if (at === null || micros(at) >= to) return changes;
    changes.push(micros(at));
  }
}

/** What the clock shows, as microseconds since 1970 on that clock. */
export function shownAt(zone: string, instant: Instant): number {
  return instant + temporal(instant).toZonedDateTimeISO(zone).offsetNanoseconds / 1000;
}

/** The number of the bucket on whose mark or after it a clock reading lies, counted as the buckets are: a change of it is a boundary unless the clock was set back. */
function ordinal(bucket: Duration, shown: number): number {
  if (bucket.micros !== 0) return Math.floor(shown / bucket.micros);
  const date = Temporal.PlainDate.from('1970-01-01').add({ days: Math.floor(shown / MICROS_PER_DAY) });
  if (bucket.days !== 0) return Math.floor(Temporal.PlainDate.from('2000-01-03').until(date, { largestUnit: 'day' }).days / bucket.days);
  return Math.floor(((date.year - 2000) * 12 + date.month - 1) / bucket.months);
}

/**
 * The boundaries inside [from, to], found by looking at the clock every minute: a bucket shorter than a day begins when the clock shows a mark or has jumped over one,
 * a longer one when the clock first shows a date of it. `from` must lie two days after any bucket that matters. Good where clocks change on the minute.
 */
export function boundariesByTheMinute(bucket: Duration, zone: string, { from, to }: TimeWindow): Instant[] {
  const boundaries: Instant[] = [];
  const warmUp = 3 * MICROS_PER_DAY;
  let before = ordinal(bucket, shownAt(zone, from - warmUp - MICROS_PER_MINUTE));
  for (let at = from - warmUp; at <= to; at += MICROS_PER_MINUTE) {
    const shown = shownAt(zone, at);
    const index = ordinal(bucket, shown);
    const begins = bucket.micros === 0 ? index > before : index > before || shown % bucket.micros === 0;
    if (begins && at >= from) boundaries.push(at);
    before = bucket.micros === 0 ? Math.max(before, index) : index;
  }
  return boundaries;
}

/** A zone and an instant, most often within three days of one of its clock changes between 1970 and 2040. */
export function zonedInstants(): fc.Arbitrary<{ zone: string; instant: Instant }> {
  return fc
    .record({
      zone: fc.constantFrom(...ODD_ZONES),
      pick: fc.nat(10_000),
      minutes: fc.integer({ min: -3 * 1440, max: 3 * 1440 }),
      plain: fc.integer({ min: 0, max: 36_800_000 }),
    })
    .map(({ zone, pick, minutes, plain }) => {
      const changes = changesOfAnyZone(zone);
      const change = changes[pick % (changes.length + 1)];
      return { zone, instant: change === undefined ? plain * MICROS_PER_MINUTE : change - (change % MICROS_PER_MINUTE) + minutes * MICROS_PER_MINUTE };
    });
}

const changesByZone = new Map<string, readonly Instant[]>();

/** The clock changes of a zone between 1970 and 2040. */
export function changesOfAnyZone(zone: string): readonly Instant[] {
  const known = changesByZone.get(zone);
  if (known !== undefined) return known;
  const changes = clockChanges(zone, { from: 0, to: micros(Temporal.Instant.from('2040-01-01T00:00:00Z')) });
  changesByZone.set(zone, changes);
  return changes;
}
