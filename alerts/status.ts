import type { Level, ThresholdRow, ThresholdScope } from '../db/catalogue.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';
import type { Instant } from '../db/time/instant.ts';

/** How a value stands; null where no threshold is in force. */
export type Status = 'NORMAL' | 'NO_DATA' | 'WARNING' | 'CRITICAL';

/** What is judged: the place and the sensor of a reading, or the key of a group, whose other fields are null. */
export type Subject = ThresholdScope;

/** A threshold made ready for judging: an absent bound is infinite, both windows are one. What judges silence alone is in force with a band that holds nothing. */
export interface Rule {
  /** Versions of one threshold share it; at most one of them is in force at an instant. */
  readonly thresholdId: string;
  readonly level: Level;
  readonly min: number;
  readonly max: number;
  /** In force at from ≤ t < to. */
  readonly from: Instant;
  readonly to: Instant;
  /** The longest silence, in microseconds, that is not NO_DATA. */
  readonly noDataAfter: number;
  /** How long a value must lie in the band, in microseconds, before a breach opens; 0: at once. */
  readonly forMicros: number;
  /** How far outside the band a value must lie for a breach to end. */
  readonly clearMargin: number;
  /** How long a value must lie out there, in microseconds, before a breach ends; 0: at once. */
  readonly clearMicros: number;
  /** Greater is more specific: by the narrowest field, then by the number of fields. */
  readonly specificity: number;
}

/** Broadest first. */
const SCOPE_FIELDS = ['factory', 'building', 'floor', 'area', 'locationId', 'sensorId'] as const satisfies readonly (keyof ThresholdScope)[];

const SEVERITY: Readonly<Record<Status, number>> = { NORMAL: 0, NO_DATA: 1, WARNING: 2, CRITICAL: 3 };

/**
 * The status rule. `rules` are those whose scope holds what is judged, in any order. For each level apart, those in force at `at` that are of the most
 * specific scope decide: the level holds if one of their bands contains the value. `silence` is the age of the newest reading where the present is judged,
 * in microseconds; a value of its own time is never silent.
 */
export function judge(rules: readonly Rule[], at: Instant, value: number, silence = 0): Status | null {
  const deciding = { WARNING: greatestSpecificity(rules, 'WARNING', at), CRITICAL: greatestSpecificity(rules, 'CRITICAL', at) };
  if (deciding.WARNING === null && deciding.CRITICAL === null) return null;
  let status: Status = 'NORMAL';
  for (const rule of rules) {
    if (!isInForce(rule, at) || rule.specificity !== deciding[rule.level]) continue;
    if (rule.min <= value && value <= rule.max) status = worse<Status>(status, rule.level);
    if (silence > rule.noDataAfter) status = worse<Status>(status, 'NO_DATA');
  }
  return status;
}

/** For each level apart, the rules in force at an instant that are of the greatest specificity; none where no rule is in force. */
export function decidingRules(rules: readonly Rule[], at: Instant): Rule[] {
  const greatest = { WARNING: greatestSpecificity(rules, 'WARNING', at), CRITICAL: greatestSpecificity(rules, 'CRITICAL', at) };
  return rules.filter((rule) => isInForce(rule, at) && rule.specificity === greatest[rule.level]);
}

/** null where no rule of the level is in force. */
function greatestSpecificity(rules: readonly Rule[], level: Level, at: Instant): number | null {
  let greatest: number | null = null;
  for (const rule of rules) {
    if (rule.level === level && isInForce(rule, at) && (greatest === null || rule.specificity > greatest)) greatest = rule.specificity;
  }
  return greatest;
}

/** Whether a rule speaks of an instant. */
export function isInForce(rule: Rule, at: Instant): boolean {
  return rule.from <= at && at < rule.to;
}

/** The higher of two statuses; null is below all. */
export function worse<S extends Status | null>(a: S, b: S): S {
  if (a === null) return b;
  if (b === null) return a;
  return SEVERITY[b] > SEVERITY[a] ? b : a;
}

/** Whether all fields that the scope sets are the subject's. */
export function scopeHolds(scope: ThresholdScope, subject: Subject): boolean {
  return SCOPE_FIELDS.every((field) => scope[field] === null || scope[field] === subject[field]);
}

/** Rows outlive versions of the catalogue, and reading their durations is most of the work. */
const rules = new WeakMap<ThresholdRow, Rule>();

/** Makes a version of a threshold ready for judging; null for a disabled one, which is never in force. */
export function toRule(row: ThresholdRow): Rule | null {
  if (!row.enabled) return null;
  const known = rules.get(row);
  if (known !== undefined) return known;
  const rule = createRule(row);
  rules.set(row, rule);
  return rule;
}

function createRule(row: ThresholdRow): Rule {
  const isForSilenceAlone = row.min === null && row.max === null && row.noDataAfter !== null;
  return {
    thresholdId: row.id,
    level: row.level,
    min: isForSilenceAlone ? Number.POSITIVE_INFINITY : (row.min ?? Number.NEGATIVE_INFINITY),
    max: isForSilenceAlone ? Number.NEGATIVE_INFINITY : (row.max ?? Number.POSITIVE_INFINITY),
    from: Math.max(row.validFrom ?? Number.NEGATIVE_INFINITY, row.effectiveFrom ?? Number.NEGATIVE_INFINITY),
    to: Math.min(row.validTo ?? Number.POSITIVE_INFINITY, row.effectiveTo ?? Number.POSITIVE_INFINITY),
    noDataAfter: row.noDataAfter === null ? Number.POSITIVE_INFINITY : microsOf(row.noDataAfter, 'noDataAfter'),
    forMicros: microsOf(row.forDuration, 'forDuration'),
    clearMargin: row.clearMargin,
    clearMicros: microsOf(row.clearDuration, 'clearDuration'),
    specificity: specificityOf(row.scope),
  };
}

function specificityOf(scope: ThresholdScope): number {
  const set = SCOPE_FIELDS.map((field) => scope[field] !== null);
  const count = set.filter(Boolean).length;
  return (set.lastIndexOf(true) + 1) * SCOPE_FIELDS.length + count;
}

/** Days of a threshold are 24 hours: silence and persistence are measured, not read off a calendar. */
function microsOf(text: string, field: string): number {
  return exactMicros(parseDuration(text, field));
}
