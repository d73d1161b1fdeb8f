import { InvalidArgumentError } from './errors.ts';

const MAX_LENGTH = 200;
/** Control characters, the halves of a torn surrogate pair, and what is no character: they cannot be told apart, shown or stored. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** What makes a text a name or key. */
export const TEXT_RULE = `it must have 1 to ${MAX_LENGTH} characters, none of them a control character`;

/** Whether a text can be a name or key. */
export function isText(value: string): boolean {
  return value !== '' && value.length <= MAX_LENGTH && !UNFIT.test(value);
}

/** Refuses what can be no name or key. */
export function checkText(field: string, value: string): void {
  if (!isText(value)) throw new InvalidArgumentError(field, value, TEXT_RULE);
}

/** The same where null is allowed. */
export function checkOptionalText(field: string, value: string | null | undefined): void {
  if (value !== null && value !== undefined) checkText(field, value);
}

/** Refuses a number outside of [min, max], and what is not a finite number. */
export function checkRange(field: string, value: number | null | undefined, min: number, max: number): void {
  if (value === null || value === undefined) return;
  if (!(Number.isFinite(value) && value >= min && value <= max)) throw new InvalidArgumentError(field, value, `it must be from ${min} to ${max}`);
}

/** Refuses bounds that hold nothing, and bounds that are not finite numbers. Absent bounds are fine. */
export function checkBounds(field: string, min: number | null, max: number | null): void {
  for (const [name, bound] of [
    ['min', min],
    ['max', max],
  ] as const) {
    if (bound !== null && !Number.isFinite(bound)) throw new InvalidArgumentError(`${field}.${name}`, String(bound), 'it must be a finite number');
  }
  if (min !== null && max !== null && min > max) throw new InvalidArgumentError(`${field}.min`, min, `min must not be greater than max, which is ${max}`);
}

/** Refuses one id given twice in one call: which of the two should stand? */
export function checkDistinctIds(field: string, inputs: readonly { readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of inputs.entries()) {
    if (seen.has(id)) throw new InvalidArgumentError(`${field}[${index}].id`, id, 'each id may be given once in a call');
    seen.add(id);
  }
}

/** PostgreSQL refuses text with NUL. No id has one, so an id that has can be looked for as the empty one, which nobody has either. */
export function toSearchableId(id: string): string {
  return id.includes('\u0000') ? '' : id;
}
