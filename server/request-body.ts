import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/** The type and parameters of a Content-Type header, in lower case; null where there is none or it is not one. */
export function readContentType(request: IncomingMessage): { readonly type: string; readonly charset: string | null } | null {
  const header = request.headers['content-type'];
  if (header === undefined) return null;
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(type)) return null;
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return { type, charset: charset === undefined ? null : charset.slice('charset='.length).replaceAll('"', '') };
}

/** The body as text, whole. Refuses what is longer than `maxBytes`, what takes longer than `timeoutMs` to arrive, and what is not UTF-8. */
export async function readTextBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<string> {
  const tooLarge = () => new HttpError(413, 'REQUEST_TOO_LARGE', `the body is longer than the limit of ${maxBytes.toLocaleString('en')} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (error: HttpError | null) => {
      clearTimeout(timer);
      request.pause();
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (error === null) resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      else reject(error);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) settle(tooLarge());
    };
    const onEnd = () => settle(null);
    const onClose = () => settle(gone());
    const timer = setTimeout(() => settle(late()), timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
  if (!isUtf8(bytes)) throw new HttpError(400, 'BAD_REQUEST', 'the body is not UTF-8 text');
  const text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

const gone = () => new HttpError(400, 'REQUEST_ABORTED', 'the client went away before its body was whole');
const late = () => new HttpError(408, 'REQUEST_TIMEOUT', 'the body did not arrive in time');

/**
 * The body chunk by chunk, read only as fast as it is taken. Leaves the socket open when it is left early, so that the client can still be answered.
 * `allowedMs` is asked before each wait for the client: how long it may take to send more.
 */
export async function* chunksOf(request: IncomingMessage, allowedMs: () => number, stopping?: AbortSignal): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk: unknown = request.read();
    if (Buffer.isBuffer(chunk)) yield chunk;
    else if (request.readableEnded) return;
    else if (request.destroyed) throw gone();
    else await wakeUp(request, allowedMs(), stopping);
  }
}

/** Waits until there is something to look at: bytes, the end, a break, the end of the client's time or of ours. */
function wakeUp(request: IncomingMessage, ms: number, stopping: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: HttpError) => {
      clearTimeout(timer);
      for (const event of EVENTS) request.off(event, onEvent);
      stopping?.removeEventListener('abort', onStop);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onEvent = () => settle();
    const onStop = () => settle(new HttpError(503, 'SHUTTING_DOWN', 'the gateway is shutting down: send the input again'));
    const timer = setTimeout(() => settle(late()), Math.max(0, ms));
    for (const event of EVENTS) request.on(event, onEvent);
    stopping?.addEventListener('abort', onStop);
    if (stopping?.aborted === true) onStop();
  });
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;
