/**
 * Reads what string_agg wrote of numbers or booleans. PostgreSQL writes both as JSON does, a double as the shortest text that reads back as the same one,
 * and reading them as JSON takes a third of the time of splitting.
 */
export function readNumbers(text: string | null): number[] {
  return readList(text, (item) => typeof item === 'number');
}

/** The same of booleans. */
export function readBooleans(text: string | null): boolean[] {
  return readList(text, (item) => typeof item === 'boolean');
}

function readList<T>(text: string | null, isItem: (item: unknown) => item is T): T[] {
  if (text === null) return [];
  const list: unknown = JSON.parse(`[${text}]`);
  if (!isList(list, isItem)) throw new TypeError(`a list was expected, not ${text.slice(0, 100)}`);
  return list;
}

/** Of one type, because a column is: the first member tells. */
function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && isItem(value[0]);
}
