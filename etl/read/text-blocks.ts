import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { KEPT_OF_LONG_RECORD, MAX_RECORD_BYTES, UnreadableInputError } from './reader.ts';

/** How the text of a file is written as bytes. A byte order mark before UTF-8 is skipped. windows-1252 holds ISO 8859-1 (Latin-1), but for control characters. */
export type Encoding = 'utf-8' | 'cp949' | 'windows-1252';

/** A record that could not be taken apart, and why. */
export interface BrokenRecord {
  readonly message: string;
  readonly raw: string;
}

/** Enough that the work per block is small beside the work in it, and so few rows that nobody waits for them, not even a database that has answered. */
const BLOCK_BYTES = 16 * 1024;

const LINE_FEED = 0x0a;

/**
 * The text of the input in blocks of whole lines (only the last may lack its line end), and, in its place, every line that is too long or not in the encoding.
 * Holds a block and at most one line of the greatest length.
 */
export async function* textBlocks(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<string | BrokenRecord> {
  let pending: Uint8Array[] = [];
  let fresh = 0;
  let skipping = false;
  let atStart = true;

  function* cut(last: boolean): Generator<string | BrokenRecord> {
    let block: Buffer = Buffer.concat(pending);
    fresh = 0;
    if (atStart) block = withoutByteOrderMark(block);
    atStart = false;
    if (skipping) {
      const lineEnd = block.indexOf(LINE_FEED);
      skipping = lineEnd === -1;
      block = skipping ? Buffer.alloc(0) : block.subarray(lineEnd + 1);
    }
    const end = last ? block.length : block.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield* decoded(block.subarray(0, end), encoding);
    const rest = block.subarray(end);
    if (rest.length > MAX_RECORD_BYTES) {
      skipping = true;
      yield tooLong(rest.toString('latin1', 0, KEPT_OF_LONG_RECORD));
    }
    pending = skipping ? [] : [rest];
  }

  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
      const part = piece.subarray(at, at + BLOCK_BYTES);
      pending.push(part);
      fresh += part.length;
      if (fresh >= BLOCK_BYTES) yield* cut(false);
    }
  }
  yield* cut(true);
}

/** The refusal of a record that begins so. */
export function tooLong(beginning: string): BrokenRecord {
  return {
    message: `the record is longer than ${MAX_RECORD_BYTES.toLocaleString('en')} bytes; this is its beginning`,
    raw: beginning.slice(0, KEPT_OF_LONG_RECORD).replaceAll('\0', '␀'),
  };
}

/** Without the mark that some programs put before UTF-8. */
export function withoutByteOrderMark(block: Buffer): Buffer {
  if ((block[0] === 0xff && block[1] === 0xfe) || (block[0] === 0xfe && block[1] === 0xff)) {
    throw new UnreadableInputError('the input is written in UTF-16: save it as UTF-8');
  }
  return block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? block.subarray(3) : block;
}

function* decoded(block: Buffer, encoding: Encoding): Generator<string | BrokenRecord> {
  const whole = decode(block, encoding);
  if (whole !== null) {
    yield whole;
    return;
  }
  // Rare: something in this block is not text. Its good lines are gathered again, so that a block stays a block.
  let good = '';
  for (let start = 0; start < block.length; ) {
    const lineFeed = block.indexOf(LINE_FEED, start);
    const end = lineFeed === -1 ? block.length : lineFeed + 1;
    const line = block.subarray(start, end);
    const text = decode(line, encoding);
    if (text === null) {
      if (good !== '') yield good;
      good = '';
      yield notText(line, encoding);
    } else good += text;
    start = end;
  }
  if (good !== '') yield good;
}

/** null where the bytes are not text in the encoding, or hold a NUL, which no text in the database may. */
function decode(bytes: Buffer, encoding: Encoding): string | null {
  if (bytes.includes(0)) return null;
  if (encoding === 'utf-8') return isUtf8(bytes) ? bytes.toString('utf8') : null;
  const text = iconv.decode(bytes, encoding);
  return text.includes('�') ? null : text;
}

/** Shown byte by byte as Latin-1, so that nothing of it is lost; only NUL, which the database cannot keep, is shown by its sign. */
function notText(line: Buffer, encoding: Encoding): BrokenRecord {
  const raw = line
    .toString('latin1')
    .replace(/[\r\n]+$/, '')
    .replaceAll('\0', '␀');
  const hint = encoding === 'utf-8' ? ': save the file as UTF-8, or name the encoding of a CSV in a source definition (--source, ?source=…)' : '';
  return { message: `the record is not ${encoding.toUpperCase()} text; its bytes are shown as Latin-1${hint}`, raw };
}

/** The text of one element of an input that is UTF-8. */
export function decodedElement(bytes: Buffer): string | BrokenRecord {
  return decode(bytes, 'utf-8') ?? notText(bytes, 'utf-8');
}
