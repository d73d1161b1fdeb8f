/** Of numbers in ascending order, the one that so great a share is below. NaN of none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

/** Ascending, in another array. */
export function sorted(numbers: Iterable<number>): Float64Array {
  return Float64Array.from(numbers).sort();
}

/** As text: the median, with least and most. */
export function spread(numbers: Iterable<number>, digits: number): string {
  const ascending = sorted(numbers);
  return `**${figure(quantile(ascending, 0.5), digits)}** (${figure(ascending[0] ?? Number.NaN, digits)}–${figure(ascending.at(-1) ?? Number.NaN, digits)})`;
}

/** A number as text. */
export function figure(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share as text. */
export function percent(share: number): string {
  return `${figure(share * 100, 0)} %`;
}

/** A table as Markdown: the first row is its head, the first column its names. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [head = []] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.slice(1).map(line)];
}
