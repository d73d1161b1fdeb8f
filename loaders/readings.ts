import DataLoader from 'dataloader';
import type { SeriesRow } from '../db/catalogue.ts';
import { type BeyondCuts, type ReadingAnswer, type ReadingCut, type ReadingQuestion, type ReadingRow, selectReadings } from '../db/reading.ts';
import type { Instant, TimeWindow } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { WHOLE, type WholeArguments } from '../execution/batches.ts';
import { readingsWithin } from './aggregate-question.ts';
import type { ReadingNode } from './latest.ts';
import { compareSeries, compareText } from './order.ts';
import { createPage, type Page, readCursor, readTwoWayPageSize, type TwoWayPageArguments, writeCursor } from './page.ts';
import type { Scene } from './scene.ts';
import { readWindow, readZone, type WindowArguments } from './time-arguments.ts';
import { wholeReadings } from './whole-readings.ts';

export interface ReadingsArguments extends WindowArguments, TwoWayPageArguments, WholeArguments {
  readonly order: 'ASCENDING' | 'DESCENDING';
}

/** A question about readings, read and checked. Both cursors and the end are by time, whatever the order that is shown. */
interface ReadingsQuestion {
  readonly window: TimeWindow;
  readonly order: 'ASCENDING' | 'DESCENDING';
  readonly size: number;
  readonly end: 'EARLIEST' | 'LATEST';
  /** Only readings later than this. */
  readonly earliest: Place | null;
  /** Only readings earlier than this. */
  readonly latest: Place | null;
}

/** Where a reading stands in the total order: time, sensor, metric. A sensor is at one location at a time, so no two readings share it. */
interface Place {
  readonly time: Instant;
  readonly sensorId: string;
  readonly metricId: string;
}

/** The series of one place or sensor, of which a page is asked. */
export interface SeriesOfHolder {
  readonly id: string;
  readonly series: readonly SeriesRow[];
}

/** Pages of readings that share arguments, any number of them with one statement. */
export type ReadingsLoader = DataLoader<SeriesOfHolder, Page<ReadingNode>, string>;

/** One loader for each set of arguments, metric and kind of holder included; a request asks with few. */
export function createReadingsLoaders(scene: Scene): (kind: string, metricId: string, args: ReadingsArguments) => ReadingsLoader {
  const loaders = new Map<string, ReadingsLoader>();
  return (kind, metricId, args) => {
    const { from, to = null, timezone = null, order, first = null, after = null, last = null, before = null } = args;
    const name = JSON.stringify([kind, metricId, from, to, timezone, order, first, after, last, before, args[WHOLE] ?? false]);
    const known = loaders.get(name);
    if (known !== undefined) return known;
    const loader: ReadingsLoader = new DataLoader((holders) => loadPages(scene, holders, args), { cacheKeyFn: ({ id }) => id });
    loaders.set(name, loader);
    return loader;
  };
}

/** A page of the readings of each holder, in the holders' order. Two statements: how much there is, and the readings. */
export async function loadPages(scene: Scene, holders: readonly SeriesOfHolder[], args: ReadingsArguments): Promise<readonly Page<ReadingNode>[]> {
  const question = readQuestion(args, scene);
  if (args[WHOLE] === true) return holders.map((holder) => toWhole(scene, holder.series, question));
  const series = holders.flatMap((holder, number) => holder.series.map((row) => ({ ...row, holder: number })));
  if (series.length > 0) await chargeBudget(scene, holders, series, question);
  const { rows, beyond } = series.length === 0 ? NOTHING : await selectReadings(scene.db, toAsked(question, series, holders.length));
  const bySeries = new Map<number, ReadingRow[]>();
  for (const row of rows) {
    const known = bySeries.get(row.seriesId);
    if (known === undefined) bySeries.set(row.seriesId, [row]);
    else known.push(row);
  }
  return holders.map((holder, number) => toPage(holder.series, bySeries, question, beyond.get(number) ?? NOTHING_BEYOND));
}

const NOTHING_BEYOND: BeyondCuts = { earlier: false, later: false };
const NOTHING: ReadingAnswer = { rows: [], beyond: new Map() };

function readQuestion(args: ReadingsArguments, scene: Scene): ReadingsQuestion {
  const { end, size } = readTwoWayPageSize(args, 1000);
  const after = readPlace(args.after, 'after');
  const before = readPlace(args.before, 'before');
  const isAscending = args.order === 'ASCENDING';
  return {
    window: readWindow(args, readZone(args, scene), scene),
    order: args.order,
    size,
    end: isAscending === (end === 'FIRST') ? 'EARLIEST' : 'LATEST',
    earliest: isAscending ? after : before,
    latest: isAscending ? before : after,
  };
}

