import type { BreachKind, BreachStatus } from '../../db/breach.ts';
import type { Level } from '../../db/catalogue.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import { isInForce, type Rule } from '../status.ts';
import { levelOf } from './episodes.ts';
import type { AlertDraft, BreachDraft } from './judging-outcome.ts';
import type { JudgedColumns, VerdictChange } from './machine.ts';

/** What the verdicts of a series are followed with. */
export interface Following {
  readonly rules: readonly Rule[];
  /** The readings that gave the verdicts; the value in force at an edge need not be among them. */
  readonly readings: JudgedColumns;
  /** The alert that is open before them. */
  readonly band: AlertDraft | null;
  readonly isLate: (time: Instant) => boolean;
}

/** What came of following. */
export interface Followed {
  /** The alert that is open afterwards. */
  readonly band: AlertDraft | null;
  /** Those that are new or changed. */
  readonly alerts: readonly AlertDraft[];
  readonly breaches: readonly BreachDraft[];
}

const NO_LEVELS: readonly Level[] = [];
const LEVELS: readonly Level[] = ['WARNING', 'CRITICAL'];

/** Turns changes of the verdict, in the order of their times, into breaches and the lives of alerts. */
export function followVerdicts(changes: readonly VerdictChange[], following: Following): Followed {
  const { readings } = following;
  const run: Run = { ...following, at: readings.from, alerts: new Set(), breaches: [] };
  for (const change of changes) {
    takeReadings(run, countUpTo(readings.times, change.time - 1, run.at, readings.to));
    follow(run, change);
  }
  takeReadings(run, readings.to);
  return { band: run.band, alerts: [...run.alerts], breaches: run.breaches };
}

interface Run extends Following {
  band: AlertDraft | null;
  /** The first reading that has not been taken into a peak. */
  at: number;
  readonly alerts: Set<AlertDraft>;
  readonly breaches: BreachDraft[];
}

function takeReadings(run: Run, to: number): void {
  if (run.band !== null && raisePeak(run.band, run, run.at, to)) run.alerts.add(run.band);
  run.at = to;
}

function follow(run: Run, change: VerdictChange): void {
  const level = levelOf(change.status);
  const kind = kindOf(run.band === null ? null : levelOf(change.previous), level);
  if (kind === null) return;
  const alert = run.band ?? open(change, level ?? 'WARNING');
  const { time, value, measuredAt, status, previous, thresholdId } = change;
  run.breaches.push({ kind, time, late: run.isLate(time), value, measuredAt, status, previous, thresholdId, alert, levels: levelsOf(status, previous) });
  run.alerts.add(alert);
  if (level === 'CRITICAL') alert.level = level;
  if (level === null) alert.resolvedAt = time;
  run.band = level === null ? null : alert;
}

/** What filters by level look at. */
export function levelsOf(...statuses: readonly BreachStatus[]): readonly Level[] {
  const levels = LEVELS.filter((level) => statuses.includes(level));
  return levels.length === 0 ? NO_LEVELS : levels;
}

/** What a step from one level to another is; null where the level stays. */
export function kindOf(before: Level | null, after: Level | null): BreachKind | null {
  if (before === after) return null;
  if (before === null) return 'OPENED';
  if (after === null) return 'CLEARED';
  return after === 'CRITICAL' ? 'WORSENED' : 'EASED';
}

function open({ time, value, active, thresholdId }: VerdictChange, level: Level): AlertDraft {
  const opener = thresholdId ?? active[0] ?? '';
  return { id: null, kind: 'BAND', level, thresholdId: opener, openedAt: time, resolvedAt: null, peak: value, withdrawn: false };
}

/** Takes the readings at some positions into the peak; answers whether it has moved. */
function raisePeak(band: AlertDraft, { rules, readings: { values } }: Following, from: number, to: number): boolean {
  const before = band.peak;
  const isHigh = opensUpwards(rules, band);
  let peak = before ?? (isHigh ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? peak;
    if (isHigh ? value > peak : value < peak) peak = value;
  }
  if (Number.isFinite(peak)) band.peak = peak;
  return band.peak !== before;
}

/** Whether the band that an alert was opened by has a lower bound: then greater is worse. */
export function opensUpwards(rules: readonly Rule[], { thresholdId, openedAt }: Pick<AlertDraft, 'thresholdId' | 'openedAt'>): boolean {
  const versions = rules.filter((rule) => rule.thresholdId === thresholdId);
  const opener = versions.find((rule) => isInForce(rule, openedAt)) ?? versions[0];
  return opener === undefined || Number.isFinite(opener.min);
}
