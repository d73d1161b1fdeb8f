/** A generator of numbers that a seed repeats. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  /** One of some. */
  pick<T>(items: readonly T[]): T;
  /** Some of some: at least one, each once. */
  some<T>(items: readonly T[]): T[];
  /** True that often. */
  chance(share: number): boolean;
}

/** Mulberry32: small, and random enough to draw questions. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[whole(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const some = <T>(items: readonly T[]): T[] => {
    const chosen = items.filter(() => next() < 0.4);
    return chosen.length > 0 ? chosen : [pick(items)];
  };
  return { next, whole, pick, some, chance: (share) => next() < share };
}
