import type { Instant } from '../time/instant.ts';

/**
 * Lists of numbers as PostgreSQL's binary arrays: parameters that are written and read without a text between. Of 50,000 corrections the texts took longer than
 * finding the readings did. Each type has a loop of its own: one loop that is handed what to do with an element took twice as long.
 */

const INT4 = 23;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;
const BOOL = 16;
const TID = 27;

/** Dimensions, whether there are nulls, type of the elements; then for the one dimension length and first index. */
const HEADER_BYTES = 20;
/** The length of an element stands before it. */
const LENGTH_BYTES = 4;

/** PostgreSQL counts its microseconds from 2000-01-01. */
const POSTGRES_EPOCH: Instant = 946_684_800_000_000;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_16 = 2 ** 16;

type Numbers = readonly number[] | Float64Array | Int32Array;

/** For a parameter of type int[]. */
export function encodeIntegers(values: Numbers): Buffer {
  const { buffer, view } = newArray(INT4, 4, values.length);
  let to = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(to, 4);
    view.setInt32(to + 4, value);
    to += LENGTH_BYTES + 4;
  }
  return buffer;
}

/** For a parameter of type double precision[]. */
export function encodeDoubles(values: Numbers): Buffer {
  const { buffer, view } = newArray(FLOAT8, 8, values.length);
  let to = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(to, 8);
    view.setFloat64(to + 4, value);
    to += LENGTH_BYTES + 8;
  }
  return buffer;
}

/** For a parameter of type timestamptz[]. */
export function encodeInstants(values: Numbers): Buffer {
  const { buffer, view } = newArray(TIMESTAMPTZ, 8, values.length);
  let to = HEADER_BYTES;
  for (const value of values) {
    const micros = value - POSTGRES_EPOCH;
    const high = Math.floor(micros / TWO_TO_32);
    view.setInt32(to, 8);
    view.setInt32(to + 4, high);
    view.setUint32(to + 8, micros - high * TWO_TO_32);
    to += LENGTH_BYTES + 8;
  }
  return buffer;
}

/** For a parameter of type boolean[], of which 1 is true. */
export function encodeBooleans(values: Uint8Array): Buffer {
  const { buffer, view } = newArray(BOOL, 1, values.length);
  let to = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(to, 1);
    view.setInt8(to + 4, value);
    to += LENGTH_BYTES + 1;
  }
  return buffer;
}

/** For a parameter of type tid[], of places as `decodePlaces` gives them. */
export function encodePlaces(values: Float64Array): Buffer {
  const { buffer, view } = newArray(TID, 6, values.length);
  let to = HEADER_BYTES;
  for (const value of values) {
    const block = Math.floor(value / TWO_TO_16);
    view.setInt32(to, 6);
    view.setUint32(to + 4, block);
    view.setUint16(to + 8, value - block * TWO_TO_16);
    to += LENGTH_BYTES + 6;
  }
  return buffer;
}

function newArray(type: number, size: number, length: number): { readonly buffer: Buffer; readonly view: DataView } {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (LENGTH_BYTES + size));
  const view = viewOf(buffer);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { buffer, view };
}

/** How many elements `array_send` gave. */
export function lengthOf(sent: Buffer): number {
  return sent.readInt32BE(12);
}

/** Reads what `array_send` gave of an int[] without nulls into a column, from a position on. */
export function decodeIntegers(sent: Buffer, into: Int32Array, position: number): void {
  const view = viewOf(sent);
  const end = position + lengthOf(sent);
  let at = HEADER_BYTES + LENGTH_BYTES;
  for (let to = position; to < end; to += 1) {
    into[to] = view.getInt32(at);
    at += LENGTH_BYTES + 4;
  }
}

/** Reads what `array_send` gave of a double precision[] without nulls into a column, from a position on. */
export function decodeDoubles(sent: Buffer, into: Float64Array, position: number): void {
  const view = viewOf(sent);
  const end = position + lengthOf(sent);
  let at = HEADER_BYTES + LENGTH_BYTES;
  for (let to = position; to < end; to += 1) {
    into[to] = view.getFloat64(at);
    at += LENGTH_BYTES + 8;
  }
}

/** Reads what `array_send` gave of a timestamptz[] without nulls into a column, from a position on. */
export function decodeInstants(sent: Buffer, into: Float64Array, position: number): void {
  const view = viewOf(sent);
  const end = position + lengthOf(sent);
  let at = HEADER_BYTES + LENGTH_BYTES;
  for (let to = position; to < end; to += 1) {
    into[to] = view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4) + POSTGRES_EPOCH;
    at += LENGTH_BYTES + 8;
  }
}

/** Reads what `array_send` gave of a tid[] without nulls into a column, from a position on: block and number within it as one number, never 0, because numbers begin at 1. */
export function decodePlaces(sent: Buffer, into: Float64Array, position: number): void {
  const view = viewOf(sent);
  const end = position + lengthOf(sent);
  let at = HEADER_BYTES + LENGTH_BYTES;
  for (let to = position; to < end; to += 1) {
    into[to] = view.getUint32(at) * TWO_TO_16 + view.getUint16(at + 4);
    at += LENGTH_BYTES + 6;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
