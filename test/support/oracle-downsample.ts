import type { Instant } from '../../db/time/instant.ts';
import { type AnsweredFields, Differences, writeInstant } from './oracle-answer.ts';
import { drawRange, drawZone } from './oracle-draw-range.ts';
import { drawMetrics, drawScope } from './oracle-draw-scope.ts';
import type { OracleCase } from './oracle-gateway.ts';
import { groupsOf } from './oracle-groups.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import type { OracleScope, Span } from './oracle-types.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** A question for thinned lines. */
interface DownsampleRequest {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly now: Instant;
  readonly maxPoints: number;
  readonly method: 'LTTB' | 'MIN_MAX';
  /** The whole lines, in the order of their sensors, then metrics. */
  readonly lines: readonly Line[];
}

interface Line {
  readonly sensor: string;
  readonly metric: string;
  readonly readings: readonly Point[];
}

interface Point {
  readonly time: Instant;
  readonly value: number;
}

interface AnsweredLine {
  readonly sensor: { readonly id: string };
  readonly metric: { readonly id: string };
  readonly readings: number;
  readonly points: readonly { readonly time: string; readonly value: number }[];
  readonly columns: { readonly time: readonly string[]; readonly value: readonly number[] };
}

const TEXT = `query ($metrics: [ID!] $where: LocationFilter $sensors: [ID!] $from: TimeBound! $to: TimeBound $timezone: TimeZone $maxPoints: Int! $method: Downsampling!) {
  downsample(metrics: $metrics, where: $where, sensors: $sensors, from: $from, to: $to, timezone: $timezone, maxPoints: $maxPoints, method: $method) {
    sensor { id } metric { id } readings points { time value } columns { time value } } }`;

/** Lines of any sensors over any range, thinned little or much. */
export function drawDownsampleRequest(random: Random, world: OracleWorld): DownsampleRequest {
  const of = drawMetrics(random, world);
  const timezone = drawZone(random);
  const range = drawRange(random, timezone, world.readingsOf(of.sensor.id, of.metric).times);
  const { scope } = drawScope(random, world, of);
  const maxPoints = random.pick([2, 3, 4, 7, 20, 99, 100, 1000]);
  const method = random.pick(['LTTB', 'MIN_MAX'] as const);
  const { by: _, ...filter } = scope;
  return {
    text: TEXT,
    variables: { ...filter, ...range.said, timezone, maxPoints, method },
    now: range.now,
    maxPoints,
    method,
    lines: linesWithin(scope, range, world),
  };
}

/** Asks both for thinned lines, and compares their answers. */
export function downsampleCase({ text, variables, now, maxPoints, method, lines }: DownsampleRequest): OracleCase {
  return async (ask) => {
    const answered = (await ask(text, variables, now)).downsample as readonly AnsweredLine[];
    const differences = new Differences();
    differences.same(
      'lines',
      JSON.stringify(answered.map(({ sensor, metric }) => [sensor.id, metric.id])),
      JSON.stringify(lines.map(({ sensor, metric }) => [sensor, metric])),
    );
    for (const [i, { readings, points, columns }] of answered.entries()) {
      const line = lines[i];
      if (line === undefined) continue;
      const place = `${line.sensor} ${line.metric}`;
      differences.same(`${place} readings`, readings, line.readings.length);
      differences.same(`${place} columns`, JSON.stringify(columns.time.map((time, at) => ({ time, value: columns.value[at] }))), JSON.stringify(points));
      if (method === 'MIN_MAX' || line.readings.length <= maxPoints)
        compareChosen(differences, place, points, method === 'LTTB' ? line.readings : minMax(line.readings, maxPoints, Math.floor(maxPoints / 2)));
      else compareTriangles(differences, place, points, candidatesOf(line.readings, maxPoints), maxPoints);
    }
    return { differences: differences.found, points: answered.reduce((sum, { points }) => sum + points.length, 0) };
  };
}

function compareChosen(differences: Differences, place: string, points: AnsweredLine['points'], wanted: readonly Point[]): void {
  const said = wanted.map(({ time, value }): AnsweredFields => ({ time: writeInstant(time), value }));
  differences.same(`${place} points`, JSON.stringify(points), JSON.stringify(said));
}

/** A long line is thinned to four readings a point before, its ends among them. */
function candidatesOf(readings: readonly Point[], maxPoints: number): readonly Point[] {
  if (readings.length <= 20 * maxPoints) return readings;
  const chosen = new Set([readings[0], ...minMax(readings, 20 * maxPoints, 2 * maxPoints), readings.at(-1)]);
  return readings.filter((reading) => chosen.has(reading));
}

