import { type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { changesOf } from './oracle-clock.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import { dayAt, startOfDay } from './oracle-time.ts';
import type { Span } from './oracle-types.ts';
import type { Random } from './random.ts';
import { micros, temporal } from './zoned-time.ts';

/** A range, how the request says it, and when it is asked. */
export interface DrawnRange extends Span {
  readonly said: { readonly from: string | number; readonly to?: string | number };
  readonly now: Instant;
}

/** Zones whose clocks did odd things while the records were kept; the others are all there are. */
const EVENTFUL_ZONES = [
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Havana',
  'America/Sao_Paulo',
  'Europe/Berlin',
  'Asia/Gaza',
] as const;
const ALL_ZONES = Intl.supportedValuesOf('timeZone');

/** Days on which clocks did odd things outside the record: Apia's skipped Friday, changes at one minute past midnight, a new offset. They get late readings. */
export const ODD_DAYS = [
  '2011-12-30T10:00:00Z',
  '2010-11-07T02:31:00Z',
  '2011-03-13T03:31:00Z',
  '1985-12-31T18:30:00Z',
  '1988-05-07T15:00:00Z',
  '2018-11-04T03:00:00Z',
].map((text) => Date.parse(text) * 1000);

/** Long after all readings. */
const TODAY = Date.UTC(2026, 5, 30, 9, 30) * 1000;

/** Any zone there is. */
export function drawZone(random: Random): string {
  return random.chance(0.25) ? random.pick(EVENTFUL_ZONES) : random.pick(ALL_ZONES);
}

/** Around a reading, a change of some clock or an odd day; short ones more often than long ones. */
export function drawRange(random: Random, zone: string, times: readonly Instant[]): DrawnRange {
  const middle = drawInstant(random, zone, times);
  const kind = random.next();
  if (kind < 0.1) return drawPeriod(random, zone, middle);
  const length = Math.round(random.pick(LENGTHS) * MICROS_PER_DAY * (0.5 + random.next()));
  if (kind < 0.2) return drawRelative(random, zone, middle, length);
  const { from, to } = kind < 0.5 ? dates(middle, length, zone) : rounded(random, middle, length);
  // Now and then the present lies within, or a little after.
  const now = random.chance(0.7) ? TODAY : from + Math.floor((to - from) * 1.2 * random.next()) + 1;
  if (to === now || random.chance(0.03)) return { from, to: now > from ? now : to, now: now > from ? now : to, said: { from: write(random, from) } };
  return { from, to, now, said: { from: write(random, from), to: write(random, to) } };
}

const LENGTHS = [0.0005, 0.01, 0.01, 0.1, 0.3, 0.3, 1, 2, 2, 5, 5, 7, 30, 30, 90, 400, 1500];

/** Most often to the microsecond or the minute, else to the quarter, the hour or the day of UTC. */
function rounded(random: Random, middle: Instant, length: number): Span {
  const grain = random.pick([1, 1, MICROS_PER_SECOND, MICROS_PER_MINUTE, 15 * MICROS_PER_MINUTE, MICROS_PER_HOUR, MICROS_PER_DAY]);
  const from = Math.max(0, Math.floor((middle - length * random.next()) / grain) * grain);
  return { from, to: from + Math.max(grain, Math.floor(length / grain) * grain) };
}

/** From midnight to midnight in the zone. */
function dates(middle: Instant, length: number, zone: string): Span {
  const first = dayAt(zone, middle) - 1;
  const days = Math.min(2 + Math.floor(length / MICROS_PER_DAY), 1200);
  return { from: startOfDay(zone, first), to: startOfDay(zone, first + days) };
}

/** A day, month or year of the zone's calendar, said as such. */
function drawPeriod(random: Random, zone: string, middle: Instant): DrawnRange {
  const text = new Date(dayAt(zone, middle) * 86_400_000).toISOString().slice(0, random.pick([10, 10, 10, 7, 7, 4]));
  const [year = 0, month, day] = text.split('-').map(Number);
  const ofMonth = day === undefined ? Date.UTC(year, month ?? 0) : Date.UTC(year, (month ?? 0) - 1, day + 1);
  const last = month === undefined ? Date.UTC(year + 1, 0) : ofMonth;
  const from = startOfDay(zone, Date.parse(text) / 86_400_000);
  const to = startOfDay(zone, last / 86_400_000);
  const said = random.chance(0.5) ? text.replaceAll('-', '') : text;
  if (from === to) return { from: from - MICROS_PER_HOUR, to, now: TODAY, said: { from: write(random, from - MICROS_PER_HOUR), to: write(random, to) } };
  // A year without dashes could be a number, but is a period.
  return { from, to, now: TODAY, said: { from: said, to: said } };
}

/** The last so many days or hours, as a dashboard asks; the steps are Temporal's. */
function drawRelative(random: Random, zone: string, middle: Instant, length: number): DrawnRange {
  const now = middle + Math.floor(length * random.next());
  const { unit, name, micros: of } = random.pick(RELATIVE_UNITS);
  const count = Math.max(1, Math.round(length / of));
  const local = temporal(now).toZonedDateTimeISO(zone);
  const from = micros(
    name === 'hours' || name === 'minutes' || name === 'seconds' ? local.toInstant().subtract({ [name]: count }) : local.subtract({ [name]: count }),
  );
  const to = random.chance(0.5) ? { to: 'now' } : {};
  return { from, to: now, now, said: { from: `now-${count}${unit}`, ...to } };
}

const RELATIVE_UNITS = [
  { unit: 's', name: 'seconds', micros: MICROS_PER_SECOND },
  { unit: 'm', name: 'minutes', micros: MICROS_PER_MINUTE },
  { unit: 'h', name: 'hours', micros: MICROS_PER_HOUR },
  { unit: 'd', name: 'days', micros: MICROS_PER_DAY },
  { unit: 'w', name: 'weeks', micros: 7 * MICROS_PER_DAY },
  { unit: 'mo', name: 'months', micros: 30 * MICROS_PER_DAY },
  { unit: 'y', name: 'years', micros: 365 * MICROS_PER_DAY },
] as const;

/** The time of a reading, or one near by at which some clock changed, or an odd day. */
function drawInstant(random: Random, zone: string, times: readonly Instant[]): Instant {
  if (times.length === 0 || random.chance(0.08)) return random.pick(ODD_DAYS);
  const at = random.pick(times);
  if (random.chance(0.6)) return at;
  const changes = changesOf(zone);
  const near = changes[firstAtOrAfter(changes, at - 100 * MICROS_PER_DAY)] ?? at;
  return near > at + 200 * MICROS_PER_DAY || near > (times.at(-1) ?? 0) ? at : near;
}

/** In UTC or with an offset, or as digits that say the same. */
function write(random: Random, instant: Instant): string | number {
  const digits = random.chance(0.2) ? digitsOf(instant) : null;
  if (digits !== null) return random.chance(0.5) ? digits : Number(digits);
  if (random.chance(0.7))
    return new Date(Math.floor(instant / 1000)).toISOString().replace('Z', `${String(((instant % 1000) + 1000) % 1000).padStart(3, '0')}Z`);
  return temporal(instant).toString({ timeZone: random.pick(['+09:00', '-03:30', '+05:45']) });
}

/** Epoch seconds or milliseconds, where there are as many digits as these have. */
function digitsOf(instant: Instant): string | null {
  if (instant % MICROS_PER_SECOND === 0) {
    const seconds = String(instant / MICROS_PER_SECOND);
    return seconds.length >= 9 ? seconds : null;
  }
  return instant % 1000 === 0 && instant >= 1e14 ? String(instant / 1000) : null;
}
