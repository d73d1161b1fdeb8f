import type { Instant } from '../time/instant.ts';

/**
 * Lists of numbers as PostgreSQL's binary arrays: parameters that are written and read without a text between. Of 50,000 corrections the texts took longer than
 * finding the readings did.
 */

const INT4 = 23;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;
const BOOL = 16;

/** Dimensions, whether there are nulls, type of the elements; then for the one dimension length and first index. */
const HEADER_BYTES = 20;
/** The length of an element stands before it. */
const LENGTH_BYTES = 4;

/** PostgreSQL counts its microseconds from 2000-01-01. */
const POSTGRES_EPOCH: Instant = 946_684_800_000_000;
const TWO_TO_32 = 2 ** 32;

type Numbers = readonly number[] | Float64Array | Int32Array;

/** For a parameter of type int[]. */
export function encodeIntegers(values: Numbers): Buffer {
  return encode(INT4, 4, values, (view, at, value) => view.setInt32(at, value));
}

/** For a parameter of type double precision[]. */
export function encodeDoubles(values: Numbers): Buffer {
  return encode(FLOAT8, 8, values, (view, at, value) => view.setFloat64(at, value));
}

/** For a parameter of type timestamptz[]. */
export function encodeInstants(values: Numbers): Buffer {
  return encode(TIMESTAMPTZ, 8, values, (view, at, value) => {
    const micros = value - POSTGRES_EPOCH;
    const high = Math.floor(micros / TWO_TO_32);
    view.setInt32(at, high);
    view.setUint32(at + 4, micros - high * TWO_TO_32);
  });
}

/** For a parameter of type boolean[], of which 1 is true. */
export function encodeBooleans(values: Uint8Array): Buffer {
  return encode(BOOL, 1, values, (view, at, value) => view.setInt8(at, value));
}

function encode<T>(type: number, size: number, values: Iterable<T> & { readonly length: number }, put: (view: DataView, at: number, value: T) => void): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (LENGTH_BYTES + size));
  const view = viewOf(buffer);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type);
  view.setInt32(12, values.length);
  view.setInt32(16, 1);
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, size);
    put(view, at + LENGTH_BYTES, value);
    at += LENGTH_BYTES + size;
  }
  return buffer;
}

/** How many elements `array_send` gave. */
export function lengthOf(sent: Buffer): number {
  return sent.readInt32BE(12);
}

/** Reads what `array_send` gave of an int[] without nulls into a column, from a position on. */
export function decodeIntegers(sent: Buffer, into: Int32Array, position: number): void {
  decode(sent, 4, position, (view, at, to) => {
    into[to] = view.getInt32(at);
  });
}

/** Reads what `array_send` gave of a double precision[] without nulls into a column, from a position on. */
export function decodeDoubles(sent: Buffer, into: Float64Array, position: number): void {
  decode(sent, 8, position, (view, at, to) => {
    into[to] = view.getFloat64(at);
  });
}

/** Reads what `array_send` gave of a timestamptz[] without nulls into a column, from a position on. */
export function decodeInstants(sent: Buffer, into: Float64Array, position: number): void {
  decode(sent, 8, position, (view, at, to) => {
    into[to] = view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4) + POSTGRES_EPOCH;
  });
}

function decode(sent: Buffer, size: number, position: number, take: (view: DataView, at: number, to: number) => void): void {
  const view = viewOf(sent);
  const count = view.getInt32(12);
  let at = HEADER_BYTES + LENGTH_BYTES;
  for (let to = position; to < position + count; to += 1) {
    take(view, at, to);
    at += LENGTH_BYTES + size;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
