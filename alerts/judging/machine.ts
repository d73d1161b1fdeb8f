import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { VerdictStatus } from '../../db/verdict.ts';
import { isInForce, type Rule } from '../status.ts';
import { type ActiveRule, causeOf, compareThresholdIds, highestOf, isSameActive } from './active-rules.ts';
import { type JudgingPlan, type JudgingSegment, judgingPlanOf, membersOf, pieceOf, segmentNumberAt, segmentOf } from './judging-plan.ts';

/**
 * How far a threshold has come on a series. PENDING: the value lies in the band since then, not long enough yet. ACTIVE: in breach. CLEARING: still in breach,
 * though the value lies outside band and margin since then. `since` of an ACTIVE one is when it became that.
 */
export interface RuleState {
  readonly thresholdId: string;
  readonly phase: 'PENDING' | 'ACTIVE' | 'CLEARING';
  readonly since: Instant;
}

/** By threshold id, ascending; empty where the series is idle. */
export type SeriesState = readonly RuleState[];

/** An instant at which the thresholds in breach, or the level of one of them, changed. */
export interface VerdictChange {
  readonly time: Instant;
  /** The value that was judged: the reading of this instant, or at the edge of a window the last before it. */
  readonly value: number;
  /** When that was measured. */
  readonly measuredAt: Instant;
  /** From now on: the highest level in breach, NORMAL where none is, null where no rule is in force. */
  readonly status: VerdictStatus;
  /** Just before. */
  readonly previous: VerdictStatus;
  /** The ids of the thresholds in breach, ascending. */
  readonly active: readonly string[];
  /** Of those with the lowest id: the one that brought the higher level, or whose end left the lower one. null where the level stays. */
  readonly thresholdId: string | null;
}

/** Where judging goes on. */
export interface JudgingStart {
  readonly state: SeriesState;
  /** The reading in force; null where the series has none. */
  readonly last: { readonly time: Instant; readonly value: number } | null;
  /** Edges of windows up to this instant, itself included, have been judged; absent: up to the last reading. */
  readonly judgedTo?: Instant;
}

/** Readings of one series, ascending in time: the positions `from` to `to` (exclusive) of two parallel columns. */
export interface JudgedColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** What has come of judging. */
export interface Judged {
  readonly state: SeriesState;
  readonly changes: readonly VerdictChange[];
}

/** One threshold that is not at rest; `rule` is the version that judged it last. */
interface Cell {
  rule: Rule;
  phase: RuleState['phase'];
  since: Instant;
}

interface Run {
  readonly plan: JudgingPlan;
  /** By threshold id, so that a new version of a threshold goes on where the old one was. */
  readonly cells: Map<string, Cell>;
  /** Of the value that is judged at an edge; null while readings are judged. */
  measuredAt: Instant | null;
  /** As of the last change. */
  active: readonly ActiveRule[];
  readonly changes: VerdictChange[];
  /** The thresholds in breach, or a level of theirs, may have changed since the last change was noted. */
  isMoved: boolean;
}

/** At the edge of a window no duration elapses: what needs no time happens, all else waits for a reading. */
const NO_TIME: Instant = Number.NEGATIVE_INFINITY;

/**
 * The breach state machine. Judges readings of one series, and the edges of the windows of its rules, those between the readings and those up to `until`,
 * itself included. `rules` are those whose scope holds the series, of all times, in any order. Pure, and quick where nothing happens: while a series is at
 * rest, or every threshold whose band holds the value is in breach already, a reading costs two comparisons.
 */
export function judgeReadings(rules: readonly Rule[], start: JudgingStart, readings: JudgedColumns, until: Instant): Judged {
  const run = begin(rules, start);
  const { edges } = run.plan;
  const { times, values, to } = readings;
  let { last } = start;
  let number = segmentNumberAt(run.plan, judgedTo(start));
  let at = readings.from;
  while (at < to) {
    const time = times[at] ?? 0;
    number = last === null ? segmentNumberAt(run.plan, time) : judgeEdges(run, number, time, last);
    // An edge at the same instant has no effect of its own: the reading decides.
    if (edges[number] === time) number += 1;
    const segment = segmentOf(run.plan, number);
    enter(run, segment);
    const end = countUpTo(times, (edges[number] ?? Number.POSITIVE_INFINITY) - 1, at, to);
    judgeStretch(run, segment, readings, at, end);
    last = { time: times[end - 1] ?? 0, value: values[end - 1] ?? 0 };
    at = end;
  }
  // Instants are whole microseconds.
  if (last !== null) judgeEdges(run, number, until + 1, last);
  return { state: stateOf(run), changes: run.changes };
}

