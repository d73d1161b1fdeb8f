import { Temporal } from 'temporal-polyfill';
import type { Duration } from '../../db/time/duration.ts';
import type { Instant } from '../../db/time/instant.ts';
import { micros, temporal } from './zoned-time.ts';

/** Where an instant lies a period earlier, by Temporal's calendar and clocks alone. */
export function shiftedByTemporal(instant: Instant, { months, days, micros: exact }: Duration, zone: string): Instant {
  if (months === 0 && days === 0) return instant - exact;
  const earlier = monthsBefore(furthestShown(instant, zone), months).subtract({ days });
  return firstShown(earlier, zone) - exact;
}

/** When a clock first showed this; where it jumped over it, when it jumped. */
function firstShown(shown: Temporal.PlainDateTime, zone: string): Instant {
  const earlier = shown.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(shown)) return micros(earlier);
  const later = shown.toZonedDateTime(zone, { disambiguation: 'later' });
  const jump = later.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  if (jump === null) throw new Error(`the clock of ${zone} never showed ${shown.toString()}, yet did not jump`);
  return micros(jump);
}

/** The latest that the clock had shown in the days up to an instant: what it showed then, or just before it was set back. */
function furthestShown(instant: Instant, zone: string): Temporal.PlainDateTime {
  const now = temporal(instant).toZonedDateTimeISO(zone);
  let furthest = now.toPlainDateTime();
  for (let change = changeUpTo(now); change !== null && change.until(now).total({ unit: 'hours' }) < 72; change = change.getTimeZoneTransition('previous')) {
    const before = change.subtract({ nanoseconds: 1 }).toPlainDateTime().add({ nanoseconds: 1 });
    if (Temporal.PlainDateTime.compare(before, furthest) > 0) furthest = before;
  }
  return furthest;
}

function changeUpTo(now: Temporal.ZonedDateTime): Temporal.ZonedDateTime | null {
  return now.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
}

/** The same day and time so many months before; the midnight after the month's last day where it lacks that day. */
function monthsBefore(shown: Temporal.PlainDateTime, months: number): Temporal.PlainDateTime {
  const month = shown.toPlainDate().toPlainYearMonth().subtract({ months });
  if (shown.day <= month.daysInMonth) return month.toPlainDate({ day: shown.day }).toPlainDateTime(shown.toPlainTime());
  return month.add({ months: 1 }).toPlainDate({ day: 1 }).toPlainDateTime();
}
