import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Instant } from '../time/instant.ts';

/** Readings of one series, the positions `from` to `to` (exclusive) of two parallel arrays, ascending in time. */
export interface ReadingRun {
  readonly seriesId: number;
  readonly derived: boolean;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** "PGCOPY\n\xff\r\n\0", no flags, no extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);

/** Field count, then for each of series_id, derived, time, value, batch_id its length and its bytes. */
const ROW_BYTES = 2 + (4 + 4) + (4 + 1) + (4 + 8) + (4 + 8) + (4 + 4);
/** So much is encoded while the server works on what it has got. */
const ROWS_PER_CHUNK = 4096;

/** PostgreSQL counts its microseconds from 2000-01-01. */
const POSTGRES_EPOCH: Instant = 946_684_800_000_000;
const TWO_TO_32 = 2 ** 32;

/** Writes readings that are not stored yet: an instant that a series already has fails the transaction. The caller holds the lock of every series and has looked. */
export async function copyReadings(client: pg.PoolClient, runs: readonly ReadingRun[], batchId: number): Promise<void> {
  const copy = client.query(copyFrom('copy reading (series_id, derived, time, value, batch_id) from stdin (format binary)'));
  await pipeline(Readable.from(encode(runs, batchId)), copy);
}

function* encode(runs: readonly ReadingRun[], batchId: number): Generator<Buffer> {
  yield HEADER;
  let room = 0;
  for (const run of runs) room += run.to - run.from;
  let chunk = newChunk(room);
  let offset = 0;
  for (const run of runs) {
    for (let at = run.from; at < run.to; ) {
      const until = Math.min(run.to, at + (chunk.byteLength - offset) / ROW_BYTES);
      encodeRows(chunk, offset, run, { from: at, to: until, batchId });
      offset += (until - at) * ROW_BYTES;
      room -= until - at;
      at = until;
      if (offset < chunk.byteLength) continue;
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      chunk = newChunk(room);
      offset = 0;
    }
  }
  yield TRAILER;
}

/** A view of room for the rows that are left, or for as many as a chunk takes. */
function newChunk(rows: number): DataView {
  const buffer = Buffer.allocUnsafe(Math.min(rows, ROWS_PER_CHUNK) * ROW_BYTES);
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

interface EncodedRows {
  readonly from: number;
  readonly to: number;
  readonly batchId: number;
}

function encodeRows(view: DataView, start: number, { seriesId, derived, times, values }: ReadingRun, rows: EncodedRows): void {
  const { from, to, batchId } = rows;
  let at = start;
  const flag = derived ? 1 : 0;
  for (let row = from; row < to; row += 1) {
    const micros = (times[row] ?? 0) - POSTGRES_EPOCH;
    const high = Math.floor(micros / TWO_TO_32);
    view.setInt16(at, 5);
    view.setInt32(at + 2, 4);
    view.setInt32(at + 6, seriesId);
    view.setInt32(at + 10, 1);
    view.setInt8(at + 14, flag);
    view.setInt32(at + 15, 8);
    view.setInt32(at + 19, high);
    view.setUint32(at + 23, micros - high * TWO_TO_32);
    view.setInt32(at + 27, 8);
    view.setFloat64(at + 31, values[row] ?? 0);
    view.setInt32(at + 39, 4);
    view.setInt32(at + 43, batchId);
    at += ROW_BYTES;
  }
}
