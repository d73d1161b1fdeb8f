import { Temporal } from 'temporal-polyfill';
import { type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import type { OracleFilter, OracleGrouping, OracleQuestion } from './oracle.ts';
import type { OracleRow } from './oracle-data.ts';
import { changesOf, type OracleBucket, startOfDate } from './oracle-time.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';
import { micros, temporal } from './zoned-time.ts';

/** A question, and the bounds as the request says them. */
export interface OracleRequest {
  readonly question: OracleQuestion;
  readonly from: string;
  readonly to: string;
}

const ZONES = [
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
] as const;

const BUCKETS: readonly (OracleBucket & { readonly length: number })[] = [
  ...[15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720].map((count) => bucketOf('minutes', count, count % 60 === 0 ? `${count / 60}h` : `${count}m`)),
  ...[1, 2, 3, 10].map((count) => bucketOf('days', count, `${count}d`)),
  ...[1, 2].map((count) => bucketOf('days', 7 * count, `${count}w`)),
  ...[1, 2, 3, 6].map((count) => bucketOf('months', count, `${count}mo`)),
  ...[1, 2].map((count) => bucketOf('months', 12 * count, `${count}y`)),
  bucketOf('days', 1, '24h'),
];

const GROUPINGS: readonly OracleGrouping[] = ['ALL', 'FACTORY', 'BUILDING', 'FLOOR', 'AREA', 'LOCATION', 'SENSOR'];
const MOST_BUCKETS = 800;

/** Days on which clocks did odd things outside the record: Apia's skipped Friday, changes at one minute past midnight, a new offset. They get late readings. */
const ODD_DAYS = [
  '2011-12-30T10:00:00Z',
  '2010-11-07T02:31:00Z',
  '2011-03-13T03:31:00Z',
  '1985-12-31T18:30:00Z',
  '1988-05-07T15:00:00Z',
  '2018-11-04T03:00:00Z',
].map((text) => micros(Temporal.Instant.from(text)));

/** Some instants at which something happened. */
interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Draws a question: any metrics, grouping, filter, bucket and zone over any range, many of them around clock changes or ragged to the microsecond.
 * It is drawn around one reading, so that most answers are not empty.
 */
export function drawRequest(random: Random, world: OracleWorld): OracleRequest {
  const sensor = random.pick(world.sensors);
  const metric = random.pick(world.metricsOf(sensor.id));
  const timezone = random.pick(ZONES);
  const range = drawRange(random, timezone, world.readingsOf(sensor.id, metric).times);
  const length = range.span.to - range.span.from;
  const bucket = random.pick(BUCKETS.filter((candidate) => length / candidate.length <= MOST_BUCKETS));
  const other = random.pick(world.metricsOf(random.pick(world.sensors).id));
  return {
    from: range.from,
    to: range.to,
    question: {
      metrics: random.chance(0.8) || other === metric ? [metric] : [metric, other],
      by: random.pick(GROUPINGS),
      where: random.chance(0.5) ? null : drawFilter(random, world),
      sensors: random.chance(0.8) ? null : [...new Set([sensor.id, ...random.some(world.sensors.map(({ id }) => id))])],
      bucket,
      timezone,
      ...range.span,
    },
  };
}

/** Every metric of every sensor over all of the records, once from rollups of a day and once of an hour: asked when all is refreshed, they find a rollup that stayed wrong. */
export function wholeRequests(world: OracleWorld): OracleRequest[] {
  const from = '2010-01-01T00:00:00Z';
  const to = '2018-01-01T00:00:00Z';
  const span = { from: micros(Temporal.Instant.from(from)), to: micros(Temporal.Instant.from(to)) };
  const metrics = [...new Set(world.sensors.flatMap(({ id }) => world.metricsOf(id)))];
  return metrics.flatMap((metric) =>
    [bucketOf('days', 1, '1d'), bucketOf('minutes', 720, '12h')].map((bucket) => ({
      from,
      to,
      question: { metrics: [metric], by: 'SENSOR' as const, where: null, sensors: null, bucket, timezone: 'UTC', ...span },
    })),
  );
}

/** Draws what is loaded between questions: corrections and repetitions of neighbours, or late readings, half of them around odd days. */
export function drawChange(random: Random, world: OracleWorld): OracleRow[] {
  const sensor = random.pick(world.sensors).id;
  // Humidity is derived for some: a measured value then takes its place.
  const metric = random.chance(0.05) ? 'humidity' : random.pick(world.measuredBy(sensor));
  const { times, values } = world.readingsOf(sensor, metric);
  const count = random.pick([1, 1, 3, 20, 200]);
  if (times.length > 0 && random.chance(0.5)) {
    const begin = random.whole(0, Math.max(0, times.length - count));
    return times
      .slice(begin, begin + count)
      .map((time, i) => ({ sensor, time, metrics: [metric], values: [drawValue(random, metric, values[begin + i] ?? 0)] }));
  }
  const around = times.length === 0 || random.chance(0.5) ? random.pick(ODD_DAYS) : drawInstant(random, times);
  const template = values[random.whole(0, values.length - 1)] ?? 50;
  return Array.from({ length: count }, () => {
    const time = random.chance(0.2) ? around : around + random.whole(-36 * MICROS_PER_HOUR, 36 * MICROS_PER_HOUR);
    return { sensor, time, metrics: [metric], values: [drawValue(random, metric, template)] };
  });
}

function drawValue(random: Random, metric: string, value: number): number {
  if (random.chance(0.1)) return value;
  // A few values dwarf the others, as broken sensors' do: sums and deviations must not lose the rest.
  const scale = random.chance(0.02) && metric !== 'humidity' && metric !== 'dew_point' && metric !== 'wind_speed' && metric !== 'temperature' ? 1e6 : 1;
  const drawn = (value + random.next() - 0.5) * scale;
  return metric === 'humidity' || metric === 'wind_speed' ? Math.min(Math.max(drawn, 0), 99) : drawn;
}

/** A range, and how the request says it. */
interface DrawnRange {
  readonly from: string;
  readonly to: string;
  readonly span: Span;
}

function drawRange(random: Random, zone: string, times: readonly Instant[]): DrawnRange {
  const middle = drawInstant(random, times);
  if (random.chance(0.1)) return drawPeriod(random, zone, middle);
  const length = Math.round(random.pick([0.01, 0.3, 2, 5, 30, 200, 1500]) * MICROS_PER_DAY * (0.5 + random.next()));
  const span = random.chance(0.35) ? dates(middle, length, zone) : rounded(random, middle, length);
  return { from: write(random, span.from), to: write(random, span.to), span };
}

/** To the microsecond, the minute, the quarter, the hour or the day of UTC. */
function rounded(random: Random, middle: Instant, length: number): Span {
  const grain = random.pick([1, 1, MICROS_PER_MINUTE, 15 * MICROS_PER_MINUTE, MICROS_PER_HOUR, MICROS_PER_DAY]);
  const from = Math.floor((middle - length * random.next()) / grain) * grain;
  return { from, to: from + Math.max(grain, Math.floor(length / grain) * grain) };
}

/** From midnight to midnight in the zone. */
function dates(middle: Instant, length: number, zone: string): Span {
  const first = temporal(middle).toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 1 });
  const days = Math.min(3 + Math.floor(length / MICROS_PER_DAY), 1200);
  return { from: startOfDate(first, zone), to: startOfDate(first.add({ days }), zone) };
}

