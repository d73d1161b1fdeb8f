import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnreadableInputError } from './reader.ts';

const BLOCK_BYTES = 64 * 1024;

/** How many bytes of the input, as it is stored, have been worked off: for a progress bar. */
export interface Consumed {
  bytes: number;
}

/** The bytes as they are, or, where they begin as gzip does, unpacked. Damage, a cut end and anything that follows the gzip data are errors, never a quiet end of input. */
export async function* decompressed(bytes: AsyncIterable<Uint8Array>, consumed: Consumed = { bytes: 0 }): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let headBytes = 0;
  while (headBytes < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    if (next.value.length === 0) continue;
    head.push(next.value);
    headBytes += next.value.length;
  }
  const whole = resumed(head, iterator);
  if (isGzip(head)) yield* gunzipped(whole, consumed);
  else yield* counted(whole, consumed);
}

function isGzip(head: readonly Uint8Array[]): boolean {
  const [first, second] = Buffer.concat(head);
  return first === 0x1f && second === 0x8b;
}

/** What was taken from an input to look at it, then the rest. */
export async function* resumed(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>, consumed: Consumed): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES });
  const input = { bytes: 0 };
  // Errors come out of the iteration below.
  pipeline(Readable.from(counted(bytes, input), { objectMode: false, highWaterMark: BLOCK_BYTES }), gunzip, () => {});
  try {
    for await (const block of gunzip) {
      if (!(block instanceof Uint8Array)) throw new TypeError('gunzip gives bytes');
      yield block;
      // Not what has been read: zlib holds much more of the input than it has unpacked.
      consumed.bytes = gunzip.bytesWritten;
    }
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    throw new UnreadableInputError(`the gzip data is damaged or cut off (${cause.message}): send the file again`, { cause });
  }
  consumed.bytes = gunzip.bytesWritten;
  // zlib leaves alone what follows the last member, and so a file with its tail overwritten would pass for whole.
  if (gunzip.bytesWritten < input.bytes) throw new UnreadableInputError('the gzip data is damaged: after its end there are bytes that are no gzip');
}

async function* counted(bytes: AsyncIterable<Uint8Array>, input: Consumed): AsyncGenerator<Uint8Array> {
  for await (const block of bytes) {
    input.bytes += block.length;
    yield block;
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
