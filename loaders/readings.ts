import DataLoader from 'dataloader';
import type { SeriesRow } from '../db/catalogue.ts';
import { type ReadingRow, selectReadings } from '../db/reading.ts';
import type { Instant, TimeWindow } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { readingsWithin } from './aggregate-question.ts';
import type { ReadingNode } from './latest.ts';
import { compareText } from './order.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import type { Scene } from './scene.ts';
import { readWindow, readZone, type WindowArguments } from './time-arguments.ts';

export interface ReadingsArguments extends WindowArguments, PageArguments {
  readonly order: 'ASCENDING' | 'DESCENDING';
}

/** A question about readings, read and checked. */
interface ReadingsQuestion {
  readonly window: TimeWindow;
  readonly order: 'ASCENDING' | 'DESCENDING';
  readonly first: number;
  readonly after: Place | null;
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
    const name = JSON.stringify([kind, metricId, args.from, args.to ?? null, args.timezone ?? null, args.order, args.first ?? null, args.after ?? null]);
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
  const series = holders.flatMap((holder) => holder.series);
  const rows = series.length === 0 ? [] : await selectRows(scene, holders, series, question);
  const bySeries = new Map<number, ReadingRow[]>();
  for (const row of rows) {
    const known = bySeries.get(row.seriesId);
    if (known === undefined) bySeries.set(row.seriesId, [row]);
    else known.push(row);
  }
  return holders.map((holder) => toPage(holder.series, bySeries, question));
}

function readQuestion(args: ReadingsArguments, scene: Scene): ReadingsQuestion {
  const first = readPageSize(args.first, 1000);
  const key = readCursor('reading', args.after, isPlace);
  return {
    window: readWindow(args, readZone(args, scene), scene),
    order: args.order,
    first,
    after: key === null ? null : { time: key[0], sensorId: key[1], metricId: key[2] },
  };
}

function isPlace(key: readonly unknown[]): key is readonly [number, string, string] {
  return key.length === 3 && Number.isSafeInteger(key[0]) && typeof key[1] === 'string' && typeof key[2] === 'string';
}

async function selectRows(
  scene: Scene,
  holders: readonly SeriesOfHolder[],
  series: readonly SeriesRow[],
  question: ReadingsQuestion,
): Promise<readonly ReadingRow[]> {
  const { window, order, first, after } = question;
  await chargeBudget(scene, holders, series, question);
  return selectReadings(scene.db, {
    seriesIds: series.map(({ id }) => id),
    window,
    order,
    after:
      after === null
        ? null
        : { time: after.time, givenSeriesIds: series.filter((row) => comparePlaces({ time: after.time, ...row }, after, order) <= 0).map(({ id }) => id) },
    // One more than a page shows whether there is another.
    perSeries: first + 1,
    altogether: holders.length === 1 ? first + 1 : null,
  });
}

/** A page reads no more of a series than a page, and gives no more than that of all. */
async function chargeBudget(
  scene: Scene,
  holders: readonly SeriesOfHolder[],
  series: readonly SeriesRow[],
  { window, first }: ReadingsQuestion,
): Promise<void> {
  const spans = await scene.spans.load(
    scene.db,
    series.map(({ id }) => id),
  );
  const toRead = new Map([...spans].map(([id, span]) => [id, Math.min(first + 1, readingsWithin(span, window))]));
  const sumOf = (rows: readonly SeriesRow[]) => rows.reduce((sum, { id }) => sum + (toRead.get(id) ?? 0), 0);
  scene.budget.chargePoints(holders.reduce((sum, holder) => sum + Math.min(first, sumOf(holder.series)), 0));
  scene.budget.chargeReadings(sumOf(series));
}

function toPage(series: readonly SeriesRow[], rowsBySeries: ReadonlyMap<number, readonly ReadingRow[]>, question: ReadingsQuestion): Page<ReadingNode> {
  const { order, first, after } = question;
  const placed = series.flatMap((row) => (rowsBySeries.get(row.id) ?? []).map((reading) => ({ reading: toNode(row, reading), place: placeOf(row, reading) })));
  placed.sort((a, b) => comparePlaces(a.place, b.place, order));
  const nodes = placed.slice(0, first).map(({ reading }) => reading);
  return createPage(nodes, cursorOf, { hasNextPage: placed.length > first, hasPreviousPage: after !== null });
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

/** By time, then sensor, then metric; descending, all of it the other way round. */
function comparePlaces(a: Place, b: Place, order: 'ASCENDING' | 'DESCENDING'): number {
  const ascending = a.time - b.time || compareText(a.sensorId, b.sensorId) || compareText(a.metricId, b.metricId);
  return order === 'ASCENDING' ? ascending : -ascending;
}
