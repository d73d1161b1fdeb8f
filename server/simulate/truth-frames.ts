import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { ThermographError } from '../../db/errors.ts';
import type { ReadingBatch } from './reading-batch.ts';

/** A file that should be the truth of a simulation, and is not. */
class TruthFileError extends ThermographError {
  override readonly name = 'TruthFileError';
  readonly code = 'TRUTH_UNREADABLE';
}

/** A piece of a truth file. `sent`: is about to be sent; `arrived`: all of that batch is known to have arrived. */
export type TruthFrame =
  | { readonly kind: 'series'; readonly first: number; readonly series: readonly (readonly [sensor: string, metric: string])[] }
  | { readonly kind: 'sent'; readonly batchId: number; readonly batch: ReadingBatch }
  | { readonly kind: 'arrived'; readonly batchId: number };

/** What a truth file begins with. */
export const TRUTH_MAGIC = Buffer.from('thermograph truth 1\n');

const seriesFrame = z.object({ kind: z.literal('series'), first: z.number(), series: z.array(z.tuple([z.string(), z.string()])) });

const SERIES = 1;
const SENT = 2;
const ARRIVED = 3;
/** Kind and length of what follows. */
const HEAD_BYTES = 5;
/** Of one reading: series, time, value, flags. */
const READING_BYTES = 4 + 8 + 8 + 1;
const READ_BYTES = 1 << 20;

/** The bytes of a frame. */
export function encodeFrame(frame: TruthFrame): Buffer {
  switch (frame.kind) {
    case 'series':
      return framed(SERIES, Buffer.from(JSON.stringify(frame)));
    case 'arrived':
      return framed(ARRIVED, wordsOf(frame.batchId));
    case 'sent': {
      const { series, time, value, flags, length } = frame.batch;
      return framed(SENT, Buffer.concat([wordsOf(frame.batchId, length), bytesOf(series), bytesOf(time), bytesOf(value), bytesOf(flags)]));
    }
  }
}

/** The frames of a file, in order. A frame that was not written whole, because its writer was killed, is the end. Throws TruthFileError. */
export async function* readFrames(path: string): AsyncGenerator<TruthFrame> {
  let left: Buffer = Buffer.alloc(0);
  let isBegun = false;
  for await (const block of openTruth(path)) {
    left = left.length === 0 ? block : Buffer.concat([left, block]);
    let at = 0;
    if (!isBegun) {
      if (left.length < TRUTH_MAGIC.length) continue;
      checkMagic(left, path);
      at = TRUTH_MAGIC.length;
      isBegun = true;
    }
    for (; left.length - at >= HEAD_BYTES; ) {
      const end = at + HEAD_BYTES + left.readUInt32LE(at + 1);
      if (left.length < end) break;
      yield decodeFrame(left.readUInt8(at), left.subarray(at + HEAD_BYTES, end), path);
      at = end;
    }
    left = left.subarray(at);
  }
  if (!isBegun) checkMagic(left, path);
}

async function* openTruth(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const block of createReadStream(path, { highWaterMark: READ_BYTES })) {
      if (!(block instanceof Buffer)) throw new TypeError('a stream of bytes gives bytes');
      yield block;
    }
  } catch (cause) {
    throw new TruthFileError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkMagic(bytes: Buffer, path: string): void {
  if (bytes.subarray(0, TRUTH_MAGIC.length).equals(TRUTH_MAGIC)) return;
  throw new TruthFileError(`${path} is not the truth of a simulation: thermograph simulate --truth ${path} writes one`);
}

function decodeFrame(kind: number, body: Buffer, path: string): TruthFrame {
  switch (kind) {
    case SERIES:
      return seriesFrame.parse(JSON.parse(body.toString()));
    case ARRIVED:
      return { kind: 'arrived', batchId: body.readUInt32LE(0) };
    case SENT:
      return decodeSent(body);
    default:
      throw new TruthFileError(`${path} has a part of an unknown kind, ${kind}: was it written by a newer version?`);
  }
}

function decodeSent(body: Buffer): TruthFrame {
  const length = body.readUInt32LE(4);
  // Copied, because columns have to begin at multiples of their width.
  const columns = body.buffer.slice(body.byteOffset + 8, body.byteOffset + 8 + length * READING_BYTES);
  const copy = (at: number, bytes: number) => columns.slice(at * length, (at + bytes) * length);
  return {
    kind: 'sent',
    batchId: body.readUInt32LE(0),
    batch: {
      length,
      series: new Int32Array(copy(0, 4)),
      time: new Float64Array(copy(4, 8)),
      value: new Float64Array(copy(12, 8)),
      flags: new Uint8Array(copy(20, 1)),
    },
  };
}

function framed(kind: number, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(body.length, 1);
  return Buffer.concat([head, body]);
}

function wordsOf(...words: readonly number[]): Buffer {
  return bytesOf(Uint32Array.from(words));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array | Int32Array | Uint32Array | Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
