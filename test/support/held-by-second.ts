/** Everything here is in whole seconds since 1970, so that nothing changes within a second: an independent computation that looks at each second by itself. */
export interface HeldWorld {
  /** Of one group. */
  readonly series: readonly HeldSeries[];
  /** Those whose scope holds the group. */
  readonly rules: readonly HeldRule[];
  readonly now: number;
}

/** The readings of a sensor at a place, in any order, and when it was there. */
export interface HeldSeries {
  readonly readings: readonly { readonly time: number; readonly value: number }[];
  readonly stays: readonly { readonly from: number; readonly to: number }[];
}

/** A version of a threshold; null is unbounded. */
export interface HeldRule {
  readonly level: 'WARNING' | 'CRITICAL';
  readonly min: number | null;
  readonly max: number | null;
  readonly noDataAfter: number | null;
  readonly from: number | null;
  readonly to: number | null;
  /** Greater is more specific. */
  readonly rank: number;
}

/** The average over all seconds and series of what was held; null where nothing was. */
export function averageBySecond(world: HeldWorld, from: number, to: number, maxGap: number): number | null {
  const held: number[] = [];
  eachSecond(world, from, to, (_, value, age) => {
    if (age < maxGap) held.push(value);
  });
  return held.length === 0 ? null : held.reduce((sum, value) => sum + value, 0) / held.length;
}

/** How many seconds of how many series had a status. */
export function secondsBySecond(world: HeldWorld, from: number, to: number, status: string, asOf: string, maxGap: number): number {
  let seconds = 0;
  eachSecond(world, from, to, (middle, value, age) => {
    if (statusAt(world.rules, asOf === 'THEN' ? middle : world.now, age < maxGap ? value : null, age) === status) seconds++;
  });
  return seconds;
}

/** The middle of every second, with the newest reading of each series that has one by then, and whose sensor is there. */
function eachSecond({ series, now }: HeldWorld, from: number, to: number, visit: (middle: number, value: number, age: number) => void): void {
  for (let second = from; second < Math.min(to, now); second++) {
    const middle = second + 0.5;
    for (const { readings, stays } of series) {
      if (!stays.some((stay) => stay.from < middle && middle < stay.to)) continue;
      const newest = readings.filter(({ time }) => time <= middle).sort((a, b) => b.time - a.time)[0];
      if (newest !== undefined) visit(middle, newest.value, middle - newest.time);
    }
  }
}

/** `value` null: nothing is held, so that only silence has a status. */
function statusAt(rules: readonly HeldRule[], at: number, value: number | null, age: number): string | null {
  const inForce = rules.filter(({ from, to }) => (from === null || from <= at) && (to === null || at < to));
  const deciding = inForce.filter((rule) => inForce.every((other) => other.level !== rule.level || other.rank <= rule.rank));
  const holds = (level: string) => value !== null && deciding.some((rule) => rule.level === level && isWithin(rule, value));
  if (holds('CRITICAL')) return 'CRITICAL';
  if (holds('WARNING')) return 'WARNING';
  if (deciding.some(({ noDataAfter }) => noDataAfter !== null && age > noDataAfter)) return 'NO_DATA';
  return deciding.length === 0 || value === null ? null : 'NORMAL';
}

/** A threshold without bounds that minds silence has no band; without silence it holds for every value. */
function isWithin({ min, max, noDataAfter }: HeldRule, value: number): boolean {
  if (min === null && max === null && noDataAfter !== null) return false;
  return (min === null || min <= value) && (max === null || value <= max);
}
