/** A row that another row names. The database's foreign keys see to it that it is there, so its absence is a bug. */
export function found<R>(row: R | null, kind: string, id: string): R {
  if (row === null) throw new Error(`the catalogue has no ${kind} ${JSON.stringify(id)}`);
  return row;
}
