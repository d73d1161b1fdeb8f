import type pg from 'pg';
import { advancePosition, type Json, selectPosition } from '../../db/etl/position.ts';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import type { CommittingBatch } from '../load-origin.ts';
import { type InputFormat, readRecords } from '../open-input.ts';
import type { RecordChunk } from '../read/reader.ts';
import { ConnectError } from './connect-error.ts';
import type { Connected, Connector, Piece, RunContext } from './connector.ts';
import { asBytes, documentOf, elementsOf } from './http-document.ts';
import { type AskedTimes, firstPage, nextPage, type PageRef, pageOfJson, pageToJson, pageUrl, valueAt } from './http-paging.ts';
import { type HttpAnswer, RefusedRequestError, request, shown, withRetries } from './http-request.ts';
import type { HttpSource } from './http-schema.ts';
import { type ReadMapping, readMapping } from './read-mapping.ts';
import { timed } from './timed.ts';

/** Pulls records from an address, page after page, from the newest time that is loaded on. */
export const httpConnector: Connector<HttpSource> = {
  connect: async (source, context): Promise<Connected> => {
    const mapping = await readMapping(context);
    const format = formatOf(source, mapping);
    const pull = await beginPull(source, context, format);
    return {
      async *pieces() {
        yield piece({ source, context, mapping, format, pull });
      },
      close: async () => pull.opened?.cancel(),
    };
  },
};

/** What is asked for, from where on, and the answer to the first request. */
interface Pull {
  readonly asked: AskedTimes;
  readonly page: PageRef;
  /** Which page it is, and the index of its first record, where an attempt before this one has read others. */
  readonly number: number;
  readonly first: number;
  opened: HttpAnswer | null;
  /** null: positions stay as they are. */
  readonly remembered: { readonly key: string; readonly stored: Json | undefined } | null;
  readonly seen: { newest: Instant | null };
}

interface HttpRun {
  readonly source: HttpSource;
  readonly context: RunContext;
  readonly mapping: ReadMapping;
  readonly format: InputFormat;
  readonly pull: Pull;
}

const MEDIA_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' } as const;

function formatOf({ records, paging }: HttpSource, { definition, format }: ReadMapping): InputFormat {
  const found: InputFormat = definition === null ? { kind: format ?? 'json' } : { kind: 'source', definition };
  const written = writtenAs(found);
  if (records !== null && written !== 'json')
    throw new ConnectError(`records is ${JSON.stringify(records)}, but a place in an answer is one in JSON, and the mapping says ${written}`);
  if (definition !== null && written !== 'json' && (paging?.kind === 'page' || paging?.kind === 'offset'))
    throw new ConnectError(
      `paging is by ${paging.kind}, but how many records a page in ${written} has is not known where a source definition may leave rows out: page by link`,
    );
  return found;
}

function writtenAs(format: InputFormat): 'csv' | 'ndjson' | 'json' {
  return format.kind === 'source' ? format.definition.format : format.kind;
}

/** Goes on where an earlier attempt ended; where the server no longer knows that page, from the beginning. */
async function beginPull(source: HttpSource, context: RunContext, format: InputFormat): Promise<Pull> {
  const accept = MEDIA_TYPES[writtenAs(format)];
  const open = (asked: AskedTimes, page: PageRef) => firstOf(source, { accept, signal: context.signal }, pageUrl(source, asked, page));
  const begin: Omit<Pull, 'asked' | 'opened'> = { page: firstPage(source), number: 1, first: 0, remembered: null, seen: { newest: null } };
  const beginAt = async (asked: AskedTimes, at: Omit<Pull, 'asked' | 'opened'>): Promise<Pull> => ({ ...at, asked, opened: await open(asked, at.page) });
  const goOnAt = async (asked: AskedTimes, at: Omit<Pull, 'asked' | 'opened'>): Promise<Pull | null> => {
    try {
      return await beginAt(asked, at);
    } catch (error) {
      if (!(error instanceof RefusedRequestError)) throw error;
      context.log.info({ jobId: context.job.id, err: error }, 'page is no more, the pull begins anew');
      return null;
    }
  };
  const key = keyOf(source);
  if (context.mode === 'WINDOW') {
    const asked = { since: context.window.from, until: context.window.to };
    const left = bookmarkIn(context.bookmarks?.get(key), source);
    return (left && (await goOnAt(asked, { ...begin, ...left }))) ?? (await beginAt(asked, begin));
  }
  const stored = await selectPosition(context.store.writePool, context.job.id, key);
  const fresh = { since: sinceOf(source, stored), until: null };
  if (context.claim === null) return beginAt(fresh, begin);
  const page = pageOfJson(valueAt(stored, 'pull.page'), source);
  const remembered = { key, stored };
  const left =
    page &&
    (await goOnAt({ since: instantAt(stored, 'pull.since'), until: null }, { ...begin, page, remembered, seen: { newest: instantAt(stored, 'pull.seen') } }));
  return left ?? (await beginAt(fresh, { ...begin, remembered }));
}

