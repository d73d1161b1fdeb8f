import { type AlertRow, selectBandAlerts } from '../../db/alert.ts';
import { type PeakRow, selectPeaks, selectReadingsBefore, selectReadingsFrom } from '../../db/judged-readings.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Instant } from '../../db/time/instant.ts';
import { selectTimelines } from '../../db/verdict.ts';
import { selectWatch } from '../../db/watch.ts';
import type { JudgingOutcome } from './judging-outcome.ts';
import { lateOutcomeOf } from './late-outcome.ts';
import {
  advance,
  joinNeighbours,
  type LateRun,
  type LateSeries,
  type LateTimeline,
  runsOf,
  takeBefore,
  takeFrom,
  wantedBefore,
  wantedFrom,
} from './late-run.ts';

/** So many readings before a stretch are looked at first, and so many of it beyond those that were touched; each further look takes several times as many. */
const FIRST_BEFORE = 4;
const FIRST_FROM = 16;
const GROWTH = 8;
/** At most so many readings are looked at for one stretch, and for all together as far as each gets some. */
const MOST = 65_536;
const MOST_IN_ALL = 1_000_000;

/**
 * Judges series anew from their late readings on, and what they have brought beside those. Each stretch is judged from the exact state before it, which the
 * timeline and some readings before it give, until the old timeline goes on as it did. What is calm is not read. All series go together: there are a few
 * statements, and as many rounds more as the longest stretch takes in growing chunks. Of the timelines only what lies near is read, but for series that go on
 * or do not meet it there. Writes nothing.
 */
export async function rejudge(client: Queryable, series: readonly LateSeries[], isLate: (time: Instant) => boolean): Promise<readonly JudgingOutcome[]> {
  if (series.length === 0) return [];
  const watchedUntil = (await selectWatch(client)).judgedUntil ?? Number.NEGATIVE_INFINITY;
  const near = await judgeAnew(client, { series, watchedUntil, reach: lastLateOf });
  const lost = new Set(near.flatMap(({ series: one, runs }) => (runs.some(({ isLost }) => isLost) ? [one.seriesId] : [])));
  const far = lost.size === 0 ? [] : await judgeAnew(client, { series: series.filter(({ seriesId }) => lost.has(seriesId)), watchedUntil, reach: () => null });
  const judged = [...near.filter(({ series: one }) => !lost.has(one.seriesId)), ...far].filter(({ runs }) => runs.length > 0);
  return outcomesOf(client, judged, isLate);
}

/** A series that was judged anew. */
interface JudgedSeries {
  readonly series: LateTimeline;
  readonly runs: readonly LateRun[];
}

async function outcomesOf(client: Queryable, judged: readonly JudgedSeries[], isLate: (time: Instant) => boolean): Promise<readonly JudgingOutcome[]> {
  const alerts = await selectAlerts(client, judged);
  const found = judged.map(({ series, runs }) => {
    const since = sinceOf(series);
    const reached = (alerts.get(series.seriesId) ?? []).filter(({ resolvedAt }) => resolvedAt === null || resolvedAt >= since);
    return lateOutcomeOf(series, runs, reached, isLate);
  });
  const wanted = found.flatMap(({ peaks }) => peaks);
  const peaks = await selectPeaks(
    client,
    wanted.map(({ question }) => question),
  );
  wanted.forEach(({ alert, isHigh }, position) => {
    alert.peak = extremeOf(peaks[position], isHigh);
  });
  return found.map(({ outcome }) => outcome);
}

function extremeOf(row: PeakRow | undefined, isHigh: boolean): number | null {
  return (isHigh ? row?.max : row?.min) ?? null;
}

/** From when on something may be judged anew: the first late reading, or whatever was judged after the newest reading before. */
function sinceOf({ late, newest, readings }: LateSeries): Instant {
  return late.times[0] ?? (newest === null ? (readings.times[readings.from] ?? 0) : newest.time + 1);
}

/** The last late reading of a series; null where it goes on, because then the end of its timeline matters. */
function lastLateOf({ late, readings }: LateSeries): Instant | null {
  return readings.from < readings.to ? null : (late.times.at(-1) ?? null);
}