/** Judges the value in force at an instant as at the edge of a window: for a threshold that was created, changed or deleted then. */
export function judgeInstant(rules: readonly Rule[], start: JudgingStart, at: Instant): Judged {
  const run = begin(rules, start);
  if (start.last === null) return { state: start.state, changes: [] };
  const segment = segmentOf(run.plan, segmentNumberAt(run.plan, at));
  enter(run, segment);
  run.measuredAt = start.last.time;
  judge(run, segment, at, start.last.value, NO_TIME);
  return { state: stateOf(run), changes: run.changes };
}

function judgedTo({ last, judgedTo: given }: JudgingStart): Instant {
  return given ?? last?.time ?? Number.NEGATIVE_INFINITY;
}

function begin(rules: readonly Rule[], start: JudgingStart): Run {
  const run: Run = { plan: judgingPlanOf(rules), cells: new Map(), measuredAt: null, active: [], changes: [], isMoved: false };
  for (const { thresholdId, phase, since } of start.state) {
    run.cells.set(thresholdId, { rule: ruleBefore(rules, thresholdId, judgedTo(start)), phase, since });
  }
  run.active = activeOf(run);
  return run;
}

/** The version of a threshold that has judged last by an instant: the one in force, or else the latest. */
function ruleBefore(rules: readonly Rule[], thresholdId: string, instant: Instant): Rule {
  const versions = rules.filter((rule) => rule.thresholdId === thresholdId);
  const begun = versions.filter(({ from }) => from <= instant).sort((a, b) => a.from - b.from);
  return versions.find((rule) => isInForce(rule, instant)) ?? begun.at(-1) ?? versions[0] ?? { ...NO_RULE, thresholdId };
}

/** Of a threshold none of whose versions speaks of the series any more, because its place has changed: it never decides, so it is forgotten next. */
const NO_RULE: Omit<Rule, 'thresholdId'> = {
  level: 'WARNING',
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  from: Number.POSITIVE_INFINITY,
  to: Number.NEGATIVE_INFINITY,
  noDataAfter: Number.POSITIVE_INFINITY,
  forMicros: 0,
  clearMargin: 0,
  clearMicros: 0,
  specificity: 0,
};

/** Judges the edges from that number on which lie before an instant; answers the number of the first one that does not. */
function judgeEdges(run: Run, from: number, before: Instant, last: NonNullable<JudgingStart['last']>): number {
  let number = from;
  run.measuredAt = last.time;
  for (; number < run.plan.edges.length; number += 1) {
    const edge = run.plan.edges[number] ?? 0;
    if (edge >= before) break;
    const segment = segmentOf(run.plan, number + 1);
    enter(run, segment);
    judge(run, segment, edge, last.value, NO_TIME);
  }
  run.measuredAt = null;
  return number;
}

/** A threshold that does not decide here is forgotten; one that decides by another version goes on by that. */
function enter(run: Run, { ruleOf }: JudgingSegment): void {
  for (const [thresholdId, cell] of run.cells) {
    const rule = ruleOf.get(thresholdId);
    if (rule === cell.rule) continue;
    if (cell.phase !== 'PENDING') run.isMoved = true;
    if (rule === undefined) run.cells.delete(thresholdId);
    else cell.rule = rule;
  }
}

/** Judges readings that lie between two edges. */
function judgeStretch(run: Run, segment: JudgingSegment, { times, values }: JudgedColumns, from: number, to: number): void {
  let at = from;
  while (at < to) {
    const time = times[at] ?? 0;
    const piece = judge(run, segment, time, values[at] ?? 0, time);
    at += 1;
    if (piece % 2 === 0 && isSettled(run, segment.members[piece] ?? [])) at = skipPiece(segment.bounds, piece, values, at, to);
  }
}

