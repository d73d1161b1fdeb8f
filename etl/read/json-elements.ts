import { MAX_RECORD_BYTES, UnreadableInputError } from './reader.ts';
import { type BrokenRecord, decodedElement, tooLong, withoutByteOrderMark } from './text-blocks.ts';

const BLOCK_BYTES = 64 * 1024;

const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;

/**
 * The elements of one JSON array, or one JSON object, each as its own text: neither parsed nor checked beyond where it ends.
 * Our own, because one bad or endless element must be refused by itself while the rest loads; streaming JSON parsers end at the first error and put no bound on an element.
 * Holds a block and at most one element of the greatest length.
 */
export async function* jsonElements(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly (string | BrokenRecord)[]> {
  const scanner = new ElementScanner();
  let pending: Uint8Array[] = [];
  let fresh = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
      const part = piece.subarray(at, at + BLOCK_BYTES);
      pending.push(part);
      fresh += part.length;
      if (fresh < BLOCK_BYTES) continue;
      const elements = scanner.scan(Buffer.concat(pending));
      pending = [];
      fresh = 0;
      if (elements.length > 0) yield elements;
    }
  }
  const elements = scanner.scan(Buffer.concat(pending));
  if (elements.length > 0) yield elements;
  scanner.end();
}

/** Where the scanner is: before everything, before an element or the end of the array, inside an element, after one, after everything. */
type Place = 'start' | 'before' | 'inside' | 'after' | 'done';

/** Finds where elements begin and end, over blocks that are cut anywhere. */
class ElementScanner {
  #place: Place = 'start';
  #inArray = false;
  #count = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #atStart = true;
  /** The beginning of the element, from earlier blocks. */
  #earlier: Buffer[] = [];
  #earlierBytes = 0;

  /** The elements that end in this block. */
  scan(input: Buffer): (string | BrokenRecord)[] {
    const block = this.#atStart ? withoutByteOrderMark(input) : input;
    this.#atStart = false;
    const found: (string | BrokenRecord)[] = [];
    let start = 0;
    for (let at = 0; at < block.length; ) {
      const byte = block[at] ?? 0;
      if (this.#place === 'inside') {
        const ends = this.#inside(byte);
        if (ends !== -1) at++;
        if (ends !== 0) found.push(this.#take(block.subarray(start, at)));
      } else if (this.#begins(byte)) start = at;
      else at++;
    }
    if (this.#place === 'inside') this.#keep(block.subarray(start));
    return found;
  }

  /** Throws where the input ends too early. */
  end(): void {
    if (this.#place === 'start') throw new UnreadableInputError('the input is empty: expected a JSON object or a JSON array of objects');
    if (this.#place !== 'done') throw new UnreadableInputError(`the JSON ends too early, after ${this.#count} whole elements: its end is missing`);
  }

  /** Whether an element begins with this byte. */
  #begins(byte: number): boolean {
    if (byte <= SPACE) return false;
    switch (this.#place) {
      case 'start':
        if (byte !== OPENING_BRACKET && byte !== OPENING_BRACE) throw new UnreadableInputError('the input is no JSON object and no JSON array of objects');
        this.#inArray = byte === OPENING_BRACKET;
        this.#place = this.#inArray ? 'before' : 'inside';
        return !this.#inArray;
      case 'before':
        return this.#beginsInArray(byte);
      case 'after':
        if (byte !== COMMA && byte !== CLOSING_BRACKET) throw this.#broken('a comma or its end is missing');
        this.#place = byte === COMMA ? 'before' : 'done';
        return false;
      default:
        throw new UnreadableInputError(
          'something follows the end of the JSON value: one object, or one array of objects, is read; one object a line is NDJSON',
        );
    }
  }

  #beginsInArray(byte: number): boolean {
    if (byte === CLOSING_BRACKET && this.#count === 0) {
      this.#place = 'done';
      return false;
    }
    if (byte === COMMA || byte === CLOSING_BRACKET) throw this.#broken('an element is missing');
    this.#place = 'inside';
    return true;
  }

  #broken(what: string): UnreadableInputError {
    return new UnreadableInputError(`the JSON array is broken after ${this.#count} whole elements: ${what}`);
  }

  /** Whether the element ends before (-1) or after (1) this byte, or not yet (0). */
  #inside(byte: number): -1 | 0 | 1 {
    if (this.#inString) return this.#insideString(byte);
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        return 0;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        this.#depth++;
        return 0;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        return this.#closes(byte);
      default:
        return this.#depth === 0 && (byte === COMMA || byte <= SPACE) ? -1 : 0;
    }
  }

  #closes(byte: number): -1 | 0 | 1 {
    if (this.#depth === 0) return byte === CLOSING_BRACKET ? -1 : 0;
    this.#depth--;
    return this.#depth === 0 ? 1 : 0;
  }

  #insideString(byte: number): 0 | 1 {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#depth === 0) return 1;
    }
    return 0;
  }

  #take(last: Buffer): string | BrokenRecord {
    const length = this.#earlierBytes + last.length;
    const bytes = Buffer.concat([...this.#earlier, last]);
    this.#earlier = [];
    this.#earlierBytes = 0;
    this.#count++;
    this.#place = this.#inArray ? 'after' : 'done';
    return length > MAX_RECORD_BYTES ? tooLong(bytes.toString('latin1')) : decodedElement(bytes);
  }

  #keep(part: Buffer): void {
    this.#earlierBytes += part.length;
    // Of an element that is too long the beginning is kept and the rest only counted.
    if (this.#earlierBytes <= MAX_RECORD_BYTES || this.#earlier.length === 0) this.#earlier.push(part);
  }
}
