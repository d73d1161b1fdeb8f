import type { OracleSeriesAnswer } from './oracle.ts';
import type { OracleKey } from './oracle-groups.ts';
import type { OracleMeasures, OraclePoint, OracleValue } from './oracle-measures.ts';
import type { OracleDuration, Span } from './oracle-types.ts';

/** A point as it comes, as an object or a row, or as a place in columns. */
export type AnsweredFields = Readonly<Record<string, unknown>>;

/** The answer of the gateway for one group, as it comes. */
export interface AnsweredSeries {
  readonly group: AnsweredFields & { readonly location: { readonly id: string } | null; readonly sensor: { readonly id: string } | null };
  readonly metric: { readonly id: string };
  readonly bucket: string;
  readonly timezone: string;
  readonly plan?: { readonly staleDays: number; readonly pieces: readonly { readonly source: string; readonly from: string; readonly to: string }[] };
  readonly points?: readonly AnsweredFields[];
  readonly columns?: AnsweredFields;
}

/** The promise: within this share of the larger of the result and the greatest value. */
const TOLERANCE = 1e-9;

/** What an answer has otherwise than the oracle: one line each. */
export class Differences {
  readonly found: string[] = [];

  say(place: string, value: unknown, wanted: unknown): void {
    if (this.found.length < 50) this.found.push(`${place}: ${JSON.stringify(value)}, the oracle ${JSON.stringify(wanted)}`);
  }

  same(place: string, value: unknown, wanted: unknown): void {
    if (value !== wanted) this.say(place, value, wanted);
  }

  close(place: string, value: unknown, wanted: OracleValue, greatest: number): void {
    if (!isClose(value, wanted, greatest)) this.say(place, value, wanted);
  }

  /** The same groups in the same order, each with the same points in every shape that is there. */
  allSeries(answered: readonly AnsweredSeries[], expected: readonly OracleSeriesAnswer[], asked: AskedAs): void {
    const keys = answered.map(({ group, metric }) => JSON.stringify([metric.id, flat(group)]));
    const wanted = expected.map(({ group }) => JSON.stringify([group.metric, group.key]));
    if (JSON.stringify(keys) !== JSON.stringify(wanted)) this.say('groups', keys, wanted);
    else for (const [i, series] of answered.entries()) this.series(`${keys[i] ?? ''}`, series, expected[i], asked);
  }

  series(place: string, series: AnsweredSeries, expected: OracleSeriesAnswer | undefined, { measures, span, bucket, timezone }: AskedAs): void {
    if (expected === undefined) throw new Error('there are as many series as expected');
    this.same(`${place} bucket`, series.bucket, isoDuration(bucket));
    this.same(`${place} timezone`, series.timezone, timezone);
    for (const [name, total] of Object.entries(expected.totals)) {
      this.close(`${place} ${name}`, (series as unknown as AnsweredFields)[name], total, (span.to - span.from) / 1e6);
    }
    if (series.points !== undefined) this.points(`${place} points`, series.points, expected.points, measures);
    if (series.columns !== undefined)
      this.points(`${place} columns`, objectsOf(series.columns), expected.points, measures, series.columns.compared !== undefined);
    if (series.plan !== undefined && !isPlanWithin(span, series.plan.pieces)) this.say(`${place} plan`, series.plan.pieces, span);
  }

  points(place: string, points: readonly AnsweredFields[], expected: readonly OraclePoint[], measures: OracleMeasures, hasAllCompared = false): void {
    this.same(`${place} length`, points.length, expected.length);
    if (points.length !== expected.length) return;
    for (const [i, wanted] of expected.entries()) {
      const at = `${place} ${writeInstant(wanted.start)}`;
      const point = points[i] ?? {};
      this.point(at, point, wanted, measures);
      if (point.compared !== undefined) this.compared(`${at} compared`, point.compared, wanted.compared, measures, hasAllCompared);
    }
  }

  /** Columns have a position for every point, with a count of 0 where there is nothing to compare with. */
  compared(place: string, point: unknown, wanted: OraclePoint | null, measures: OracleMeasures, isAlwaysThere: boolean): void {
    if (wanted !== null) this.point(place, isFields(point) ? point : {}, wanted, measures);
    else if (isAlwaysThere) this.same(`${place} count`, isFields(point) ? point.count : null, 0);
    else this.same(place, point, null);
  }