/** Whether another value in the same bands would change nothing: exactly the thresholds whose bands hold it are in breach, and none of them is ending. */
function isSettled({ cells }: Run, members: readonly Rule[]): boolean {
  return cells.size === members.length && members.every(({ thresholdId }) => cells.get(thresholdId)?.phase === 'ACTIVE');
}

/** The next position whose value lies in another piece than that open interval. */
function skipPiece(bounds: readonly number[], piece: number, values: Float64Array, from: number, to: number): number {
  const low = bounds[piece / 2 - 1] ?? Number.NEGATIVE_INFINITY;
  const high = bounds[piece / 2] ?? Number.POSITIVE_INFINITY;
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? 0;
    if (!(value > low && value < high)) return at;
  }
  return to;
}

/** Judges one value; durations have elapsed by `clock`. Answers the piece that the value lies in. */
function judge(run: Run, segment: JudgingSegment, time: Instant, value: number, clock: Instant): number {
  const piece = pieceOf(segment, value);
  const members = membersOf(segment, piece, value);
  if (run.cells.size > 0) for (const cell of run.cells.values()) judgeCell(run, cell, time, value, clock);
  for (const rule of members) {
    if (run.cells.has(rule.thresholdId)) continue;
    const cell: Cell = { rule, phase: 'PENDING', since: time };
    run.cells.set(rule.thresholdId, cell);
    judgePending(run, cell, time, clock);
  }
  if (run.isMoved) noteChange(run, segment, time, value);
  return piece;
}

function judgeCell(run: Run, cell: Cell, time: Instant, value: number, clock: Instant): void {
  const { min, max, clearMargin, clearMicros, thresholdId } = cell.rule;
  if (cell.phase === 'PENDING') {
    if (min <= value && value <= max) judgePending(run, cell, time, clock);
    else run.cells.delete(thresholdId);
    return;
  }
  if (min - clearMargin <= value && value <= max + clearMargin) {
    if (cell.phase === 'CLEARING') enterPhase(cell, 'ACTIVE', time);
    return;
  }
  if (cell.phase === 'ACTIVE') enterPhase(cell, 'CLEARING', time);
  if (Math.max(clock - cell.since, 0) < clearMicros) return;
  run.cells.delete(thresholdId);
  run.isMoved = true;
}

function judgePending(run: Run, cell: Cell, time: Instant, clock: Instant): void {
  if (Math.max(clock - cell.since, 0) < cell.rule.forMicros) return;
  enterPhase(cell, 'ACTIVE', time);
  run.isMoved = true;
}

function enterPhase(cell: Cell, phase: Cell['phase'], time: Instant): void {
  cell.phase = phase;
  cell.since = time;
}

function noteChange(run: Run, segment: JudgingSegment, time: Instant, value: number): void {
  run.isMoved = false;
  const before = run.active;
  const after = activeOf(run);
  if (isSameActive(before, after)) return;
  const status = statusOf(after, segment);
  const previous = statusOf(before, segmentBefore(run.plan, time));
  run.active = after;
  const measuredAt = run.measuredAt ?? time;
  run.changes.push({ time, value, measuredAt, status, previous, active: after.map(({ thresholdId }) => thresholdId), thresholdId: causeOf(before, after) });
}

function segmentBefore(plan: JudgingPlan, time: Instant): JudgingSegment {
  const number = segmentNumberAt(plan, time);
  return segmentOf(plan, plan.edges[number - 1] === time ? number - 1 : number);
}

function activeOf({ cells }: Run): ActiveRule[] {
  const active: ActiveRule[] = [];
  for (const [thresholdId, { phase, rule }] of cells) if (phase !== 'PENDING') active.push({ thresholdId, level: rule.level });
  return active.sort((a, b) => compareThresholdIds(a.thresholdId, b.thresholdId));
}

function statusOf(active: readonly ActiveRule[], { deciding }: JudgingSegment): VerdictStatus {
  return highestOf(active) ?? (deciding.length > 0 ? 'NORMAL' : null);
}

function stateOf({ cells }: Run): SeriesState {
  if (cells.size === 0) return IDLE;
  return [...cells.values()]
    .map(({ rule, phase, since }) => ({ thresholdId: rule.thresholdId, phase, since }))
    .sort((a, b) => compareThresholdIds(a.thresholdId, b.thresholdId));
}

const IDLE: SeriesState = [];
