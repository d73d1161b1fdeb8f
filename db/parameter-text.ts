import { formatInstant, type Instant } from './time/instant.ts';

/** Makes a value a parameter of the statement; gives its placeholder. */
export type Bind = (value: unknown) => string;

/** The text of a timestamptz[]: built here because pg quotes every element of an array, which takes longer than the statement for many buckets. */
export function instants(list: readonly Instant[]): string {
  return `{${list.map(formatInstant).join(',')}}`;
}

/** The text of an int[], built here for the same reason. */
export function integers(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}
