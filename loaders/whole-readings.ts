import type { SeriesRow } from '../db/catalogue.ts';
import { DERIVED, type StretchColumns, type StretchCut, selectReadingStretch } from '../db/reading-stretch.ts';
import { SeriesSpans } from '../db/series-spans.ts';
import { selectSeriesState } from '../db/series-state.ts';
import { formatInstant, type Instant, type TimeWindow } from '../db/time/instant.ts';
import { Batches } from '../execution/batches.ts';
import { hullOf, readingsWithin } from './aggregate-question.ts';
import type { ReadingNode } from './latest.ts';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';

/** All readings of some series between two cuts. */
export interface WholeQuestion {
  /** In the order that readings of one instant have. */
  readonly series: readonly SeriesRow[];
  readonly behind: StretchCut;
  readonly before: StretchCut;
  readonly order: 'ASCENDING' | 'DESCENDING';
}

/** Readings that are read together. A stretch costs a look for each series, so with more series there are more. */
const LEAST_BATCH = 20_000;
const MOST_BATCH = 60_000;

/** Readings that are made into objects together: columns take little room, objects much. */
const NODES = 2_000;

/** How much longer or shorter a stretch may be than the one before it. */
const MOST_CHANGE = 8;

/** A connection of all readings, which are read stretch by stretch as they are asked for. Nothing is charged for them, as they are not held. */
export function wholeReadings(scene: Scene, question: WholeQuestion, cursorOf: (reading: ReadingNode) => string): Page<ReadingNode> {
  const nodes = () => readStretches(scene, question);
  const edges = async function* () {
    for await (const batch of nodes()) yield batch.map((node) => ({ cursor: cursorOf(node), node }));
  };
  const state = () => stateOf(scene, question);
  return {
    nodes: new Batches(nodes, state),
    edges: new Batches(edges, state),
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  };
}

/** Between the cuts as far as there are readings: an end that lies after all of them, as the present mostly does, may move without changing anything. */
async function stateOf(scene: Scene, question: WholeQuestion): Promise<string> {
  const begun = await begin(scene, question);
  const state = await selectSeriesState(scene.db, idsOf(question));
  return JSON.stringify([state, question.order, begun?.behind ?? null, begun?.before ?? null]);
}

/** The next stretch is read while the last one is written. */
async function* readStretches(scene: Scene, question: WholeQuestion): AsyncGenerator<readonly ReadingNode[]> {
  const begun = await begin(scene, question);
  let coming = begun === null ? null : readStretch(scene, question, begun);
  while (coming !== null) {
    const { columns, next } = await coming;
    coming = next === null ? null : readStretch(scene, question, next);
    // Told where it is awaited; who stops before does not want to know.
    coming?.catch(() => undefined);
    for (let from = 0; from < columns.places.length; from += NODES) yield toNodes(question.series, columns, from, from + NODES);
  }
}

function idsOf({ series }: WholeQuestion): readonly number[] {
  return series.map(({ id }) => id);
}

/** What is still to be read, and how long the next stretch is to be. */
interface Rest {
  readonly behind: StretchCut;
  readonly before: StretchCut;
  readonly widthMicros: number;
  readonly batch: number;
}

/** null where there is nothing. Spans are read anew, because those that are known need not be of this snapshot. */
async function begin(scene: Scene, question: WholeQuestion): Promise<Rest | null> {
  const ids = idsOf(question);
  const spans = [...(await new SeriesSpans().load(scene.db, ids)).values()];
  const hull = hullOf(spans);
  if (hull === null) return null;
  const rest = { behind: later(question.behind, { time: hull.from, place: 0 }), before: earlier(question.before, { time: hull.to, place: 0 }) };
  if (isAtOrBehind(rest.behind, rest.before)) return null;
  const window = { from: rest.behind.time, to: rest.before.time + 1 };
  const readings = spans.reduce((sum, span) => sum + readingsWithin(span, window), 0);
  const batch = Math.min(Math.max(LEAST_BATCH, 2 * ids.length), MOST_BATCH);
  return { ...rest, batch, widthMicros: Math.ceil((lengthOf(window) * batch) / Math.max(readings, 1)) };
}

async function readStretch({ db }: Scene, question: WholeQuestion, rest: Rest): Promise<{ readonly columns: StretchColumns; readonly next: Rest | null }> {
  const isAscending = question.order === 'ASCENDING';
  const behind = isAscending ? rest.behind : later(rest.behind, { time: rest.before.time - rest.widthMicros, place: 0 });
  const before = isAscending ? earlier(rest.before, { time: rest.behind.time + rest.widthMicros, place: 0 }) : rest.before;
  const limit = 2 * rest.batch;
  const columns = await selectReadingStretch(db, { seriesIds: idsOf(question), behind, before, end: isAscending ? 'EARLIEST' : 'LATEST', limit });
  const count = columns.places.length;
  const left = count < limit ? { behind: before, before: behind } : cutsAtLast(columns);
  const next = isAscending ? { ...rest, behind: left.behind } : { ...rest, before: left.before };
  if (isAtOrBehind(next.behind, next.before)) return { columns, next: null };
  // Where the limit cut it short, it held so many in the part until there.
  const covered = isAscending ? next.behind.time - rest.behind.time : rest.before.time - next.before.time;
  const change = Math.min(Math.max(rest.batch / Math.max(count, 1), 1 / MOST_CHANGE), MOST_CHANGE);
  return { columns, next: { ...next, widthMicros: Math.max(1, Math.ceil(covered * change)) } };
}

/** Just behind the last reading, or just before it. */
function cutsAtLast({ times, places }: StretchColumns): { readonly behind: StretchCut; readonly before: StretchCut } {
  const time = times.at(-1) ?? 0;
  const place = places.at(-1) ?? 0;
  return { behind: { time, place: place + 1 }, before: { time, place } };
}

function toNodes(series: readonly SeriesRow[], { places, times, values, derived }: StretchColumns, from: number, to: number): readonly ReadingNode[] {
  const nodes: ReadingNode[] = [];
  // Series that report together share instants, whose text is made once.
  let known: { readonly instant: Instant; readonly text: string } = { instant: Number.NaN, text: '' };
  for (let at = from; at < Math.min(to, places.length); at++) {
    const row = series[places[at] ?? -1];
    const instant = times[at];
    const value = values[at];
    if (row === undefined || instant === undefined || value === undefined) throw new Error('the columns of a stretch of readings are not of one length');
    if (instant !== known.instant) known = { instant, text: formatInstant(instant) };
    nodes.push({ series: row, time: known.text, value, derived: derived[at] === DERIVED, judgedAt: 'itsTime' });
  }
  return nodes;
}

function lengthOf({ from, to }: TimeWindow): number {
  return to - from;
}

function isAtOrBehind(a: StretchCut, b: StretchCut): boolean {
  return a.time > b.time || (a.time === b.time && a.place >= b.place);
}

function later(a: StretchCut, b: StretchCut): StretchCut {
  return isAtOrBehind(a, b) ? a : b;
}

function earlier(a: StretchCut, b: StretchCut): StretchCut {
  return isAtOrBehind(a, b) ? b : a;
}
