import { createHash, hash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HttpError } from '../http-error.ts';
import { type Exchange, everyHead, sendText } from '../respond.ts';
import { toPublicErrors } from './export-errors.ts';
import type { ExportRequest } from './export-question.ts';
import { FileStream, GoneError, StalledError } from './file-stream.ts';

const compress = promisify(gzip);

/** What is shorter travels in one packet anyway. */
const LEAST_GZIP = 1_000;

/** Sends a file that is whole. Its tag is of its content, so that whoever has it already is told so. */
export async function sendFile(exchange: Exchange, request: ExportRequest, file: string): Promise<void> {
  const isGzip = request.isGzip && file.length >= LEAST_GZIP;
  const tag = await tagOf(file, isGzip);
  if (hasTag(exchange, tag)) return sendNotModified(exchange, tag);
  const head = { ...fileHead(request), etag: tag };
  if (isGzip) sendText(exchange, 200, await compress(file), { ...head, 'content-encoding': 'gzip' });
  else sendText(exchange, 200, file, head);
}

/** How a file is sent whose length is not known. */
export interface SendOptions {
  /** Its tag where it is too long to be held; null where there is none that is sure to change with it. */
  readonly tag: string | null;
  readonly stallMs: number;
  readonly timeoutMs: number;
}

/** As many characters are held back: what fails or ends before that is answered as if it had been known from the beginning. */
const HELD = 1_048_576;

/** Sends the rows of a file as they come. Throws only as long as nothing was sent. */
export async function sendRows(exchange: Exchange, request: ExportRequest, rows: AsyncGenerator<string>, options: SendOptions): Promise<void> {
  const held = await takeText(rows, HELD);
  if (held.isAll) return sendFile(exchange, request, held.text);
  const { response, record } = exchange;
  if (response.destroyed) return void (await rows.return(undefined));
  const encoding = request.isGzip ? { 'content-encoding': 'gzip' } : {};
  response.writeHead(200, { ...everyHead(record), ...fileHead(request), ...encoding, ...(options.tag === null ? {} : { etag: options.tag }) });
  if (exchange.request.method === 'HEAD') {
    response.end();
    return void (await rows.return(undefined));
  }
  await sendRest(exchange, held.text, rows, new FileStream(response, { ...options, isGzip: request.isGzip }));
}

/** As many characters are taken, or bytes looked at, in one turn of the event loop, and then others have theirs: what is made of rows in memory waits for nothing by itself. */
const TURN = 262_144;

/** What comes, until there is more than `most`. */
async function takeText(rows: Generator<string> | AsyncGenerator<string>, most: number): Promise<{ readonly text: string; readonly isAll: boolean }> {
  let text = '';
  let turnEnds = TURN;
  while (text.length <= most) {
    const coming = rows.next();
    const next = coming instanceof Promise ? await coming : coming;
    if (next.done === true) return { text, isAll: true };
    text += next.value;
    if (text.length < turnEnds) continue;
    turnEnds = text.length + TURN;
    await setImmediate();
  }
  return { text, isAll: false };
}

/** As many characters an answer may have that is not sent as it is made: a hundred thousand points in each of twenty percentiles have a third of it. */
const MOST_WHOLE = 134_217_728;

/** All rows of an answer that is held whole. Refused where there are too many: a list in a cell stands once more in each row, and so grows with the square of the rows. */
export async function takeWhole(rows: Generator<string>): Promise<string> {
  const { text, isAll } = await takeText(rows, MOST_WHOLE);
  if (isAll) return text;
  throw new HttpError(
    400,
    'LIMIT_EXCEEDED',
    `the file would have more than ${MOST_WHOLE.toLocaleString('en')} characters: ask for a shorter range, and not for columns beside points, which would stand in the row of each point`,
    {},
    { limit: MOST_WHOLE },
  );
}

async function sendRest(exchange: Exchange, held: string, rows: AsyncGenerator<string>, stream: FileStream): Promise<void> {
  try {
    await stream.write(Buffer.from(held));
    for await (const text of rows) await stream.write(Buffer.from(text));
    await stream.end();
  } catch (error) {
    stream.break();
    if (error instanceof GoneError) return;
    if (error instanceof StalledError) exchange.log.warn({ reason: error.message }, 'export broken off');
    else exchange.log.warn({ errors: toPublicErrors(error, exchange.log) }, 'export broken off');
  } finally {
    await rows.return(undefined);
  }
}

/** What the head of every file has, whether it is known whole or not. */
function fileHead({ name, format, mediaType }: ExportRequest): OutgoingHttpHeaders {
  return {
    'content-type': mediaType,
    'content-disposition': `attachment; filename="${name}.${format}"`,
    // May be kept, but is asked for again each time: the tag tells then whether it is still the same.
    'cache-control': 'private, no-cache',
    vary: 'accept, accept-encoding',
  };
}

async function tagOf(file: string, isGzip: boolean): Promise<string> {
  const digest = file.length <= TURN ? hash('sha1', file, 'base64url') : await longDigest(file);
  return `"${digest}${isGzip ? GZIP_SUFFIX : ''}"`;
}

async function longDigest(file: string): Promise<string> {
  const sum = createHash('sha1');
  const bytes = Buffer.from(file);
  for (let from = 0; from < bytes.length; from += TURN) {
    sum.update(bytes.subarray(from, from + TURN));
    await setImmediate();
  }
  return sum.digest('base64url');
}

/** The same content in other bytes is another file to HTTP, but as good to whoever has it. */
const GZIP_SUFFIX = '-gzip';

/** Whether the client says that it has a file of this tag already. */
export function hasTag({ request: { headers } }: Exchange, tag: string): boolean {
  const given = headers['if-none-match'];
  if (given === undefined) return false;
  return given.trim() === '*' || given.split(',').some((known) => plain(known) === plain(tag));
}

function plain(tag: string): string {
  return tag.trim().replace(/^W\//, '').replace(`${GZIP_SUFFIX}"`, '"');
}

/** The client has it already. */
export function sendNotModified({ response, record }: Exchange, tag: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(304, { ...everyHead(record), etag: tag, 'cache-control': 'private, no-cache', vary: 'accept, accept-encoding' });
  response.end();
}
