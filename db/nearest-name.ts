import { distance } from 'fastest-levenshtein';

/** What is longer is no slip of the pen, and comparing it would let a sender decide how long we compute. */
const LONGEST = 100;
/** Comparing so many takes some 10 ms; among more no name is looked for. */
export const MOST_NAMES = 10_000;
/** With fewer letters too many names begin. */
const LEAST_PREFIX = 3;
/** With so many letters one of them may be wrong, too. */
const LEAST_FAULTY_PREFIX = 5;

/** The name that was probably meant: one that differs in less than half of its letters, or the shortest that begins so; null where none is near, or there are very many. */
export function nearestName(given: string, names: Iterable<string>): string | null {
  const wanted = given.trim().toLowerCase();
  if (wanted === '' || wanted.length > LONGEST) return null;
  let nearest: string | null = null;
  let least = Math.floor(wanted.length * 0.4) + 1;
  let completed: string | null = null;
  let compared = 0;
  for (const name of names) {
    if (++compared > MOST_NAMES) return null;
    const candidate = name.toLowerCase();
    if (isBeginning(wanted, candidate) && (completed === null || name.length < completed.length)) completed = name;
    const differences = distance(wanted, candidate);
    if (differences > least || (differences === least && nearest !== null)) continue;
    least = differences;
    nearest = name;
  }
  return nearest ?? completed;
}

function isBeginning(wanted: string, candidate: string): boolean {
  const { length } = wanted;
  if (length < LEAST_FAULTY_PREFIX) return length >= LEAST_PREFIX && candidate.startsWith(wanted);
  return [length - 1, length, length + 1].some((letters) => distance(wanted, candidate.slice(0, letters)) <= 1);
}

/** The same as a question behind a message; empty where none is near. */
export function didYouMean(given: string, names: Iterable<string>): string {
  const nearest = nearestName(given, names);
  return nearest === null ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
}
