import { joinReadings, NO_READINGS, type ReadingColumns, type ReadingsBefore, type ReadingsFrom } from '../../db/judged-readings.ts';
import type { Judgement } from '../../db/judgement.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Rule } from '../status.ts';
import { judgingPlanOf, segmentNumberAt } from './judging-plan.ts';
import { type JudgedColumns, type JudgingStart, judgeReadings, type VerdictChange } from './machine.ts';
import { type LateReadings, type Stretch, stretchesOf } from './stretches.ts';
import { isMet, positionAt, stateBefore, type TimelineRow } from './timeline.ts';

/** A series that is judged anew. Its readings are written and its lock is held. */
export interface LateSeries {
  readonly seriesId: number;
  readonly rules: readonly Rule[];
  /** Its newest reading before the load; null where it had none. */
  readonly newest: { readonly time: Instant; readonly value: number } | null;
  readonly late: LateReadings;
  /** The new readings after the newest one before. */
  readonly readings: JudgedColumns;
  readonly judgement: Judgement;
}

/** A series with its timeline from just before what the load touched. */
export interface LateTimeline extends LateSeries {
  readonly rows: readonly TimelineRow[];
  /** How far these reach; infinite where to the end, as they always do where new readings follow. */
  readonly knownTo: Instant;
  /** Up to when the edges after the newest reading have been judged without one. */
  readonly watchedUntil: Instant;
}

/** A value and when it was measured. */
export interface MeasuredValue {
  readonly time: Instant;
  readonly value: number;
}

/** A stretch while it is judged anew: it takes readings as they come from the store, until it meets the old timeline, the next stretch, or the end. */
export interface LateRun {
  readonly series: LateTimeline;
  readonly from: Instant;
  touchedTo: Instant;
  /** Whether the stretch was taken over by the one before it, which had not met the old timeline. */
  isTaken: boolean;
  /** null while more readings before it are needed. */
  start: JudgingStart | null;
  back: ReadingColumns;
  /** From `from` on, without a gap, as far as they have not been let go. */
  readings: ReadingColumns;
  /** The last one that was read. */
  readTo: Instant | null;
  /** Whether readings that were judged have been let go, because there are too many. */
  isShortened: boolean;
  /** The readings in force at rows of the old timeline, of those that were let go. */
  readonly noted: Map<Instant, MeasuredValue>;
  /** Whether these are all there are. */
  isWhole: boolean;
  /** The next reading to be judged. */
  at: number;
  /** After the readings judged so far. */
  reached: JudgingStart;
  readonly changes: VerdictChange[];
  /** Up to where the timeline is new, itself included; infinite where to its end; null while it goes on. */
  to: Instant | null;
  /** Whether it went on to where the old timeline is not known. */
  isLost: boolean;
}

/** So many readings of a stretch are kept at hand; a long one lets go of what it has judged. */
const KEPT = 8192;
const NO_START: JudgingStart = { state: [], last: null };

/** The stretches of a series that are judged anew, in the order of time: the late ones, then the end if it goes on. */
export function runsOf(series: LateTimeline): readonly LateRun[] {
  const { rules, late, rows, readings, judgement } = series;
  const hasEnd = readings.to > readings.from;
  const next = hasEnd ? (readings.times[readings.from] ?? null) : null;
  const runs = stretchesOf(rules, late, { rows, state: judgement.rules, next }).map((stretch) => createRun(series, stretch));
  return hasEnd ? [...runs, endingRun(series)] : runs;
}

function createRun(series: LateTimeline, { from, touchedTo }: Stretch): LateRun {
  return {
    series,
    from,
    touchedTo,
    isTaken: false,
    start: null,
    back: NO_READINGS,
    readings: NO_READINGS,
    readTo: null,
    isShortened: false,
    noted: new Map(),
    isWhole: false,
    at: 0,
    reached: NO_START,
    changes: [],
    to: null,
    isLost: false,
  };
}

