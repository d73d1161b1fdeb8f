import { UnreadableInputError } from '../read/reader.ts';
import { ConnectError } from './connect-error.ts';
import { valueAt } from './http-paging.ts';
import { shown, withoutValues } from './http-request.ts';
import type { HttpSource } from './http-schema.ts';

const MAX_DOCUMENT_BYTES = 100_000_000;

/** The JSON of a body that is read whole; undefined: it is empty. Throws ConnectError where it is too long, UnreadableInputError where it is no JSON. */
export async function documentOf(body: AsyncIterable<Uint8Array>, { maxBytes }: HttpSource, url: URL): Promise<unknown> {
  const most = Math.min(maxBytes, MAX_DOCUMENT_BYTES);
  const blocks: Uint8Array[] = [];
  let length = 0;
  for await (const block of body) {
    length += block.length;
    if (length > most) throw new ConnectError(`${shown(url)} answers more than ${most.toLocaleString('en')} bytes: ask for smaller pages`);
    blocks.push(block);
  }
  const text = Buffer.concat(blocks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableInputError(
      `${shown(url)} does not answer JSON (${cause instanceof Error ? withoutQuote(cause.message) : String(cause)}); it begins ${JSON.stringify(withoutValues(text).slice(0, 100))}`,
      { cause },
    );
  }
}

/** JSON.parse quotes the input around what it did not expect. */
function withoutQuote(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*$/s, '');
}

/** The records of a document: those at a path, or all of it. Throws UnreadableInputError where there is no list; what is there instead is told by its names, because it may hold the server's own secrets. */
export function elementsOf(document: unknown, path: string | null, url: URL): readonly unknown[] {
  const found = path === null ? document : valueAt(document, path);
  if (Array.isArray(found)) return found;
  const place = path === null ? 'of records' : `at ${JSON.stringify(path)}`;
  throw new UnreadableInputError(`${shown(url)} answers no list ${place}, but ${kindOf(document)}`);
}

function kindOf(document: unknown): string {
  if (Array.isArray(document)) return 'a list';
  if (typeof document !== 'object' || document === null) return JSON.stringify(document).slice(0, 100);
  const names = Object.keys(document);
  return names.length === 0 ? 'an empty object' : `an object with ${names.slice(0, 10).join(', ').slice(0, 200)}${names.length > 10 ? ', …' : ''}`;
}

const ELEMENTS_A_BLOCK = 1000;

/** As the readers take them, a thousand at a time. */
export async function* asBytes(elements: readonly unknown[]): AsyncGenerator<Uint8Array> {
  if (elements.length === 0) return;
  for (let from = 0; from < elements.length; from += ELEMENTS_A_BLOCK) {
    const some = elements.slice(from, from + ELEMENTS_A_BLOCK).map((element) => JSON.stringify(element, asText));
    yield Buffer.from(`${from === 0 ? '[' : ','}${some.join()}`);
  }
  yield Buffer.from(']');
}

/** A number that JavaScript cannot hold would be written as null, which means that nothing was measured. */
function asText(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