/** Where a page of a window begins. */
function bookmarkOf({ page, number, first }: Pick<Pull, 'page' | 'number' | 'first'>): Json {
  return { page: pageToJson(page), number, first };
}

/** The page of a bookmark; null: the first, or one that this source does not page by. */
function bookmarkIn(bookmark: Json | undefined, source: HttpSource): Pick<Pull, 'page' | 'number' | 'first'> | null {
  const page = pageOfJson(valueAt(bookmark, 'page'), source);
  const [number, first] = [valueAt(bookmark, 'number'), valueAt(bookmark, 'first')];
  return page === null || typeof number !== 'number' || typeof first !== 'number' ? null : { page, number, first };
}

async function firstOf(source: HttpSource, options: { readonly accept: string; readonly signal: AbortSignal }, url: URL): Promise<HttpAnswer> {
  async function* once(): AsyncGenerator<HttpAnswer> {
    yield await request(url, { source, ...options });
  }
  for await (const answer of withRetries(once, { source, signal: options.signal })) return answer;
  throw new Error('a request is answered or fails');
}

/** Another address is another source: what is known of the old one says nothing of it. */
function keyOf({ url }: HttpSource): string {
  return `pull ${shown(new URL(url))}`;
}

function instantAt(position: Json | undefined, path: string): Instant | null {
  const text = valueAt(position, path);
  return typeof text === 'string' ? parseRfc3339(text) : null;
}

function sinceOf({ since }: HttpSource, stored: Json | undefined): Instant | null {
  if (since === null) return null;
  const newest = instantAt(stored, 'newest');
  return newest === null ? since.start : newest - since.overlap;
}

function piece(run: HttpRun): Piece {
  const { source, context, mapping, format, pull } = run;
  const clock = { waitingMs: 0, totalMs: 0 };
  const pages: StartedPage[] = [];
  return {
    source: shown(new URL(source.url)),
    records: timed(
      pulled(run, pages, (ms) => (clock.waitingMs += ms)),
      (ms) => (clock.totalMs += ms),
    ),
    transformMs: () => Math.max(0, clock.totalMs - clock.waitingMs),
    reader: mapping.readerOf(format),
    positionOf: (index) => {
      const page = pageOf(pages, index);
      return page === undefined ? `record ${index}` : `page ${page.number} record ${index - page.first}`;
    },
    resumption: {
      key: keyOf(source),
      bookmarkOf: (index) => {
        const page = pageOf(pages, index);
        return page?.begun === index ? bookmarkOf(page) : undefined;
      },
    },
    ...(pull.remembered === null ? {} : remembering(context, pull, pull.remembered, pages)),
  };
}

/** A page, or one of several tries of it. */
interface StartedPage {
  /** The index of its first record in the piece. */
  readonly first: number;
  readonly number: number;
  readonly page: PageRef;
  /** The index of the first record of it that was handed over; null: none was. */
  begun: number | null;
}

/** The one with the record of that index; of those that begin there the last. */
function pageOf(pages: readonly StartedPage[], index: number): StartedPage | undefined {
  return pages.findLast(({ first }) => first <= index);
}

