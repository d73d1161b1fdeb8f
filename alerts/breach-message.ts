import type { BreachRow, BreachStatus } from '../db/breach.ts';
import type { LocationRow, MetricRow, SensorRow, ThresholdRow } from '../db/catalogue.ts';
import { parseDuration } from '../db/time/duration.ts';
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { zoneClock } from '../db/time/zone-clock.ts';

/** What a breach is told with. `threshold` as it was then. */
export interface BreachSubject {
  readonly sensor: SensorRow;
  readonly location: LocationRow | null;
  readonly metric: MetricRow;
  readonly threshold: ThresholdRow | null;
}

/** One English sentence, for somebody who has nothing but a telephone at hand: how grave, what, where, the value and its band, and when by the clock of the place. */
export function breachMessage(breach: BreachRow, subject: BreachSubject): string {
  return `${sentence(breach, subject)}${anew(breach, subject)}${breach.late ? ' (recorded late).' : '.'}`;
}

function sentence(breach: BreachRow, subject: BreachSubject): string {
  const { kind, status, previous } = breach;
  if (kind === 'CORRECTED') return corrected(breach, subject);
  if (status === 'NO_DATA') return silent(breach, subject);
  if (previous === 'NO_DATA') return heardAgain(breach, subject);
  switch (kind) {
    case 'OPENED':
      return `${title(status)}: ${observation(breach, subject)}, in ${band(status, subject)}`;
    case 'WORSENED':
      return `${title(status)}, was ${title(previous)}: ${observation(breach, subject)}, in ${band(status, subject)}`;
    case 'EASED':
      return `${title(status)}, was ${title(previous)}: ${observation(breach, subject)}, and ${ended(previous, subject)}`;
    case 'CLEARED':
      return status === null
        ? `Over, was ${title(previous)}: ${observation(breach, subject)}, and no threshold is in force any more`
        : `${title(status)}, was ${title(previous)}: ${observation(breach, subject)}, and ${ended(previous, subject)}`;
  }
}

function corrected({ status, previous, value, time }: BreachRow, subject: BreachSubject): string {
  const measured = value === null ? '' : `, with ${quantity(value, subject)}`;
  return `Corrected: ${whatAndWhere(subject)} was ${title(status)}, not ${title(previous)}, from ${clock(time, subject)} on${measured}`;
}

function silent({ time, levels }: BreachRow, subject: BreachSubject): string {
  const after = subject.threshold?.noDataAfter ?? null;
  return `${levels[0] ?? 'NO_DATA'}, no data: ${whatAndWhere(subject)} has been silent ${after === null ? 'too long' : `for more than ${inWords(after)}`} at ${clock(time, subject)}`;
}

function heardAgain({ value, time, measuredAt, levels }: BreachRow, subject: BreachSubject): string {
  const over = `No data is over${levels[0] === undefined ? '' : `, was ${levels[0]}`}`;
  if (value === null) return `${over}: ${whatAndWhere(subject)} need not report any more since ${clock(time, subject)}`;
  return `${over}: ${whatAndWhere(subject)} reports again, ${quantity(value, subject)} at ${clock(measuredAt ?? time, subject)}`;
}

function observation(breach: BreachRow, subject: BreachSubject): string {
  const { value, time, measuredAt } = breach;
  if (value !== null && measuredAt !== null && isJudgedAnew(breach)) {
    return `${whatAndWhere(subject)} was ${quantity(value, subject)} when last measured, at ${clock(measuredAt, subject)}`;
  }
  const measured = value === null ? 'has no value' : `is ${quantity(value, subject)}`;
  return `${whatAndWhere(subject)} ${measured} at ${clock(time, subject)}`;
}

/** Without a reading of that time, the last value is no news: only what it means is. */
function isJudgedAnew({ kind, previous, time, measuredAt }: BreachRow): boolean {
  return kind !== 'CORRECTED' && previous !== 'NO_DATA' && measuredAt !== null && measuredAt !== time;
}

