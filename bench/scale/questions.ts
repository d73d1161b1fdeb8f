import { formatInstant, type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';
import { sensorIds } from '../answers/factory.ts';

/** What is asked of both stores, in the same words. */
export interface ScaleQuestion {
  readonly name: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What the same question is to TimescaleDB's own aggregates; null where they have no answer. */
  readonly byHand: ByHand | null;
}

/** A question for a continuous aggregate: of which, in which buckets, of how many series, since when. */
export interface ByHand {
  readonly aggregate: 'by_hand_1h' | 'by_hand_1d';
  /** As `time_bucket` takes them; null where each row of the aggregate is a point. */
  readonly bucket: string | null;
  readonly timezone: string | null;
  readonly from: string;
  readonly to: string;
  readonly sensors: readonly string[];
}

const COLUMNS = `query ($sensors: [ID!]!, $from: TimeBound!, $to: TimeBound!, $bucket: Duration!, $timezone: TimeZone) {
  aggregates(metrics: ["temperature"], by: SENSOR, sensors: $sensors, from: $from, to: $to, bucket: $bucket, timezone: $timezone) {
    group { sensor { id } }
    columns { start min max avg }
  }
}`;

const LATEST = 'query ($sensors: [ID!]!) { latest(sensors: $sensors) { sensor { id } time value } }';

const ONE = sensorIds.slice(41, 42);

/** All end where the record does, and begin where the shorter record has begun, so that both stores give as many points, but for the last one. */
export function questionsUntil(end: Instant): readonly ScaleQuestion[] {
  const ago = (days: number) => formatInstant(end - days * MICROS_PER_DAY);
  const to = formatInstant(end);
  const ask = (
    name: string,
    days: number,
    bucket: string,
    sensors: readonly string[],
    own: Pick<ByHand, 'aggregate' | 'bucket'> | null,
    timezone = 'UTC',
  ): ScaleQuestion => ({
    name,
    document: COLUMNS,
    variables: { sensors, from: ago(days), to, bucket, timezone },
    byHand: own === null ? null : { ...own, timezone: timezone === 'UTC' ? null : timezone, from: ago(days), to, sensors },
  });
  return [
    ask('30 days by the day, 100 sensors', 30, '1d', sensorIds, { aggregate: 'by_hand_1d', bucket: null }),
    ask('30 days by the day of Seoul, 100 sensors', 30, '1d', sensorIds, { aggregate: 'by_hand_1h', bucket: '1 day' }, 'Asia/Seoul'),
    ask('30 days by the day, 1 sensor', 30, '1d', ONE, { aggregate: 'by_hand_1d', bucket: null }),
    ask('30 days by the month, 100 sensors', 30, '1mo', sensorIds, { aggregate: 'by_hand_1d', bucket: '1 month' }),
    ask('24 hours by the hour, 100 sensors', 1, '1h', sensorIds, { aggregate: 'by_hand_1h', bucket: null }),
    ask('24 hours by the minute, 1 sensor', 1, '1m', ONE, null),
    { name: 'the newest readings of 100 sensors', document: LATEST, variables: { sensors: sensorIds }, byHand: null },
  ];
}

/** The same while the rollups are half a day behind, as they are for some seconds after each load: what is behind is read from readings. */
export function questionsBehind(end: Instant): readonly ScaleQuestion[] {
  return questionsUntil(end)
    .filter(({ name }) => BEHIND.includes(name))
    .map((question) => ({ ...question, name: `${question.name}, rollups half a day behind`, byHand: null }));
}

const BEHIND = ['30 days by the day, 100 sensors', '30 days by the day, 1 sensor', '24 hours by the hour, 100 sensors'];

/** The whole record by the month: as many more points as there is more of it. */
export function wholeRecord({ from, to }: { readonly from: Instant; readonly to: Instant }): ScaleQuestion {
  return {
    name: 'the whole record by the month, 100 sensors',
    document: COLUMNS,
    variables: { sensors: sensorIds, from: formatInstant(from), to: formatInstant(to), bucket: '1mo', timezone: 'UTC' },
    byHand: { aggregate: 'by_hand_1d', bucket: '1 month', timezone: null, from: formatInstant(from), to: formatInstant(to), sensors: sensorIds },
  };
}
