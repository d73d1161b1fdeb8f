import { describe, expect, it } from 'vitest';
import type { Json } from '../db/etl/position.ts';
import { now } from '../db/time/instant.ts';
import type { RunContext } from '../etl/connect/connector.ts';
import { LastWritten } from '../etl/connect/last-written.ts';
import { type Past, piecesOfPast } from '../etl/connect/past.ts';
import type { RecordChunk } from '../etl/read/reader.ts';
import type { RawRecord } from '../etl/record.ts';
import { useDatabase } from './support/database.ts';
import { jobOf } from './support/perform-job.ts';
import { HOUR, SECOND, type Sent } from './support/streams/sent.ts';

const silent = () => undefined;
const SILENT = { info: silent, warn: silent, error: silent };
const CLAIM = { runId: 1, jobId: 'pieces', instanceId: 1, attempt: 1 };

describe('the pieces of a log', () => {
  const db = useDatabase();
  const begin = now() - HOUR;
  const job = jobOf('source: { kind: nats, servers: none, stream: none }\nmapping: { register: true }', 'pieces');
  const contextOf = (given: Partial<RunContext> = {}): RunContext => ({
    store: db.store,
    job,
    claim: CLAIM,
    mode: 'WINDOW',
    window: { from: begin, to: begin + HOUR },
    signal: new AbortController().signal,
    log: SILENT,
    sourcesFolder: 'none',
    now,
    ...given,
  });
  const at = (second: number, value: number): Sent => ({ sensor: 'pieces-a', time: begin + second * SECOND, value });

  it('are left to the job after the first but for what writes instants of the first again, and so end however many readings come late', async () => {
    const log = [at(0, 1), at(1, 1), at(0, 2)];
    const comes = [[at(100, 1), at(1, 2)], [at(101, 1)], [at(102, 1)], [at(103, 1)]];

    const pieces = await valuesOf(logOf(log), contextOf(), () => log.push(...(comes.shift() ?? [])));

    expect(pieces).toEqual([['1=1', '0=2'], ['1=2'], []]);
  });

  it('end though the same instant is written without a pause', async () => {
    const log = [at(0, 0)];

    const pieces = await valuesOf(logOf(log), contextOf(), () => log.push(at(0, log.length)));

    expect(pieces).toHaveLength(100);
  });

  it('are one in a dry run, which sets nothing back', async () => {
    const log = [at(0, 0)];

    expect(await valuesOf(logOf(log), contextOf({ claim: null }), () => log.push(at(0, log.length)))).toEqual([['0=0']]);
  });

  it('are gone on with as if all of them were of one attempt', async () => {
    const log = [at(0, 1), at(1, 1)];
    const bookmarks: [string, string][] = [];
    const note = (key: string | undefined, bookmark: unknown) => {
      if (key !== undefined && typeof bookmark === 'string') bookmarks.push([key, bookmark]);
    };
    const comes = [[at(100, 1), at(1, 2)]];
    await valuesOf(logOf(log, 1), contextOf(), () => log.push(...(comes.shift() ?? [])), note);
    const left = bookmarks.map((bookmark) => contextOf({ bookmarks: new Map([bookmark]) }));

    // From each message of the first piece on, and of the second.
    const [, second = contextOf(), correction = contextOf()] = left;
    log.push(at(0, 3), at(101, 1));
    expect(await valuesOf(logOf(log, 1), second)).toEqual([['1=1'], ['1=2', '0=3'], []]);
    expect(await valuesOf(logOf(log, 1), correction)).toEqual([['1=2'], ['0=3'], []]);
  });

  it('go on in their progress too, in another attempt and from piece to piece', async () => {
    const log = [at(0, 1), at(1, 1), at(2, 1), at(3, 1)];
    const first = await toldOf(logOf(log, 1), contextOf({ claim: null }));
    const [, , third] = first.bookmarks;
    const comes = [[at(3, 2)]];
    const second = await toldOf(logOf(log, 1), contextOf({ bookmarks: new Map(third) }), () => log.push(...(comes.shift() ?? [])));

    expect(first.shares).toEqual([0.25, 0.5, 0.75, 1]);
    expect(second.shares).toEqual([0.75, 1, 1]);
  });

  const textOf = (record: RecordChunk[number]) => ('time' in record ? `${((record.time ?? 0) - begin) / SECOND}=${record.values.join()}` : 'refused');

  it('come in chunks that are bounded though a message has many records, and can be begun again where such a chunk of messages begins', async () => {
    const records = Array.from({ length: 50_000 }, (_, second) => recordOf(at(second / 20, 1)));
    const past: Past = {
      source: 'log',
      start: '0',
      end: async () => '1',
      async *read(from, to) {
        if (from !== to) yield { at: from, messages: [{ place: from, read: () => records }] };
      },
    };
    const chunks: { readonly records: number; readonly isBookmark: boolean }[] = [];

    for await (const piece of piecesOfPast(past, contextOf({ claim: null })))
      for await (const chunk of piece.records)
        if (chunk.length > 0) chunks.push({ records: chunk.length, isBookmark: piece.resumption?.bookmarkOf(chunk[0]?.index ?? -1) !== undefined });

    expect(chunks).toEqual([
      { records: 20_000, isBookmark: true },
      { records: 20_000, isBookmark: false },
      { records: 10_000, isBookmark: false },
    ]);
  });

  it('are refused where more comes twice than is remembered, and what is read again of the same instants is no more', async () => {
    const written = new LastWritten(await db.store.catalogue.current(db.store.writePool), 2);
    const note = (second: number, place: string) => written.note(recordOf(at(second, 1)), place);
    for (const second of [0, 1, 2, 0, 1, 0, 1]) note(second, 'before');

    expect(() => note(2, 'again')).toThrow('more than 2 readings of the window come more than once');
  });

  /** The readings of each piece, as the second and the value. */
  async function valuesOf(
    past: Past,
    context: RunContext,
    afterPiece: () => void = silent,
    note: (key: string | undefined, bookmark: unknown) => void = silent,
  ): Promise<readonly (readonly string[])[]> {
    const pieces: string[][] = [];
    for await (const { records, resumption } of piecesOfPast(past, context)) {
      const values: string[] = [];
      for await (const chunk of records) {
        const [first] = chunk;
        if (first !== undefined) note(resumption?.key, resumption?.bookmarkOf(first.index));
        values.push(...chunk.map(textOf));
      }
      pieces.push(values);
      afterPiece();
    }
    return pieces;
  }
});

