/** What to do about a header that holds the first cell of the next row too: `curl -d` takes line ends out. Empty where no column begins with one of these names and goes on as a value. */
export function lostLineEnds(header: readonly string[], names: readonly string[]): string {
  const isJoined = header.some((cell) =>
    names.some((name) => name !== '' && cell.startsWith(name) && /^["']?(?:\d{9}|\d{1,4}[-./]\d)/.test(cell.slice(name.length))),
  );
  return isJoined ? `; ${KEEP_LINE_ENDS}` : '';
}

/** For whoever sends lines by hand. */
export const KEEP_LINE_ENDS = 'if the line ends were lost on the way: curl keeps them with --data-binary, not with -d';
