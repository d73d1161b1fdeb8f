import { z } from 'zod';
import { canonicalTime } from '../read/canonical-time.ts';
import { duration, durationOrNothing, text, wholeNumber } from './schema-parts.ts';

const URL_RULE = 'expected an address that begins with http:// or https://';

const instant = text.transform((written, context) => {
  const found = canonicalTime(undefined)(written);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'expected RFC 3339 with an offset, such as 2025-07-01T00:00:00Z' });
  return z.NEVER;
});

const timeFormat = z.enum(['rfc3339', 'epoch-seconds', 'epoch-milliseconds'], 'expected rfc3339, epoch-seconds or epoch-milliseconds').default('rfc3339');

const headerText = text.refine((value) => /^[\t\x20-\x7e]*$/.test(value), 'expected a header in ASCII');

/** A place in a JSON answer, such as `meta.next`. */
const path = text;

const since = z.strictObject({
  /** The parameter of the query that says from when on. */
  parameter: text,
  format: timeFormat,
  /** Asked again before the newest time that is loaded, for readings that come late. */
  overlap: durationOrNothing.default(60 * 60_000_000),
  /** From when on while nothing is loaded; null: the parameter is left out. */
  start: instant.nullable().default(null),
});

const until = z.strictObject({ parameter: text, format: timeFormat });

const paging = z.discriminatedUnion(
  'kind',
  [
    /** A Link header with rel="next" (RFC 8288). */
    z.strictObject({ kind: z.literal('link') }),
    /** The address of the next page stands in the answer. */
    z.strictObject({ kind: z.literal('next'), path }),
    /** What stands in the answer is sent with the next request. */
    z.strictObject({ kind: z.literal('cursor'), path, parameter: text }),
    /** Pages are counted. The first without a record is the last. */
    z.strictObject({ kind: z.literal('page'), parameter: text, first: wholeNumber(0, 1_000_000).default(1) }),
    /** Records are counted. The first answer without one is the last. */
    z.strictObject({ kind: z.literal('offset'), parameter: text }),
  ],
  'expected one of the kinds link, next, cursor, page, offset',
);

/** The part of a job that says where its input is, of the kind `http`. */
export const httpSource = z
  .strictObject({
    kind: z.literal('http'),
    url: text.refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), URL_RULE),
    headers: z.record(text.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header'), headerText).default({}),
    /** From when on is asked; null: everything, every time. */
    since: since.nullable().default(null),
    /** Until when is asked, in runs over a window; null: the answer's readings after the window are left out. */
    until: until.nullable().default(null),
    paging: paging.nullable().default(null),
    /** Where in a JSON answer the list of records is; null: the answer is the list. */
    records: path.nullable().default(null),
    /** A server that goes on giving pages for ever is ended. */
    maxPages: wholeNumber(1, 1_000_000).default(10_000),
    /** Of one answer, unpacked. One that has `records` in it is held in memory, and has 100 MB at most. */
    maxBytes: wholeNumber(1, 1_000_000_000_000).default(1_000_000_000),
    /** How long the server may take to begin to answer, and to send more. */
    timeout: duration.default(30_000_000),
    /** Further tries of a request that fails in passing: the network, 408, 425, 429, 5xx. */
    retries: wholeNumber(0, 20).default(4),
    /** Before the first of them; twice as long before each further one. */
    retryDelay: durationOrNothing.default(1_000_000),
  })
  .refine(({ paging, records }) => records !== null || (paging?.kind !== 'next' && paging?.kind !== 'cursor'), {
    path: ['records'],
    message: 'expected where in the answer the records are: the next page stands beside them',
  });

/** A source of the kind `http`, with defaults filled in. */
export type HttpSource = z.output<typeof httpSource>;
