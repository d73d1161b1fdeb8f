/** The SQL of the start of the rollup bucket that an instant is in. Widths divide a UTC day, and the origin is a midnight, so buckets are those of the UTC clock. */
export function dateBin(width: '15 minutes' | '1 hour' | '1 day', instant: string): string {
  return `date_bin(interval '${width}', ${instant}, timestamptz '2000-01-01 00:00:00+00')`;
}
