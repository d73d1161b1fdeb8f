import type { DelimitedRow } from './delimited-rows.ts';
import { parseObject, textOf } from './json-record.ts';
import type { BrokenRecord } from './text-blocks.ts';

/** JSON records as rows of cells, one for each path: names joined with dots, numbers into arrays. What is missing or null is an empty cell. */
export async function* jsonRows(
  elements: AsyncIterable<readonly (string | BrokenRecord)[]>,
  paths: readonly string[],
): AsyncGenerator<readonly DelimitedRow[]> {
  const steps = paths.map((path) => path.split('.'));
  for await (const chunk of elements) {
    yield chunk.map((element) => (typeof element === 'string' ? rowOf(element, steps) : element));
  }
}

function rowOf(element: string, paths: readonly (readonly string[])[]): DelimitedRow {
  const record = parseObject(element);
  if (typeof record === 'string') return { message: record, raw: element };
  if (element.includes('\\u0000')) return { message: 'the record holds a NUL', raw: element };
  return paths.map((steps) => {
    const value = steps.reduce<unknown>(
      (at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined),
      record,
    );
    return value === null ? '' : textOf(value);
  });
}