/** A day, month or year of the zone's calendar, said as such. */
function drawPeriod(random: Random, zone: string, middle: Instant): DrawnRange {
  const date = temporal(middle).toZonedDateTimeISO(zone).toPlainDate();
  const { text, first, next } = random.pick([
    { text: date.toString(), first: date, next: date.add({ days: 1 }) },
    { text: date.toString().slice(0, 7), first: date.with({ day: 1 }), next: date.with({ day: 1 }).add({ months: 1 }) },
    { text: date.toString().slice(0, 4), first: date.with({ month: 1, day: 1 }), next: date.with({ month: 1, day: 1 }).add({ years: 1 }) },
  ]);
  const said = random.chance(0.5) ? text.replaceAll('-', '') : text;
  return { from: said, to: said, span: { from: startOfDate(first, zone), to: startOfDate(next, zone) } };
}

/** The time of a reading, or one near by at which some clock changed, or an odd day. */
function drawInstant(random: Random, times: readonly Instant[]): Instant {
  if (random.chance(0.15)) return random.pick(ODD_DAYS);
  const at = random.pick(times);
  if (random.chance(0.5)) return at;
  const changes = changesOf(random.pick(ZONES)).filter(
    (change) => change > (times[0] ?? 0) && change < (times.at(-1) ?? 0) && Math.abs(change - at) < 200 * MICROS_PER_DAY,
  );
  return changes.length === 0 ? at : random.pick(changes);
}

function drawFilter(random: Random, world: OracleWorld): OracleFilter {
  const locations = [...world.locations.values()];
  const present = <T>(values: readonly (T | null)[]) => [...new Set(values.filter((value) => value !== null))];
  return random.pick<() => OracleFilter>([
    () => ({ ids: random.some(locations.map(({ id }) => id)) }),
    () => ({ factories: random.some(present(locations.map(({ factory }) => factory))) }),
    () => ({ buildings: random.some(present(locations.map(({ building }) => building))) }),
    () => ({ floors: random.some([...present(locations.map(({ floor }) => floor)), 99]) }),
    () => ({ areas: random.some([...present(locations.map(({ area }) => area)), 'nowhere']) }),
    () => ({
      factories: random.some(present(locations.map(({ factory }) => factory))),
      floors: random.some([...present(locations.map(({ floor }) => floor)), 99]),
    }),
  ])();
}

/** In UTC, or with an offset that says the same. */
function write(random: Random, instant: Instant): string {
  if (random.chance(0.7)) return temporal(instant).toString({ fractionalSecondDigits: 6 });
  return temporal(instant).toString({ timeZone: random.pick(['+09:00', '-03:30', '+05:45']) });
}

function bucketOf(unit: OracleBucket['unit'], count: number, text: string): OracleBucket & { readonly length: number } {
  const length = { minutes: MICROS_PER_MINUTE, days: MICROS_PER_DAY, months: 30 * MICROS_PER_DAY }[unit] * count;
  return { unit, count, text, length };
}