/** All there is between the cursors, whatever the size of a page. */
function toWhole(scene: Scene, series: readonly SeriesRow[], { window, order, earliest, latest }: ReadingsQuestion): Page<ReadingNode> {
  const ordered = [...series].sort(compareSeries);
  const cut = ({ time, sensorId, metricId }: Place, isBefore: (order: number) => boolean) => ({
    time,
    place: ordered.filter((row) => isBefore(compareText(row.sensorId, sensorId) || compareText(row.metricId, metricId))).length,
  });
  const behind = earliest === null || earliest.time < window.from ? { time: window.from, place: 0 } : cut(earliest, (comparison) => comparison <= 0);
  const before = latest === null || latest.time >= window.to ? { time: window.to, place: 0 } : cut(latest, (comparison) => comparison < 0);
  return wholeReadings(scene, { series: ordered, behind, before, order }, cursorOf);
}

function readPlace(cursor: string | null | undefined, field: 'after' | 'before'): Place | null {
  const key = readCursor('reading', cursor, isPlace, field);
  return key === null ? null : { time: key[0], sensorId: key[1], metricId: key[2] };
}

function isPlace(key: readonly unknown[]): key is readonly [number, string, string] {
  return key.length === 3 && Number.isSafeInteger(key[0]) && typeof key[1] === 'string' && typeof key[2] === 'string';
}

/** One more than a page shows whether there is another. */
function toAsked({ window, end, size, earliest, latest }: ReadingsQuestion, series: readonly HeldSeries[], holders: number): ReadingQuestion {
  return {
    series,
    window,
    end,
    behind: earliest === null ? null : cutAt(earliest, series, (place) => comparePlaces(place, earliest) <= 0),
    before: latest === null ? null : cutAt(latest, series, (place) => comparePlaces(place, latest) < 0),
    perSeries: size + 1,
    altogether: holders === 1 ? size + 1 : null,
  };
}

/** A series of one of the holders. */
type HeldSeries = SeriesRow & { readonly holder: number };

/** `isBefore` tells on which side of the cut a reading at the place's own instant is. */
function cutAt({ time }: Place, series: readonly SeriesRow[], isBefore: (place: Place) => boolean): ReadingCut {
  return { time, seriesBefore: new Set(series.filter((row) => isBefore({ time, ...row })).map(({ id }) => id)) };
}

/** A page reads no more of a series than a page, and gives no more than that of all. */
async function chargeBudget(scene: Scene, holders: readonly SeriesOfHolder[], series: readonly SeriesRow[], { window, size }: ReadingsQuestion): Promise<void> {
  const spans = await scene.spans.load(
    scene.db,
    series.map(({ id }) => id),
  );
  const toRead = new Map([...spans].map(([id, span]) => [id, Math.min(size + 1, readingsWithin(span, window))]));
  const sumOf = (rows: readonly SeriesRow[]) => rows.reduce((sum, { id }) => sum + (toRead.get(id) ?? 0), 0);
  scene.budget.chargePoints(
    holders.reduce((sum, holder) => sum + Math.min(size, sumOf(holder.series)), 0),
    'ask for a smaller page, or for fewer places or sensors',
  );
  scene.budget.chargeReadings(sumOf(series));
}

/** Both flags are true to the fact: what lies beyond the page itself was read with it, what lies beyond a cursor was looked for. */
function toPage(
  series: readonly SeriesRow[],
  rowsBySeries: ReadonlyMap<number, readonly ReadingRow[]>,
  { order, size, end }: ReadingsQuestion,
  beyond: BeyondCuts,
): Page<ReadingNode> {
  const placed = series.flatMap((row) => (rowsBySeries.get(row.id) ?? []).map((reading) => ({ reading: toNode(row, reading), place: placeOf(row, reading) })));
  placed.sort((a, b) => comparePlaces(a.place, b.place));
  const nodes = (end === 'EARLIEST' ? placed.slice(0, size) : placed.slice(-size)).map(({ reading }) => reading);
  const isMore = placed.length > size;
  const earlier = beyond.earlier || (end === 'LATEST' && isMore);
  const later = beyond.later || (end === 'EARLIEST' && isMore);
  if (order === 'ASCENDING') return createPage(nodes, cursorOf, { hasNextPage: later, hasPreviousPage: earlier });
  return createPage(nodes.reverse(), cursorOf, { hasNextPage: earlier, hasPreviousPage: later });
}

function toNode(series: SeriesRow, { time, value, derived }: ReadingRow): ReadingNode {
  return { series, time, value, derived, judgedAt: 'itsTime' };
}

function placeOf({ sensorId, metricId }: SeriesRow, { time }: { readonly time: string }): Place {
  return { time: parseRfc3339(time) ?? 0, sensorId, metricId };
}

function cursorOf(reading: ReadingNode): string {
  const { time, sensorId, metricId } = placeOf(reading.series, reading);
  return writeCursor('reading', [time, sensorId, metricId]);
}

/** By time, then sensor, then metric. */
function comparePlaces(a: Place, b: Place): number {
  return a.time - b.time || compareText(a.sensorId, b.sensorId) || compareText(a.metricId, b.metricId);
}
