import type { Instant } from '../../db/time/instant.ts';
import type { Rule } from '../status.ts';
import { type JudgingPlan, judgingPlanOf, membersOf, pieceOf, segmentNumberAt, segmentOf } from './judging-plan.ts';
import type { SeriesState } from './machine.ts';
import { positionAt, type TimelineRow } from './timeline.ts';

/** Readings of a series, not after its newest one before, that a load has added, changed or deleted: ascending in time. */
export interface LateReadings {
  readonly times: Float64Array;
  /** What is stored now; not a number where nothing is any more. */
  readonly values: Float64Array;
  /** Whether one of them was stored before, with another value. */
  readonly replaces: boolean;
}

/** Where a series is judged anew: from the first late reading of some that lie close together, until after the last of them the old timeline is met again. */
export interface Stretch {
  readonly from: Instant;
  readonly touchedTo: Instant;
}

/** Of the whole span, gaps of less than this share are not worth a stretch of their own. */
const GAPS = 256;

/** What is known of a series from before its late readings. */
export interface Known {
  /** Its timeline from just before the first late reading on. */
  readonly rows: readonly TimelineRow[];
  /** Its state after all of it. */
  readonly state: SeriesState;
  /** The first reading after the newest one before; null where the load brought none. */
  readonly next: Instant | null;
}

/**
 * Where a series has to be judged anew.
 *
 * A late reading is calm where nothing is in breach before it, nothing changed at it, and its value lies in no band that decides then or at a later edge.
 * Right after it nothing is in breach, waits or ends now. What was before can only have waited longer; so as long as nothing was in breach before, nothing is
 * now, and it needs no judging up to the next row of the old timeline. Where there is none, it changes nothing, unless something waits at the end that began
 * before it, or at an edge, with the value in force there. Where there is one, it may come later now, or not at all, if a duration or an edge was its reason;
 * where no rule has a duration and no edge follows, a row depends on nothing but its own reading. Of the calm readings before a row only the last matters: it
 * makes the state anew whatever was before; and none where another reading of the load follows before the row, for judging starts there from what the
 * readings show.
 */
export function stretchesOf(rules: readonly Rule[], { times, values }: LateReadings, known: Known): readonly Stretch[] {
  const plan = judgingPlanOf(rules);
  const edges = new Set(plan.edges);
  const waiting = known.state.filter(({ phase }) => phase === 'PENDING').map(({ since }) => (edges.has(since) ? Number.NEGATIVE_INFINITY : since));
  const waitingSince = Math.min(...waiting);
  const starts: Instant[] = [];
  for (let at = 0; at < times.length; at += 1) {
    const time = times[at] ?? 0;
    const position = positionAt(known.rows, time);
    const change = known.rows[position + 1]?.time ?? null;
    const following = times[at + 1] ?? (change === null ? null : known.next) ?? Number.POSITIVE_INFINITY;
    const isMoving = change === null ? waitingSince <= time && following === Number.POSITIVE_INFINITY : following > change && hasMemory(plan, time);
    if (isMoving || !isCalm(plan, time, values[at] ?? Number.NaN, known.rows[position])) starts.push(time);
  }
  return joined(starts);
}

/** Whether what happens after an instant may have begun before it. */
function hasMemory({ rules, edges }: JudgingPlan, time: Instant): boolean {
  return (edges.at(-1) ?? Number.NEGATIVE_INFINITY) > time || rules.some(({ forMicros }) => forMicros > 0);
}

function isCalm(plan: JudgingPlan, time: Instant, value: number, row: TimelineRow | undefined): boolean {
  if (Number.isNaN(value)) return false;
  if (row !== undefined && (row.active.length > 0 || row.time === time)) return false;
  const number = segmentNumberAt(plan, time);
  const segment = segmentOf(plan, number);
  if (membersOf(segment, pieceOf(segment, value), value).length > 0) return false;
  return number === plan.edges.length || !plan.rules.some(({ to, min, max }) => to > time && min <= value && value <= max);
}

function joined(starts: readonly Instant[]): readonly Stretch[] {
  const gap = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / GAPS;
  const stretches: { from: Instant; touchedTo: Instant }[] = [];
  for (const start of starts) {
    const last = stretches.at(-1);
    if (last !== undefined && start - last.touchedTo <= gap) last.touchedTo = start;
    else stretches.push({ from: start, touchedTo: start });
  }
  return stretches;
}
