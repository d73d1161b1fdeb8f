import { type AlertRow, selectAlertsSince } from '../db/alert.ts';
import { type PeakRow, selectPeaks, selectReadingsBefore, selectReadingsFrom } from '../db/judged-readings.ts';
import type { Queryable } from '../db/pool.ts';
import type { Instant } from '../db/time/instant.ts';
import { selectVerdictsSince, type VerdictRow } from '../db/verdict.ts';
import { selectWatch } from '../db/watch.ts';
import type { JudgingOutcome } from './judging-outcome.ts';
import { lateOutcomeOf } from './late-outcome.ts';
import { advance, type LateRun, type LateSeries, runsOf, takeBefore, takeFrom, wantedBefore, wantedFrom } from './late-run.ts';

/** So many readings before a stretch are looked at first, and so many of it beyond those that were touched; each further look takes several times as many. */
const FIRST_BEFORE = 4;
const FIRST_FROM = 16;
const GROWTH = 8;
const MOST = 1 << 20;

/**
 * Judges series anew from their late readings on, and what they have brought beside those. Each stretch is judged from the exact state before it, which the
 * timeline and some readings before it give, until the old timeline goes on as it did. What is calm is not read. All series go together: there are a few
 * statements, and as many rounds more as the longest stretch takes in growing chunks. Writes nothing.
 */
export async function rejudge(client: Queryable, series: readonly LateSeries[], isLate: (time: Instant) => boolean): Promise<readonly JudgingOutcome[]> {
  if (series.length === 0) return [];
  const alerts = await selectAlerts(client, series);
  const bySeries = await selectRuns(client, series, alerts);
  await judgeRuns(client, bySeries);
  const judged = bySeries.flatMap(({ runs, id }) => {
    const left = runs.filter(({ isTaken }) => !isTaken);
    const timeline = left[0]?.series;
    return timeline === undefined ? [] : [lateOutcomeOf(timeline, left, alerts.get(id) ?? [], isLate)];
  });
  const peaks = judged.flatMap((one) => one.peaks);
  const found = await selectPeaks(
    client,
    peaks.map(({ question }) => question),
  );
  peaks.forEach(({ alert, isHigh }, position) => {
    alert.peak = extremeOf(found[position], isHigh);
  });
  return judged.map(({ outcome }) => outcome);
}

function extremeOf(row: PeakRow | undefined, isHigh: boolean): number | null {
  return (isHigh ? row?.max : row?.min) ?? null;
}

/** From when on something may be judged anew: the first late reading, or whatever was judged after the newest reading before. */
function sinceOf({ late, newest, readings }: LateSeries): Instant {
  return late.times[0] ?? (newest === null ? (readings.times[readings.from] ?? 0) : newest.time + 1);
}

async function selectAlerts(client: Queryable, series: readonly LateSeries[]): Promise<ReadonlyMap<number, readonly AlertRow[]>> {
  const rows = await selectAlertsSince(
    client,
    series.map(({ seriesId }) => seriesId),
    series.map(sinceOf),
  );
  return bySeriesId(rows.filter(({ kind }) => kind === 'BAND'));
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

interface SeriesRuns {
  readonly id: number;
  readonly runs: readonly LateRun[];
}

/** The timelines begin where the episode begins that the first touched instant lies in, so that its level is known. */
async function selectRuns(client: Queryable, series: readonly LateSeries[], alerts: ReadonlyMap<number, readonly AlertRow[]>): Promise<readonly SeriesRuns[]> {
  const rows: readonly VerdictRow[] = await selectVerdictsSince(
    client,
    series.map(({ seriesId }) => seriesId),
    series.map((one) => Math.min(sinceOf(one) - 1, ...(alerts.get(one.seriesId) ?? []).map(({ openedAt }) => openedAt))),
  );
  const rowsOf = bySeriesId(rows);
  const watchedUntil = (await selectWatch(client)).judgedUntil ?? Number.NEGATIVE_INFINITY;
  return series.map((one) => ({ id: one.seriesId, runs: runsOf({ ...one, watchedUntil, rows: rowsOf.get(one.seriesId) ?? [] }) }));
}

async function judgeRuns(client: Queryable, bySeries: readonly SeriesRuns[]): Promise<void> {
  for (let growth = 1; ; growth = Math.min(growth * GROWTH, MOST)) {
    for (const { runs } of bySeries) advanceOpen(runs);
    const open = bySeries.flatMap(({ runs }) => runs.filter(({ to, isTaken }) => to === null && !isTaken));
    if (open.length === 0) return;
    await readBefore(client, open, FIRST_BEFORE * growth);
    await readFrom(client, open, growth);
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

async function readFrom(client: Queryable, open: readonly LateRun[], growth: number): Promise<void> {
  const wanted = open.flatMap((run) => {
    const request = wantedFrom(run, FIRST_FROM * growth + touchedIn(run));
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
function touchedIn({ series: { late }, from, touchedTo, readings }: LateRun): number {
  return readings.times.length > 0 ? 0 : late.times.filter((time) => time >= from && time <= touchedTo).length;
}
