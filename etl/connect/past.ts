import { createHash } from 'node:crypto';
import type { Instant } from '../../db/time/instant.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { RawRecord } from '../record.ts';
import { AHEAD } from '../validate.ts';
import { MOST_REORDERED, type Piece, type RunContext } from './connector.ts';
import { LastWritten } from './last-written.ts';
import { readerOfRejects } from './payload.ts';
import { RowTrail } from './row-trail.ts';
import { timed } from './timed.ts';

/** A message of a broker's log. */
export interface PastMessage {
  /** Names it among all of the log. */
  readonly place: string;
  /** Its records; it may be asked for them more than once. */
  readonly read: () => RecordChunk;
}

/** Messages are handed on together up to so many bytes of payloads, with the one that goes beyond: a message may have many records, which take far more than its payload. */
export const CHUNK_BYTES = 1_000_000;
/** So often in a row nothing may come of what a broker has; each time it is asked again after a pause. */
export const MOST_FAILURES = 5;
export const FAILURE_PAUSE_MS = 1_000;
/** Records handed on at a time; see MOST_REORDERED. */
const CHUNK_RECORDS = 20_000;

/** Messages that follow one another, and where the first of them stands. */
export interface PastMessages {
  readonly at: string;
  readonly messages: readonly PastMessage[];
}

/** What a broker has kept of what it handed over. Places in it, each before the message that comes next, are texts. */
export interface Past {
  /** Names the batches. */
  readonly source: string;
  /** Where it is begun. */
  readonly start: string;
  /** Where it ends now. */
  end(): Promise<string>;
  /** The messages between two places in the order in which they were handed over, as many at a time as are soon read: of CHUNK_BYTES. */
  read(from: string, to: string): AsyncIterable<PastMessages>;
}

/** From when on messages of a window were handed over: at or after the time of their readings, by clocks of which one may be ahead. */
export function handedOverSince({ window }: RunContext): Instant {
  return Math.max(0, (window.from ?? 0) - AHEAD);
}

/** Only who writes the same instants again without a pause goes on for so long, and writes those that were set back once more. */
const MOST_STRETCHES = 100;

/**
 * The log as pieces: up to where it ends when it is begun; then, as live consuming has gone on meanwhile and what it has corrected may have been set back, of what came since the instants
 * that were loaded already, until there are none. What else comes after the beginning, or was measured after it, is left to live consuming.
 */
export async function* piecesOfPast(past: Past, context: RunContext): AsyncGenerator<Piece> {
  const { store, claim, job, log } = context;
  const window = { from: context.window.from ?? 0, to: Math.min(context.window.to ?? Number.POSITIVE_INFINITY, context.now()) };
  const lastWritten = new LastWritten(await store.catalogue.current(store.writePool));
  let { at, to, begunTo } = leftAt(context) ?? begunUntil(past.start, await past.end());
  // What an attempt before this one has loaded of the log.
  let before: Extent['before'] = { from: past.start, to: to === begunTo ? at : begunTo };
  let messagesBefore = 0;
  for (let stretches = 1; ; stretches += 1) {
    const stretch = new Stretch(past, { context, window, before, from: at, to, begunTo, lastWritten, messagesBefore });
    yield stretch.piece();
    // A trial sets nothing back.
    if (!stretch.hasReadings || claim === null) return;
    if (stretches === MOST_STRETCHES) {
      log.warn({ job: job.id }, 'readings that a backfill has loaded are corrected again and again: what was corrected in the end is left to the job');
      return;
    }
    before = null;
    messagesBefore = stretch.messages;
    at = to;
    to = await past.end();
  }
}

/** Where an attempt is: at a place of a piece that ends at another, and where the first piece ends. */
interface Standing {
  readonly at: string;
  readonly to: string;
  readonly begunTo: string;
}

function begunUntil(at: string, to: string): Standing {
  return { at, to, begunTo: to };
}

/** At least one, so that others have their turn. */
function* slicesOf<T>(records: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at === 0 || at < records.length; at += CHUNK_RECORDS) yield records.slice(at, at + CHUNK_RECORDS);
}

/** Between the places of a bookmark. */
const UNTIL = ' until ';

/** Where an earlier attempt was in the piece that it had begun; what is remembered by the key of a piece is what was given for it. */
function leftAt({ bookmarks = new Map() }: RunContext): Standing | null {
  for (const [key, bookmark] of bookmarks) {
    const [at, to, begunTo] = typeof bookmark === 'string' ? bookmark.split(UNTIL) : [];
    if (at !== undefined && to !== undefined && begunTo !== undefined && keyOf(to) === key) return { at, to, begunTo };
  }
  return null;
}

