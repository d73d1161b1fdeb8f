import type { Level } from '../../db/catalogue.ts';

/** A threshold in breach, with the level of the version that judged it. */
export interface ActiveRule {
  readonly thresholdId: string;
  readonly level: Level;
}

/** Ids of thresholds are small numbers given as text. */
export function compareThresholdIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Whether the same thresholds are in breach at the same levels; both by id. */
export function isSameActive(a: readonly ActiveRule[], b: readonly ActiveRule[]): boolean {
  return a.length === b.length && a.every(({ thresholdId, level }, at) => thresholdId === b[at]?.thresholdId && level === b[at]?.level);
}

/** The highest level in breach; null where none is. */
export function highestOf(active: readonly ActiveRule[]): Level | null {
  if (active.some(({ level }) => level === 'CRITICAL')) return 'CRITICAL';
  return active.length > 0 ? 'WARNING' : null;
}

/** Of those that brought the higher level, or whose end left the lower one, the lowest id; null where the level stays. Both by id. */
export function causeOf(before: readonly ActiveRule[], after: readonly ActiveRule[]): string | null {
  const from = highestOf(before);
  const to = highestOf(after);
  if (from === to) return null;
  const isRise = from === null || to === 'CRITICAL';
  return (isRise ? after : before).find(({ level }) => level === (isRise ? to : from))?.thresholdId ?? null;
}
