import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../db/etl/position.ts';
import type { Resumption } from '../connect/resumption.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { Place } from './piece-position.ts';

type Entry = RecordChunk[number];

/** Over so many indexes records are held, or to the end of the chunk that reaches beyond: with the largest chunk, that of a page of a database, below MOST_REORDERED. */
const HELD = 20_000;
/** And no further than over so many where the source cannot begin again so soon. */
const HELD_AT_MOST = 4 * HELD;

/** What a piece is put in order with. */
export interface SensorOrder {
  /** Lets through what is to be loaded of a chunk. */
  readonly select: (chunk: RecordChunk) => RecordChunk;
  readonly bookmarkOf: Resumption['bookmarkOf'] | null;
  /** Up to where earlier attempts have loaded the piece. */
  readonly place: Place | null;
}

/** Records over a stretch of indexes, before they are put in order. */
interface Held {
  readonly from: number;
  /** The index of the first record after it, where that is known from before. */
  readonly end: number;
  /** The bookmark of its first record; undefined: the source cannot begin there. */
  readonly bookmark: Json | undefined;
  /** Where it was left; null: it is new. */
  readonly left: Place | null;
  readonly sensors: Map<string, Entry[]>;
  /** The index after its greatest. */
  next: number;
}

/** A stretch of the piece in the order in which it is loaded. */
interface Stretch {
  readonly bookmark: Json | undefined;
  readonly span: number;
  /** So many of its records are loaded already. */
  readonly before: number;
  /** What those say that are handed on, and their numbers, the first of which is `first`. Written before they are loaded: in a transaction others wait. */
  readonly said: { readonly number: number; readonly text: string }[];
  readonly first: number;
  /** Their indexes in the piece, by number. */
  readonly indexes: number[];
  /** Of the records that are known to be committed, and how many of `said` these are. */
  readonly hash: Hash;
  committed: number;
}

/**
 * The records of a piece sensor by sensor, as far as they are held at a time; those of one sensor keep their order. Sources mostly have the order of time: each batch would be of all
 * sensors, keep them all from others, and judge them all anew, which takes longer than to load a few hundred readings.
 *
 * They are numbered anew in this order, by rows: batches end between two numbers, and all with lower ones are committed. So up to where a piece is loaded is said by the stretch that was
 * held and how many of its records are committed. Whoever goes on there holds the same stretch again, passes over as many, and sees by their digest whether they are the same.
 */
export class BySensor {
  readonly #order: SensorOrder;
  #left: Place | null;
  #held: Held | null = null;
  #stretches: Stretch[] = [];
  #numbers = 0;
  #place: Place | null = null;

  constructor(order: SensorOrder) {
    this.#order = order;
    this.#left = order.place;
  }

  /** The records, in order, with their numbers as indexes. Headers alone, which have no time, are left out. */
  async *records(chunks: AsyncIterable<RecordChunk>): AsyncGenerator<RecordChunk> {
    for await (const chunk of chunks) {
      let rest = chunk;
      for (let index = firstIndex(rest); index !== null; index = firstIndex(rest)) {
        yield* this.#ended(index);
        this.#held ??= this.#hold(index);
        rest = this.#take(this.#held, rest);
        yield* this.#ended(this.#held.next);
      }
    }
    if (this.#held !== null) yield* this.#ordered(this.#held, this.#held.next);
  }

  /** The least and the greatest index that records with these numbers have in the piece. */
  indexesOf(first: number, last: number): { readonly firstIndex: number; readonly lastIndex: number } {
    const indexes = this.#stretches.flatMap((stretch) => stretch.indexes.slice(Math.max(0, first - stretch.first), Math.max(0, last + 1 - stretch.first)));
    return { firstIndex: Math.min(...indexes), lastIndex: Math.max(...indexes) };
  }

  /** Where to go on when all records from `first` to before `next` are committed, and all before them; null: from the beginning. Asked in this order, of a batch that is tried anew once more. */
  placeAfter(first: number, next: number): Place | null {
    this.#stretches = this.#stretches.filter((stretch, at, all) => at === all.length - 1 || stretch.first + stretch.indexes.length > first);
    for (const stretch of this.#stretches) {
      if (stretch.first >= next || stretch.bookmark === undefined) continue;
      advance(stretch, next);
      const { bookmark, span, before, committed, hash } = stretch;
      this.#place = { bookmark, span, count: before + committed, digest: digestOf(hash) };
    }
    return this.#place;
  }

  /** What is held, where the stretch ends before the record with this index. */
  *#ended(index: number): Generator<RecordChunk> {
    const held = this.#held;
    if (held === null || !this.#isEnd(held, index)) return;
    this.#held = null;
    yield* this.#ordered(held, index);
  }

  #isEnd({ from, end, left }: Held, index: number): boolean {
    if (left !== null) return index >= end;
    const { bookmarkOf } = this.#order;
    return index - from >= HELD_AT_MOST || (index - from >= HELD && (bookmarkOf === null || bookmarkOf(index) !== undefined));
  }

