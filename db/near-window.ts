/** Many series are first looked for among so many of the next rows, which takes some 10 ms; to look for each by itself takes 3 µs, whether it has any or not. */
const MANY_SERIES = 500;
const WINDOW = 20_000;

/** How many rows a page of what these series have looks through before it asks for each series by itself. */
export function nearWindow({ length }: readonly number[]): number {
  return length > MANY_SERIES ? WINDOW : 0;
}