/**
 * After the newest reading before, the state of the series is known, unless something has been judged since, at an instant that the new readings come before:
 * then it is worked out as for any late reading.
 */
function endingRun(series: LateTimeline): LateRun {
  const { newest, readings, judgement, rows, watchedUntil, rules } = series;
  const first = readings.times[readings.from] ?? 0;
  const lastRow = rows.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  const plan = judgingPlanOf(rules);
  const isJudgedBeyond =
    lastRow >= first || judgement.rules.some(({ since }) => since >= first) || segmentNumberAt(plan, watchedUntil) > segmentNumberAt(plan, first - 1);
  const isKnown = newest === null || !isJudgedBeyond;
  const after = newest?.time ?? first - 1;
  const run = createRun(series, { from: (isKnown ? Math.max(after, lastRow) : after) + 1, touchedTo: readings.times[readings.to - 1] ?? first });
  run.readings = endOf(series);
  run.isWhole = true;
  if (isKnown) begin(run, { state: judgement.rules, last: newest, judgedTo: Math.max(after, watchedUntil) });
  return run;
}

function endOf({ readings: { times, values, from, to } }: LateSeries): ReadingColumns {
  return { times: times.subarray(from, to), values: values.subarray(from, to) };
}

function begin(run: LateRun, start: JudgingStart): void {
  run.start = start;
  run.reached = start;
}

/** What to read before a stretch whose beginning is not known yet; null where it is. */
export function wantedBefore({ start, series, from, back }: LateRun, limit: number): ReadingsBefore | null {
  return start === null ? { seriesId: series.seriesId, before: back.times[0] ?? from, limit } : null;
}

/** Takes the readings before a stretch, and begins where they are enough. */
export function takeBefore(run: LateRun, earlier: ReadingColumns, limit: number): void {
  run.back = joinReadings(earlier, run.back);
  const readings = { ...run.back, from: 0, to: run.back.times.length };
  const { rules, rows } = run.series;
  const row = rows[positionAt(rows, run.from - 1)];
  const state = stateBefore(rules, run.from, row, { readings, isWhole: earlier.times.length < limit });
  if (state === null) return;
  const time = run.back.times.at(-1);
  const last = time === undefined ? null : { time, value: run.back.values.at(-1) ?? 0 };
  begin(run, { state, last, judgedTo: run.from - 1 });
}

/** What to read next for a stretch; null where it has all there is. */
export function wantedFrom({ series, from, readTo, isWhole }: LateRun, limit: number): ReadingsFrom | null {
  if (isWhole || series.newest === null) return null;
  return { seriesId: series.seriesId, from: readTo === null ? from : readTo + 1, to: series.newest.time, limit };
}

/** Takes the next readings of a stretch; after the newest one before come those of the load. */
export function takeFrom(run: LateRun, later: ReadingColumns, limit: number): void {
  if (run.at === run.readings.times.length && run.at > KEPT) letGo(run);
  run.readings = joinReadings(run.readings, later);
  run.readTo = later.times.at(-1) ?? run.readTo;
  if (later.times.length === limit) return;
  run.readings = joinReadings(run.readings, endOf(run.series));
  run.isWhole = true;
}

/** Lets go of the readings that were judged, all but the last one, and of their values but for those that a correction may have to name. */
function letGo(run: LateRun): void {
  const { times, values } = run.readings;
  const { rows } = run.series;
  for (let at = Math.max(positionAt(rows, times[0] ?? 0), 0); at < rows.length && (rows[at]?.time ?? 0) <= (times.at(-1) ?? 0); at += 1) {
    const time = rows[at]?.time ?? 0;
    const last = lastWithin(run, time);
    if (last !== null) run.noted.set(time, last);
  }
  run.readings = { times: times.slice(-1), values: values.slice(-1) };
  run.at = 1;
  run.isShortened = true;
}