/** The alerts that the known parts of the timelines show: a part begins before what holds. */
async function selectAlerts(client: Queryable, judged: readonly JudgedSeries[]): Promise<ReadonlyMap<number, readonly AlertRow[]>> {
  const rows = await selectBandAlerts(
    client,
    judged.flatMap(({ series: { seriesId, rows: timeline, knownTo } }) => {
      const first = timeline[0];
      return first === undefined ? [] : [{ seriesId, from: first.time, to: Number.isFinite(knownTo) ? knownTo : null }];
    }),
  );
  return bySeriesId(rows);
}

function bySeriesId<R extends { readonly seriesId: number }>(rows: readonly R[]): ReadonlyMap<number, readonly R[]> {
  const groups = new Map<number, R[]>();
  for (const row of rows) {
    const group = groups.get(row.seriesId);
    if (group === undefined) groups.set(row.seriesId, [row]);
    else group.push(row);
  }
  return groups;
}

interface Undertaking {
  readonly series: readonly LateSeries[];
  readonly watchedUntil: Instant;
  /** Around which instant the timeline of a series is read; null: to its end. */
  readonly reach: (series: LateSeries) => Instant | null;
}

async function judgeAnew(client: Queryable, { series, watchedUntil, reach }: Undertaking): Promise<readonly JudgedSeries[]> {
  const rows = await selectTimelines(
    client,
    series.map((one) => ({ seriesId: one.seriesId, since: sinceOf(one) - 1, until: reach(one) })),
  );
  const rowsOf = bySeriesId(rows);
  const begun = series.map((one): JudgedSeries => {
    const own = rowsOf.get(one.seriesId) ?? [];
    const last = own.at(-1);
    const timeline = { ...one, watchedUntil, rows: own, knownTo: last?.isCut === true ? last.time : Number.POSITIVE_INFINITY };
    return { series: timeline, runs: runsOf(timeline) };
  });
  await judgeRuns(client, begun);
  return begun.map((one) => ({ ...one, runs: one.runs.filter(({ isTaken }) => !isTaken) }));
}

async function judgeRuns(client: Queryable, bySeries: readonly JudgedSeries[]): Promise<void> {
  for (let growth = 1; ; growth = Math.min(growth * GROWTH, MOST)) {
    for (const { runs } of bySeries) advanceOpen(runs);
    const open = bySeries.flatMap(({ runs }) => runs.filter(({ to, isTaken }) => to === null && !isTaken));
    if (open.length === 0) return;
    const most = Math.max(FIRST_FROM, Math.min(MOST, Math.floor(MOST_IN_ALL / open.length)));
    await readBefore(client, open, Math.min(FIRST_BEFORE * growth, most));
    for (const { runs } of bySeries) joinNeighbours(runs);
    const apart = open.filter(({ isTaken }) => !isTaken);
    await readFrom(client, apart, (run) => Math.min(FIRST_FROM * growth + touchedIn(run), most));
  }
}

function advanceOpen(runs: readonly LateRun[]): void {
  runs.forEach((run, position) => {
    if (!run.isTaken && run.to === null) advance(run, runs.slice(position + 1));
  });
}

async function readBefore(client: Queryable, open: readonly LateRun[], limit: number): Promise<void> {
  const wanted = open.flatMap((run) => {
    const request = wantedBefore(run, limit);
    return request === null ? [] : [{ run, request }];
  });
  const found = await selectReadingsBefore(
    client,
    wanted.map(({ request }) => request),
  );
  wanted.forEach(({ run }, position) => {
    const columns = found[position];
    if (columns !== undefined) takeBefore(run, columns, limit);
  });
}

async function readFrom(client: Queryable, open: readonly LateRun[], limitOf: (run: LateRun) => number): Promise<void> {
  const wanted = open.flatMap((run) => {
    const request = wantedFrom(run, limitOf(run));
    return request === null ? [] : [{ run, request }];
  });
  const found = await selectReadingsFrom(
    client,
    wanted.map(({ request }) => request),
  );
  wanted.forEach(({ run, request }, position) => {
    const columns = found[position];
    if (columns !== undefined) takeFrom(run, columns, request.limit);
  });
}

/** How many late readings a stretch that has not been read yet has at least. */
function touchedIn({ series: { late }, from, touchedTo, readTo }: LateRun): number {
  return readTo !== null ? 0 : late.times.filter((time) => time >= from && time <= touchedTo).length;
}