/** What a load could tell and note at the beginning of each chunk that has something. */
async function toldOf(past: Past, context: RunContext, afterPiece: () => void = silent) {
  const shares: (number | null)[] = [];
  const bookmarks: [string, Json][][] = [];
  for await (const { records, resumption, progress } of piecesOfPast(past, context)) {
    for await (const [first] of records) {
      if (first === undefined) continue;
      const bookmark = resumption?.bookmarkOf(first.index);
      bookmarks.push(resumption === undefined || bookmark === undefined ? [] : [[resumption.key, bookmark]]);
      shares.push(progress?.() ?? null);
    }
    afterPiece();
  }
  return { shares, bookmarks };
}

/** A log whose places are numbers, handed over so many messages at a time. */
function logOf(log: readonly Sent[], chunk = 1_000): Past {
  return {
    source: 'log',
    start: '0',
    end: async () => String(log.length),
    async *read(from, to) {
      for (let at = Number(from); at < Number(to); at += chunk)
        yield {
          at: String(at),
          messages: log.slice(at, Math.min(at + chunk, Number(to))).map((sent, index) => ({ place: String(at + index), read: () => [recordOf(sent)] })),
        };
    },
  };
}

function recordOf({ sensor, time, value }: Sent): RawRecord {
  return { index: 0, sensor, time, timeText: '', metrics: ['temperature'], values: [value], texts: [String(value)] };
}
