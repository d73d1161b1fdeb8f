import type { Json } from '../../db/etl/position.ts';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import { ConnectError } from './connect-error.ts';
import { shown, withoutValues } from './http-request.ts';
import type { HttpSource } from './http-schema.ts';

/** Which page is asked for, in the way that the server counts or names them. */
export type PageRef =
  | { readonly kind: 'first' }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'cursor'; readonly cursor: string }
  | { readonly kind: 'page'; readonly page: number }
  | { readonly kind: 'offset'; readonly offset: number };

/** Between which times is asked; null on either side: not asked by time there. */
export interface AskedTimes {
  readonly since: Instant | null;
  readonly until: Instant | null;
}

/** What a page tells of the one after it. */
export interface PageFacts {
  readonly url: URL;
  readonly headers: Headers;
  /** Of an answer that was read whole; else undefined. */
  readonly document: unknown;
  /** Records in it. */
  readonly count: number;
}

/** The first page. */
export function firstPage({ paging }: Pick<HttpSource, 'paging'>): PageRef {
  if (paging?.kind === 'page') return { kind: 'page', page: paging.first };
  return paging?.kind === 'offset' ? { kind: 'offset', offset: 0 } : { kind: 'first' };
}

/** The address of a page. */
export function pageUrl(source: Pick<HttpSource, 'url' | 'since' | 'until' | 'paging'>, { since, until }: AskedTimes, page: PageRef): URL {
  if (page.kind === 'url') return new URL(page.url);
  const url = new URL(source.url);
  if (source.since !== null && since !== null) url.searchParams.set(source.since.parameter, timeText(since, source.since.format, Math.floor));
  if (source.until !== null && until !== null) url.searchParams.set(source.until.parameter, timeText(until, source.until.format, Math.ceil));
  const parameter = source.paging !== null && 'parameter' in source.paging ? source.paging.parameter : null;
  if (parameter !== null && page.kind === 'cursor') url.searchParams.set(parameter, page.cursor);
  if (parameter !== null && page.kind === 'page') url.searchParams.set(parameter, String(page.page));
  if (parameter !== null && page.kind === 'offset') url.searchParams.set(parameter, String(page.offset));
  return url;
}

/** The page after this one; null: this was the last. */
export function nextPage({ paging }: Pick<HttpSource, 'paging'>, page: PageRef, facts: PageFacts): PageRef | null {
  switch (paging?.kind) {
    case undefined:
      return null;
    case 'link':
      return linked(nextLink(facts.headers.get('link') ?? ''), facts.url);
    case 'next':
      return linked(textAt(facts.document, paging.path), facts.url);
    case 'cursor': {
      const cursor = textAt(facts.document, paging.path);
      return cursor === null ? null : { kind: 'cursor', cursor };
    }
    case 'page':
      return facts.count === 0 ? null : { kind: 'page', page: (page.kind === 'page' ? page.page : paging.first) + 1 };
    case 'offset':
      return facts.count === 0 ? null : { kind: 'offset', offset: (page.kind === 'offset' ? page.offset : 0) + facts.count };
  }
}

/** What a JSON document holds at a path such as `meta.next`; undefined: nothing. */
export function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined), document);
}

/** A page as it is remembered. */
export function pageToJson(page: PageRef): Json {
  return { ...page };
}

/** The page that was remembered; null: another than this source pages by, or none. */
export function pageOfJson(held: unknown, { paging }: Pick<HttpSource, 'paging'>): PageRef | null {
  const [kind, url, cursor, page, offset] = ['kind', 'url', 'cursor', 'page', 'offset'].map((name) => valueAt(held, name));
  const pagedBy = paging?.kind;
  if (kind === 'url' && (pagedBy === 'link' || pagedBy === 'next') && typeof url === 'string') return { kind, url };
  if (kind === 'cursor' && pagedBy === 'cursor' && typeof cursor === 'string') return { kind, cursor };
  if (kind === 'page' && pagedBy === 'page' && typeof page === 'number') return { kind, page };
  return kind === 'offset' && pagedBy === 'offset' && typeof offset === 'number' ? { kind, offset } : null;
}

function textAt(document: unknown, path: string): string | null {
  const found = valueAt(document, path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** Headers of the job, which may hold secrets, are sent along: so a page of another server is none of ours. */
function linked(link: string | null, from: URL): PageRef | null {
  if (link === null) return null;
  if (!URL.canParse(link, from.href))
    throw new ConnectError(`${shown(from)} names as its next page ${JSON.stringify(withoutValues(link))}, which is no address`);
  const next = new URL(link, from);
  if (next.origin !== from.origin)
    throw new ConnectError(
      `${shown(from)} names a next page at another place, ${next.origin}: the headers of the job are not sent there; name ${next.origin} in its url, or have the server name itself right`,
    );
  return { kind: 'url', url: next.href };
}

/** The address with rel="next" in a Link header (RFC 8288). */
function nextLink(header: string): string | null {
  for (const link of header.split(/,(?=\s*<)/)) {
    const [, url = '', parameters = ''] = /^\s*<([^>]*)>(.*)$/s.exec(link) ?? [];
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters);
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return url;
  }
  return null;
}

function timeText(instant: Instant, format: 'rfc3339' | 'epoch-seconds' | 'epoch-milliseconds', round: (number: number) => number): string {
  if (format === 'rfc3339') return formatInstant(instant);
  return String(round(instant / (format === 'epoch-seconds' ? 1_000_000 : 1000)));
}