  #hold(from: number): Held {
    const bookmark = this.#order.bookmarkOf?.(from);
    const left = this.#left !== null && isDeepStrictEqual(this.#left.bookmark, bookmark) ? this.#left : null;
    this.#left = null;
    return { from, end: left === null ? Number.POSITIVE_INFINITY : from + left.span, bookmark, left, sensors: new Map(), next: from };
  }

  /** Holds what belongs to the stretch, and returns what does not. */
  #take(held: Held, chunk: RecordChunk): RecordChunk {
    const { end, sensors } = held;
    const inside = held.left === null ? chunk : chunk.filter(({ index }) => index < end);
    for (const { index } of inside) held.next = Math.max(held.next, index + 1);
    for (const record of this.#order.select(inside)) {
      const sensor = sensorOf(record);
      const own = sensors.get(sensor);
      if (own === undefined) sensors.set(sensor, [record]);
      else own.push(record);
    }
    return inside.length === chunk.length ? [] : chunk.filter(({ index }) => index >= end);
  }

  /** Ends a stretch before the record with the index `to`, and hands on what of it is not loaded. */
  *#ordered({ from, bookmark, left, sensors }: Held, to: number): Generator<RecordChunk> {
    const { before, hash } = passedOver(sensors, left);
    const stretch: Stretch = { bookmark, span: to - from, before, said: [], first: this.#numbers, indexes: [], hash, committed: 0 };
    this.#stretches.push(stretch);
    let passed = 0;
    for (const records of sensors.values()) {
      const rest = records.slice(Math.max(0, before - passed));
      passed += records.length;
      if (rest.length > 0) yield this.#numbered(stretch, rest);
    }
  }

  #numbered(stretch: Stretch, records: readonly Entry[]): RecordChunk {
    let row = Number.NaN;
    return records.map((record) => {
      if (record.index !== row) {
        row = record.index;
        stretch.indexes.push(row);
        this.#numbers += 1;
      }
      const number = this.#numbers - 1;
      stretch.said.push({ number, text: textOf(record) });
      return { ...record, index: number };
    });
  }
}

/** How many of the records an earlier attempt has loaded: none where these are others. */
function passedOver(sensors: Held['sensors'], left: Place | null): Pick<Stretch, 'before' | 'hash'> {
  const hash = createHash('sha256');
  if (left === null) return { before: 0, hash };
  const records = [...sensors.values()].flat().slice(0, left.count);
  for (const record of records) hash.update(textOf(record));
  return digestOf(hash) === left.digest ? { before: records.length, hash } : { before: 0, hash: createHash('sha256') };
}

/** Of a chunk; null: it has a header alone. */
function firstIndex(chunk: RecordChunk): number | null {
  return chunk.find(({ index }) => index >= 0)?.index ?? null;
}

/** What could not be taken apart is nobody's. */
function sensorOf(record: Entry): string {
  return 'sensor' in record ? record.sensor : '';
}

/** All before the number `next` are committed. */
function advance(stretch: Stretch, next: number): void {
  const { said, committed } = stretch;
  while ((said[stretch.committed]?.number ?? next) < next) stretch.committed += 1;
  const texts = said.slice(committed, stretch.committed).map(({ text }) => text);
  stretch.hash.update(texts.join(''));
}

/** What a record says, wherever it stands. */
function textOf(record: Entry): string {
  return JSON.stringify({ ...record, index: 0 });
}

function digestOf(hash: Hash): string {
  return hash.copy().digest('base64');
}