  point(place: string, point: AnsweredFields, wanted: OraclePoint, measures: OracleMeasures): void {
    this.same(`${place} start`, point.start, writeInstant(wanted.start));
    this.same(`${place} end`, point.end, writeInstant(wanted.end));
    this.same(`${place} count`, point.count, wanted.count);
    this.same(`${place} filled`, point.filled, wanted.filled);
    this.same(`${place} provisional`, point.provisional, wanted.provisional);
    for (const [name, measure] of Object.entries(measures)) {
      // Seconds are as exact as the bucket is long.
      const greatest = measure.kind === 'timeIn' ? (wanted.end - wanted.start) / 1e6 : wanted.greatest;
      const value = point[measure.kind === 'summary' ? measure.field : name];
      const isAsRight = wanted.alternatives[name]?.some((alternative) => alternative === value) ?? false;
      if (!isAsRight) this.close(`${place} ${name}`, value, wanted.values[name] ?? null, greatest);
    }
  }
}

/** What the answered series are held against, beside their points. */
export interface AskedAs {
  readonly measures: OracleMeasures;
  readonly span: Span;
  readonly bucket: OracleDuration;
  readonly timezone: string;
}

/** Whether a value is what it should be: numbers within the promise, all else the same. */
function isClose(value: unknown, wanted: OracleValue, greatest: number): boolean {
  if (typeof value !== 'number' || typeof wanted !== 'number') return value === wanted;
  return Math.abs(value - wanted) <= TOLERANCE * Math.max(Math.abs(wanted), greatest);
}

/** RFC 3339 in UTC, with a fraction of 3 or 6 digits where there is one. */
export function writeInstant(instant: number): string {
  const text = new Date(Math.floor(instant / 1000)).toISOString();
  const rest = ((instant % 1000) + 1000) % 1000;
  if (rest !== 0) return `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
  return text.replace('.000Z', 'Z');
}

/** Columns as objects, one for each position. */
function objectsOf(columns: AnsweredFields): AnsweredFields[] {
  const { compared, ...lists } = columns;
  const earlier = isFields(compared) ? objectsOf(compared) : [];
  const names = Object.keys(lists);
  const length = Math.max(...names.map((name) => listOf(lists[name]).length));
  return Array.from({ length }, (_, i) => {
    const fields: Record<string, unknown> = {};
    for (const name of names) fields[name] = listOf(lists[name])[i];
    return compared === undefined ? fields : { ...fields, compared: earlier[i] ?? null };
  });
}

/** A group's key as one has it of a row. */
export function flat(group: AnsweredSeries['group']): OracleKey {
  const { factory, building, floor, area, location, sensor } = group;
  return { factory, building, floor, area, location: location?.id ?? null, sensor: sensor?.id ?? null } as OracleKey;
}

/** In the greatest units that hold it, as durations are answered. */
function isoDuration({ months, days, micros }: OracleDuration): string {
  const years = Math.floor(months / 12);
  const date = `${unit(years, 'Y')}${unit(months % 12, 'M')}${days % 7 === 0 ? unit(days / 7, 'W') : unit(days, 'D')}`;
  const seconds = micros / 1e6;
  const time = `${unit(Math.floor(seconds / 3600), 'H')}${unit(Math.floor((seconds % 3600) / 60), 'M')}${unit(seconds % 60, 'S')}`;
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

function unit(count: number, letter: string): string {
  return count === 0 ? '' : `${count}${letter}`;
}

/** The pieces follow one another without a gap, inside what was asked. */
function isPlanWithin({ from, to }: Span, pieces: NonNullable<AnsweredSeries['plan']>['pieces']): boolean {
  if (pieces.length === 0) return true;
  const isGapless = pieces.every((piece, i) => i === 0 || piece.from === pieces[i - 1]?.to);
  // Date knows milliseconds only.
  return isGapless && Date.parse(pieces[0]?.from ?? '') * 1000 >= from - 1000 && Date.parse(pieces.at(-1)?.to ?? '') * 1000 <= to + 1000;
}

function isFields(value: unknown): value is AnsweredFields {
  return typeof value === 'object' && value !== null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