/** Remembers from which page on records are not committed, and at the end the newest time. */
function remembering(
  { job }: RunContext,
  { asked, seen }: Pull,
  { key, stored }: NonNullable<Pull['remembered']>,
  pages: readonly StartedPage[],
): Required<Pick<Piece, 'alongside' | 'done'>> {
  const known = instantAt(stored, 'newest');
  const textOf = (instant: Instant | null) => (instant === null ? null : formatInstant(instant));
  const advance = (client: pg.PoolClient, expected: Json | undefined, position: Json) =>
    advancePosition(client, { jobId: job.id, source: key, expected: expected ?? null, position });
  // A batch may be tried several times; only when another comes is it known to be committed.
  let committed = stored;
  let latest: { readonly records: number; readonly position: Json | undefined } = { records: -1, position: stored };
  return {
    alongside: async (client, { records }: CommittingBatch) => {
      if (records !== latest.records) committed = latest.position;
      const page = pageOf(pages, records)?.page;
      const pull = page === undefined ? null : { page: pageToJson(page), since: textOf(asked.since), seen: textOf(seen.newest) };
      latest = { records, position: { newest: textOf(known), pull } };
      await advance(client, committed, latest.position ?? null);
    },
    done: (client) => advance(client, latest.position, { newest: textOf(later(known, seen.newest)), pull: null }),
  };
}

function later(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** The records of all pages, numbered through. A page that breaks off is asked for again and handed over again: loading twice changes nothing, and leaving out would guess. */
async function* pulled(run: HttpRun, pages: StartedPage[], spendWaiting: (ms: number) => void): AsyncGenerator<RecordChunk> {
  const { source, context, pull } = run;
  const visited = new Map<string, number>();
  let page: PageRef | null = pull.page;
  let { first } = pull;
  for (let { number } = pull; page !== null; number += 1) {
    if (number > source.maxPages) throw new ConnectError(`${shown(new URL(source.url))} has more pages than maxPages, ${source.maxPages.toLocaleString('en')}`);
    const name = JSON.stringify(page);
    const before = visited.get(name);
    if (before !== undefined)
      throw new ConnectError(`${shown(new URL(source.url))} names as what follows page ${number - 1} one that was read before, page ${before}`);
    visited.set(name, number);
    const current: PageRef = page;
    let next: PageRef | null = null;
    const read = () => {
      pages.push({ first, number, page: current, begun: null });
      return onePage(run, current, spendWaiting, (found) => (next = found));
    };
    for await (const chunk of withRetries(read, { source, signal: context.signal })) {
      const started = pages.at(-1);
      const start = started?.first ?? 0;
      const numbered = chunk.map((record) => (record.index < 0 ? record : { ...record, index: record.index + start }));
      if (started !== undefined) started.begun ??= numbered.find(({ index }) => index >= 0)?.index ?? null;
      note(numbered, run);
      first = Math.max(first, (numbered.at(-1)?.index ?? -1) + 1);
      yield numbered;
    }
    page = next;
  }
}

/** The newest time, as far as clocks that run ahead do not make it later than now. */
function note(chunk: RecordChunk, { pull: { seen }, context }: HttpRun): void {
  const present = context.now();
  for (const record of chunk) {
    if (!('time' in record) || record.time === null) continue;
    const time = Math.min(record.time, present);
    if (seen.newest === null || time > seen.newest) seen.newest = time;
  }
}

async function* onePage(run: HttpRun, page: PageRef, spendWaiting: (ms: number) => void, onNext: (next: PageRef | null) => void): AsyncGenerator<RecordChunk> {
  const { source, context, mapping, format, pull } = run;
  const accept = MEDIA_TYPES[writtenAs(format)];
  const { opened } = pull;
  pull.opened = null;
  const answer = opened ?? (await request(pageUrl(source, pull.asked, page), { source, accept, signal: context.signal }));
  const body = timed(answer.body, spendWaiting);
  let count = 0;
  let document: unknown;
  let bytes: AsyncIterable<Uint8Array> = body;
  // Counted exactly, and not by what a definition makes of it.
  const isWhole = source.records !== null || (writtenAs(format) === 'json' && (source.paging?.kind === 'page' || source.paging?.kind === 'offset'));
  if (isWhole) {
    document = await documentOf(body, source, answer.url);
    const elements = document === undefined ? [] : elementsOf(document, source.records, answer.url);
    count = elements.length;
    bytes = asBytes(elements);
  }
  for await (const chunk of readUnlessEmpty(bytes, format, mapping)) {
    if (!isWhole) count = Math.max(count, (chunk.at(-1)?.index ?? -1) + 1);
    yield chunk;
  }
  onNext(nextPage(source, page, { url: answer.url, headers: answer.headers, document, count }));
}

/** An answer without a body, such as 204, has no records. */
async function* readUnlessEmpty(bytes: AsyncIterable<Uint8Array>, format: InputFormat, { options }: ReadMapping): AsyncGenerator<RecordChunk> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield first.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  yield* readRecords(whole(), format, options);
}