/** Of the piece up to a place: one that was loaded needs not be loaded again, unless the log has gone on. */
function keyOf(to: string): string {
  return `log until ${createHash('sha256').update(to).digest('base64')}`;
}

interface Extent {
  readonly context: RunContext;
  readonly window: { readonly from: Instant; readonly to: Instant };
  /** What is only noted, as it was loaded before; null: it is noted already. */
  readonly before: { readonly from: string; readonly to: string } | null;
  readonly from: string;
  readonly to: string;
  readonly begunTo: string;
  readonly lastWritten: LastWritten;
  /** How many messages this attempt has loaded before it, so that progress does not begin anew. */
  readonly messagesBefore: number;
}

/** The messages between two places, of which each instant is loaded once, as the last of them has it. */
class Stretch {
  /** Whether there was anything of the window. */
  hasReadings = false;
  readonly #past: Past;
  readonly #extent: Extent;
  readonly #trail: RowTrail;
  /** Of the newest chunk. */
  #begun: { readonly index: number; readonly at: string } | null = null;
  readonly #clock = { waitingMs: 0, totalMs: 0 };
  /** With those that were loaded before it, by an earlier attempt too. */
  messages: number;
  #loaded: number;

  constructor(past: Past, extent: Extent) {
    this.#past = past;
    this.#extent = extent;
    this.messages = extent.messagesBefore;
    this.#loaded = extent.messagesBefore;
    this.#trail = RowTrail.of(extent.context);
  }

  piece(): Piece {
    const { context, to, begunTo } = this.#extent;
    return {
      source: this.#past.source,
      records: timed(this.#records(), (ms) => {
        this.#clock.totalMs += ms;
      }),
      transformMs: () => Math.max(0, this.#clock.totalMs - this.#clock.waitingMs),
      reader: readerOfRejects(context.job.mapping),
      resumption: {
        key: keyOf(to),
        bookmarkOf: (index) => (this.#begun?.index === index ? [this.#begun.at, to, begunTo].join(UNTIL) : undefined),
      },
      positionOf: (index) => this.#trail.textOf(index),
      alongside: async (_client, { firstIndex }) => this.#trail.forget(firstIndex - MOST_REORDERED),
      progress: () => (this.messages === 0 ? null : this.#loaded / this.messages),
    };
  }

  /** Reads the log twice: what is the last to write an instant is not known before, and not without what an earlier attempt has loaded. Chunks of the first time are empty: between them others have their turn. */
  async *#records(): AsyncGenerator<RecordChunk> {
    const { before, from, to, begunTo, lastWritten } = this.#extent;
    if (before !== null)
      for await (const messages of this.#read(before.from, before.to)) {
        this.messages += messages.messages.length;
        this.#loaded += messages.messages.length;
        yield this.#noted(messages);
      }
    if (to !== begunTo) lastWritten.follow();
    for await (const messages of this.#read(from, to)) {
      this.messages += messages.messages.length;
      yield this.#noted(messages);
    }
    let index = 0;
    for await (const { at, messages } of this.#read(from, to)) {
      const left = messages.flatMap(({ place, read }) => read().flatMap((record) => this.#left(record, place)));
      this.#begun = { index, at };
      this.#trail.add(left.map(({ place }) => [place]));
      this.#loaded += messages.length;
      if (left.length > 0) this.hasReadings = true;
      // Only where the first of them begins one can begin again.
      for (const slice of slicesOf(left)) yield slice.map(({ record }) => ({ ...record, index: index++ }));
    }
  }

  #noted({ messages }: PastMessages): RecordChunk {
    for (const { place, read } of messages) for (const record of read()) if (this.#isOfWindow(record)) this.#extent.lastWritten.note(record, place);
    return [];
  }

  #left(record: RecordChunk[number], place: string): readonly { readonly record: RawRecord; readonly place: string }[] {
    const left = this.#isOfWindow(record) ? this.#extent.lastWritten.withoutCorrected(record, place) : null;
    return left === null ? [] : [{ record: left, place }];
  }

  #read(from: string, to: string): AsyncIterable<PastMessages> {
    return timed(this.#past.read(from, to), (ms) => {
      this.#clock.waitingMs += ms;
    });
  }

  #isOfWindow(record: RecordChunk[number]): record is RawRecord {
    const { from, to } = this.#extent.window;
    return 'time' in record && record.time !== null && record.time >= from && record.time < to;
  }
}
