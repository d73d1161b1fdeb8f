import { hash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Exchange, everyHead, sendText } from '../respond.ts';
import type { ExportRequest } from './export-question.ts';

const compress = promisify(gzip);

/** What is shorter travels in one packet anyway. */
const LEAST_GZIP = 1_000;

/** Sends a file that is whole. Its tag is of its content, so that whoever has it already is told so. */
export async function sendFile(exchange: Exchange, request: ExportRequest, text: string): Promise<void> {
  const isGzip = request.isGzip && text.length >= LEAST_GZIP;
  const tag = tagOf(text, isGzip);
  if (hasTag(exchange, tag)) return sendNotModified(exchange, tag);
  const body = isGzip ? await compress(text) : text;
  sendText(exchange, 200, body, { ...fileHead(request), etag: tag, ...(isGzip ? { 'content-encoding': 'gzip' } : {}) });
}

/** What the head of every file has, whether it is known whole or not. */
export function fileHead({ name, format, mediaType }: ExportRequest): OutgoingHttpHeaders {
  return {
    'content-type': mediaType,
    'content-disposition': `attachment; filename="${name}.${format}"`,
    // May be kept, but is asked for again each time: the tag tells then whether it is still the same.
    'cache-control': 'private, no-cache',
    vary: 'accept, accept-encoding',
  };
}

function tagOf(text: string, isGzip: boolean): string {
  return `"${hash('sha1', text, 'base64url')}${isGzip ? GZIP_SUFFIX : ''}"`;
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
