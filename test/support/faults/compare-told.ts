import type { Queryable } from '../../../db/pool.ts';
import { type BreachFollower, isAfter, type Stretch } from './breach-follower.ts';
import { numbersThatFit } from './breach-truth.ts';
import type { Witness } from './witness.ts';

/** What clients were told beside what they should have been; the lists name the first few of each kind. */
export interface Verdict {
  readonly expected: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  /** Told, but not asked for. */
  readonly foreign: number;
  /** Frames whose `evaluatedThrough` came before a breach that had been committed by then. */
  readonly evaluatedTooEarly: number;
  readonly examples: readonly string[];
}

/** Compares all that was told up to a number with what the store says, client by client. */
export async function compareTold(db: Queryable, followers: readonly BreachFollower[], upTo: number, witnesses: readonly Witness[]): Promise<Verdict> {
  const sum = { expected: 0, lost: 0, repeated: 0, outOfOrder: 0, foreign: 0, evaluatedTooEarly: 0 };
  const examples: string[] = [];
  for (const follower of followers) {
    for (const stretch of follower.stretches) {
      const fitting = await numbersThatFit(db, stretch.filter, stretch.after, upTo);
      const found = compareStretch(stretch, fitting, upTo, witnesses);
      for (const kind of ['expected', 'lost', 'repeated', 'outOfOrder', 'foreign', 'evaluatedTooEarly'] as const) {
        sum[kind] += found[kind].length;
        const [first] = found[kind];
        if (kind !== 'expected' && first !== undefined) {
          examples.push(
            `${kind}: ${found[kind].length} of ${follower.name} from ${stretch.after} to ${stretch.upTo}, first ${first}, ${JSON.stringify(stretch.filter)}`,
          );
        }
      }
    }
  }
  return { ...sum, examples: examples.slice(0, 20) };
}

/** `fitting`: all that fits from where the stretch began, also beyond its end. */
function compareStretch(stretch: Stretch, fitting: readonly number[], upTo: number, witnesses: readonly Witness[]) {
  const end = Math.min(stretch.upTo ?? upTo, upTo);
  const expected = fitting.filter((number) => number <= end);
  const numbers = stretch.numbers.filter((number) => number <= upTo);
  const told = new Set(numbers);
  const wanted = new Set(expected);
  const repeated: number[] = [];
  const outOfOrder: number[] = [];
  const seen = new Set<number>();
  let last = 0;
  for (const number of numbers) {
    if (seen.has(number)) repeated.push(number);
    else if (number < last) outOfOrder.push(number);
    seen.add(number);
    last = Math.max(last, number);
  }
  return {
    expected,
    lost: expected.filter((number) => !told.has(number)),
    repeated,
    outOfOrder,
    foreign: [...told].filter((number) => !wanted.has(number)),
    evaluatedTooEarly: stretch.evaluatedThrough.flatMap((evaluatedThrough, count) => {
      const next = fitting[count];
      const known = lastBefore(witnesses, evaluatedThrough);
      return next !== undefined && known !== null && next <= known.number ? [next] : [];
    }),
  };
}

function lastBefore(witnesses: readonly Witness[], instant: string): Witness | null {
  let low = 0;
  let high = witnesses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const witness = witnesses[middle];
    if (witness !== undefined && !isAfter(witness.at, instant)) low = middle + 1;
    else high = middle;
  }
  return witnesses[low - 1] ?? null;
}