/** The least and the greatest reading of each of so many stretches, whole microseconds long; of equal ones the earliest. */
function minMax(readings: readonly Point[], whole: number, stretches: number): readonly Point[] {
  const [first, last] = [readings[0]?.time ?? 0, readings.at(-1)?.time ?? 0];
  if (readings.length <= whole) return readings;
  const width = Math.ceil((last - first + 1) / stretches);
  const extremes = new Map<number, { least: Point; greatest: Point }>();
  for (const reading of readings) {
    const stretch = Math.floor((reading.time - first) / width);
    const found = extremes.get(stretch);
    if (found === undefined) extremes.set(stretch, { least: reading, greatest: reading });
    else if (reading.value < found.least.value) found.least = reading;
    else if (reading.value > found.greatest.value) found.greatest = reading;
  }
  const chosen = new Set([...extremes.values()].flatMap(({ least, greatest }) => [least, greatest]));
  return readings.filter((reading) => chosen.has(reading));
}

/**
 * Every point but the ends makes, of its bucket, the largest triangle with the point before it and the average of the next bucket. Which of several that are
 * as large it is, is left to rounding, so each is held against those that were chosen before it.
 */
function compareTriangles(differences: Differences, place: string, points: AnsweredLine['points'], readings: readonly Point[], maxPoints: number): void {
  const chosen = points.map(({ time, value }) => readings.findIndex((reading) => reading.value === value && writeInstant(reading.time) === time));
  differences.same(`${place} length`, chosen.length, Math.min(maxPoints, readings.length));
  if (readings.length <= maxPoints) {
    compareChosen(differences, place, points, readings);
    return;
  }
  differences.same(`${place} first`, chosen[0], 0);
  differences.same(`${place} last`, chosen.at(-1), readings.length - 1);
  const startOf = (bucket: number) => Math.min(readings.length, Math.floor((bucket * (readings.length - 2)) / (maxPoints - 2)) + 1);
  for (let bucket = 0; bucket < maxPoints - 2; bucket++) {
    const own = readings.slice(startOf(bucket), startOf(bucket + 1));
    const next = readings.slice(startOf(bucket + 1), startOf(bucket + 2));
    const [before, taken] = [readings[chosen[bucket] ?? 0], readings[chosen[bucket + 1] ?? 0]];
    if (before === undefined || taken === undefined || !own.includes(taken)) {
      differences.say(`${place} ${bucket}`, points[bucket + 1], own);
      return;
    }
    const areaOf = (reading: Point) => triangle(before, reading, averageOf(next));
    const largest = Math.max(...own.map(areaOf));
    // Against the area that rounding works on, as triangles may be flat.
    const size = (taken.time - before.time + 1) * Math.max(...own.map(({ value }) => Math.abs(value)), Math.abs(before.value), 1);
    if (areaOf(taken) < largest - 1e-9 * Math.max(largest, size)) differences.say(`${place} ${bucket}`, points[bucket + 1], own);
  }
}

function triangle(a: Point, b: Point, c: Point): number {
  const [bTime, cTime] = [b.time - a.time, c.time - a.time];
  return Math.abs(bTime * (c.value - a.value) - cTime * (b.value - a.value)) / 2;
}

function averageOf(readings: readonly Point[]): Point {
  const first = readings[0]?.time ?? 0;
  const sum = (of: (reading: Point) => number) => readings.reduce((total, reading) => total + of(reading), 0) / readings.length;
  return { time: first + sum(({ time }) => time - first), value: sum(({ value }) => value) };
}

/** What a sensor measured at several places is one line. */
function linesWithin(scope: Omit<OracleScope, 'from' | 'to'>, { from, to }: Span, world: OracleWorld): Line[] {
  const lines = groupsOf({ ...scope, by: 'SENSOR' }, world).map(({ key, metric, series }) => {
    const readings = series.flatMap(({ readings: { times, values }, begin, end }) => {
      const [first, last] = [Math.max(begin, firstAtOrAfter(times, from)), Math.min(end, firstAtOrAfter(times, to))];
      return times.slice(first, Math.max(first, last)).map((time, i) => ({ time, value: values[first + i] ?? Number.NaN }));
    });
    return { sensor: key.sensor ?? '', metric, readings };
  });
  const named = ({ sensor, metric }: Line) => `${sensor} ${metric}`;
  return lines.filter(({ readings }) => readings.length > 0).sort((a, b) => (named(a) < named(b) ? -1 : 1));
}