function anew(breach: BreachRow, subject: BreachSubject): string {
  return isJudgedAnew(breach) ? `; judged anew at ${clock(breach.time, subject)}` : '';
}

function title(status: BreachStatus): string {
  return status ?? 'without a threshold';
}

function whatAndWhere({ sensor, location, metric }: BreachSubject): string {
  const device = sensor.name === null || sensor.name === sensor.id ? sensor.id : `${sensor.id} "${sensor.name}"`;
  return `${metric.name} of sensor ${device}${location === null ? '' : ` at ${place(location)}`}`;
}

function place({ id, factory, building, floor, area }: LocationRow): string {
  const parts = [factory, labelled('building', building), labelled('floor', floor), labelled('area', area)].filter((part) => part !== null);
  return `${id} (${parts.join(', ')})`;
}

function labelled(label: string, value: string | number | null): string | null {
  return value === null ? null : `${label} ${value}`;
}

function ended(level: BreachStatus, subject: BreachSubject): string {
  const known = boundsOf(level, subject);
  return `its ${title(level)} band${known === null ? '' : `, ${known},`} no longer holds`;
}

/** `its WARNING band, 50 °C and above`. */
function band(level: BreachStatus, subject: BreachSubject): string {
  const known = boundsOf(level, subject);
  return `its ${title(level)} band${known === null ? '' : `, ${known}`}`;
}

/** null where the threshold cannot be named or is of another level. */
function boundsOf(level: BreachStatus, { threshold, metric }: BreachSubject): string | null {
  return threshold !== null && threshold.level === level ? bounds(threshold, metric) : null;
}

function bounds({ min, max }: ThresholdRow, metric: MetricRow): string {
  if (min !== null && max !== null) return `${figure(min)} to ${figure(max)}${unitOf(metric)}`;
  if (min !== null) return `${figure(min)}${unitOf(metric)} and above`;
  return max === null ? 'all values' : `${figure(max)}${unitOf(metric)} and below`;
}

function quantity(value: number, { metric }: BreachSubject): string {
  return `${figure(value)}${unitOf(metric)}`;
}

/** Nobody reads more than seven digits off a telephone, and what derivations compute has sixteen. */
function figure(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** UCUM as people write it. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: ' °C',
  '[degF]': ' °F',
  '[ppm]': ' ppm',
  '[ppb]': ' ppb',
  'ug/m3': ' µg/m³',
  'mg/m3': ' mg/m³',
  'm/s2': ' m/s²',
  'W.h': ' Wh',
  '1': '',
};

/** What UCUM has in braces is a remark and no unit: of `{unit-not-stated}` nothing is left. */
function unitOf({ unit }: MetricRow): string {
  const bare = unit.replaceAll(/\{[^}]*\}/g, '');
  return UNITS[bare] ?? (bare === '' ? '' : ` ${bare}`);
}

/** `2024-05-01 10:15 Asia/Seoul`: by the clock of the place, UTC where there is none. */
function clock(time: string, { location }: BreachSubject): string {
  const zone = location?.timezone ?? 'UTC';
  const local = zoneClock(zone).toLocal(parseRfc3339(time) ?? Number.NaN);
  return `${formatInstant(local).slice(0, 16).replace('T', ' ')} ${zone}`;
}

/** `1 day 2 h 30 min`. */
function inWords(duration: string): string {
  const { days, micros } = parseDuration(duration, 'noDataAfter');
  const parts = [
    days === 0 ? '' : `${days} ${days === 1 ? 'day' : 'days'}`,
    counted(Math.floor(micros / MICROS_PER_HOUR), 'h'),
    counted(Math.floor((micros % MICROS_PER_HOUR) / MICROS_PER_MINUTE), 'min'),
    counted((micros % MICROS_PER_MINUTE) / MICROS_PER_SECOND, 's'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

function counted(count: number, unit: string): string {
  return count === 0 ? '' : `${count} ${unit}`;
}