/** The reading in force at an instant of a stretch; null where there was none, or where it was let go. */
export function lastWithin({ readings: { times, values }, start, isShortened, noted }: LateRun, time: Instant): MeasuredValue | null {
  const after = countUpTo(times, time);
  if (after > 0) return { time: times[after - 1] ?? 0, value: values[after - 1] ?? 0 };
  return isShortened ? (noted.get(time) ?? null) : (start?.last ?? null);
}

/**
 * Has stretches take over those right after them, that is where the readings that were looked at before one reach back to what touched the stretch before it: a value
 * in breach that arrives reading by reading makes a stretch of each, and all of them would be read up to where the first one ends.
 */
export function joinNeighbours(runs: readonly LateRun[]): void {
  let last: LateRun | null = null;
  for (const run of runs) {
    if (run.isTaken || isBegun(run)) continue;
    const isNear = last !== null && (run.back.times[0] ?? Number.POSITIVE_INFINITY) <= last.touchedTo;
    if (last !== null && isNear) takeOver(last, [run], run.from);
    else last = run;
  }
}

/** Whether more is known of a stretch than what lies before it. */
function isBegun({ readTo, isWhole }: LateRun): boolean {
  return readTo !== null || isWhole;
}

/** Judges the readings that a stretch has. `following` are the later stretches of its series: those it reaches are taken over. */
export function advance(run: LateRun, following: readonly LateRun[]): void {
  if (run.start === null) return;
  const { times } = run.readings;
  for (let stride = 1; run.at < times.length && run.to === null; stride *= 2) {
    const touched = countUpTo(times, run.touchedTo, run.at);
    const end = touched > run.at ? touched : Math.min(run.at + stride, times.length);
    takeOver(run, following, times[end - 1] ?? 0);
    judgeUpTo(run, end);
    run.isLost = (times[end - 1] ?? 0) > run.series.knownTo;
    if (run.isLost || isBack(run)) run.to = times[end - 1] ?? 0;
  }
  if (run.to !== null || !run.isWhole) return;
  run.isLost = Number.isFinite(run.series.knownTo);
  takeOver(run, following, Number.POSITIVE_INFINITY);
  judgeEdges(run);
  run.to = Number.POSITIVE_INFINITY;
}

function takeOver(run: LateRun, following: readonly LateRun[], reached: Instant): void {
  for (const next of following) {
    if (next.isTaken || next.from > reached) continue;
    next.isTaken = true;
    run.touchedTo = Math.max(run.touchedTo, next.touchedTo);
  }
}

function judgeUpTo(run: LateRun, end: number): void {
  const last = run.readings.times[end - 1] ?? 0;
  const { state, changes } = judgeReadings(run.series.rules, run.reached, { ...run.readings, from: run.at, to: end }, last);
  // One by one: a call takes no more than some hundred thousand arguments, and as many readings may change it.
  for (const change of changes) run.changes.push(change);
  run.reached = { state, last: { time: last, value: run.readings.values[end - 1] ?? 0 } };
  run.at = end;
}

/** Edges after the newest reading: those that have been judged by what was known before are judged anew, the others are left to whoever watches them. */
function judgeEdges(run: LateRun): void {
  const { state, changes } = judgeReadings(run.series.rules, run.reached, { ...NO_READINGS, from: 0, to: 0 }, run.series.watchedUntil);
  run.changes.push(...changes);
  run.reached = { ...run.reached, state };
}

/** Whether the old timeline goes on from here as it did. The readings of the load end it, as there was nothing after them. */
function isBack({ series, reached, touchedTo, readings: { times } }: LateRun): boolean {
  const { late, rows, newest } = series;
  const time = reached.last?.time ?? 0;
  if (newest === null || time > newest.time || time <= touchedTo) return false;
  const touched = late.times[countUpTo(late.times, time) - 1] ?? Number.NEGATIVE_INFINITY;
  if (touched === time) return false;
  const untouched = times[countUpTo(times, touched)] ?? time;
  return isMet(reached.state, rows[positionAt(rows, time)], untouched);
}
