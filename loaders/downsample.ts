import { setImmediate } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { SeriesRow } from '../db/catalogue.ts';
import { type DownsampledLine, selectDownsampled } from '../db/downsample.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import type { Instant, TimeWindow } from '../db/time/instant.ts';
import { readingsWithin } from './aggregate-question.ts';
import { lttb } from './lttb.ts';
import { compareSeries } from './order.ts';
import type { Scene } from './scene.ts';
import { readWindow, readZone, type WindowArguments } from './time-arguments.ts';

/** How the points of a line are chosen. */
export type Downsampling = 'LTTB' | 'MIN_MAX';

export interface DownsampleArguments extends WindowArguments {
  readonly maxPoints: number;
  readonly method: Downsampling;
}

/** The series that make one line: of one sensor and metric, a series for each location. */
export interface Line {
  readonly sensorId: string;
  readonly metricId: string;
  readonly series: readonly SeriesRow[];
}

/** A thinned line: the chosen readings as columns. */
export interface DownsampledNode {
  readonly sensorId: string;
  readonly metricId: string;
  /** How many readings there are, of which the points were chosen. */
  readonly readings: number;
  readonly times: readonly Instant[];
  readonly values: readonly number[];
}

/** Thinned lines that share arguments, any number of them with one statement. */
export type DownsampleLoader = DataLoader<Line, DownsampledNode, string>;

/** One loader for each set of arguments; a request asks with few. */
export function createDownsampleLoaders(scene: Scene): (args: DownsampleArguments) => DownsampleLoader {
  const loaders = new Map<string, DownsampleLoader>();
  return (args) => {
    const name = JSON.stringify([args.from, args.to ?? null, args.timezone ?? null, args.maxPoints, args.method]);
    const known = loaders.get(name);
    if (known !== undefined) return known;
    const loader: DownsampleLoader = new DataLoader((lines) => downsample(scene, lines, args), {
      // No text in PostgreSQL has the character between them.
      cacheKeyFn: ({ sensorId, metricId }) => `${sensorId}\0${metricId}`,
    });
    loaders.set(name, loader);
    return loader;
  };
}

/** Parts series into lines, by sensor, then metric. */
export function linesOf(series: readonly SeriesRow[]): readonly Line[] {
  const lines: { sensorId: string; metricId: string; series: SeriesRow[] }[] = [];
  for (const row of [...series].sort(compareSeries)) {
    const last = lines.at(-1);
    if (last?.sensorId === row.sensorId && last.metricId === row.metricId) last.series.push(row);
    else lines.push({ sensorId: row.sensorId, metricId: row.metricId, series: [row] });
  }
  return lines;
}

const MOST_POINTS = 100_000;

/** LTTB sees all of a line's readings up to so many for each point. What is held in memory for an answer is bounded by this and by how many points it may have. */
const WHOLE_PER_POINT = 20;

/** Of a longer line it sees the extremes of so many stretches for each point, four readings a point: the ratio that the authors of MinMaxLTTB found to look the same. */
const STRETCHES_PER_POINT = 2;

/** Thins every line, in the lines' order. Two statements: how much there is, and the readings. */
export async function downsample(scene: Scene, lines: readonly Line[], args: DownsampleArguments): Promise<readonly DownsampledNode[]> {
  const window = readWindow(args, readZone(args, scene), scene);
  const { maxPoints, method } = args;
  if (!(maxPoints >= 2 && maxPoints <= MOST_POINTS)) throw new InvalidArgumentError('maxPoints', maxPoints, `a line has from 2 to ${MOST_POINTS} points`);
  const found = await readLines(scene, lines, window, args);
  const thinned: DownsampledNode[] = [];
  for (const [number, { sensorId, metricId }] of lines.entries()) {
    const line = found.get(number) ?? NO_READINGS;
    const { readings } = line;
    const { times, values } = method === 'LTTB' && line.times.length > maxPoints ? await thin(line, maxPoints) : line;
    thinned.push({ sensorId, metricId, readings, times, values });
  }
  return thinned;
}

const NO_READINGS: Omit<DownsampledLine, 'line'> = { readings: 0, times: [], values: [] };

/** Times count from the first, so that no digit of an area is lost on the years since 1970. Each line is thinned in a turn of its own. */
async function thin({ times, values }: Pick<DownsampledLine, 'times' | 'values'>, maxPoints: number): Promise<Pick<DownsampledNode, 'times' | 'values'>> {
  await setImmediate();
  const start = times[0] ?? 0;
  const kept = await lttb(
    times.map((time) => time - start),
    values,
    maxPoints,
  );
  return { times: kept.map((index) => times[index] ?? 0), values: kept.map((index) => values[index] ?? 0) };
}

/** By the lines' numbers; what has no readings is missing. */
async function readLines(
  scene: Scene,
  lines: readonly Line[],
  window: TimeWindow,
  { maxPoints, method }: DownsampleArguments,
): Promise<ReadonlyMap<number, DownsampledLine>> {
  const asked = lines.flatMap(({ series }, line) => series.map(({ id }) => ({ id, line })));
  if (asked.length === 0) return new Map();
  await chargeBudget(scene, lines, window, maxPoints);
  const isLttb = method === 'LTTB';
  const { catalogueVersion, lines: found } = await selectDownsampled(scene.db, {
    seriesIds: asked.map(({ id }) => id),
    lines: asked.map(({ line }) => line),
    window,
    stretches: isLttb ? maxPoints * STRETCHES_PER_POINT : Math.floor(maxPoints / 2),
    whole: isLttb ? maxPoints * WHOLE_PER_POINT : maxPoints,
    keepsEnds: isLttb,
  });
  if (catalogueVersion !== null) scene.witness.saw(catalogueVersion);
  return new Map(found.map((line) => [line.line, line]));
}

/** All readings in the window are read, and no more than the points are given. */
async function chargeBudget(scene: Scene, lines: readonly Line[], window: TimeWindow, maxPoints: number): Promise<void> {
  const spans = await scene.spans.load(
    scene.db,
    lines.flatMap(({ series }) => series.map(({ id }) => id)),
  );
  const readings = lines.map(({ series }) =>
    series.reduce((sum, { id }) => {
      const span = spans.get(id);
      return span === undefined ? sum : sum + readingsWithin(span, window);
    }, 0),
  );
  scene.budget.chargePoints(
    readings.reduce((sum, count) => sum + Math.min(count, maxPoints), 0),
    'ask for fewer points a line or fewer sensors',
  );
  const toRead = readings.reduce((sum, count) => sum + count, 0);
  scene.budget.chargeReadings(toRead, 'ask for a shorter range or fewer sensors, or for aggregates, which come from rollups');
}
