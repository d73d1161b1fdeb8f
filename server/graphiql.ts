import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Negotiator from 'negotiator';
import type { Endpoint } from './http.ts';
import { HttpError } from './http-error.ts';
import { type Exchange, everyHead, sendText } from './respond.ts';

/** GraphiQL as `npm run build` bundles it, with everything that it needs: nothing comes from another origin. */
const FOLDER = new URL('./graphiql/', import.meta.url);

const TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['ttf', 'font/ttf'],
  ['txt', 'text/plain; charset=utf-8'],
]);

/** The editor measures text and so sets styles in the page; everything else comes from files of ours, and nobody may put the page into a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Files whose name changes with their content, never asked for again; of the others a browser asks whether they are still the same. */
const NAMED_BY_CONTENT = /^part-\w+\./;

/** GraphiQL: the page for browsers at /graphql, and its files, by path. */
export interface Graphiql {
  readonly page: (exchange: Exchange) => void;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

/** Reads the page and its files, each kept under its name and `.gz`. Where they have not been built, the page says so and everything else works. */
export function createGraphiql(folder: URL = FOLDER): Graphiql {
  const files = new Map(listFiles(folder).map((name) => [name, createFile(name, readFileSync(new URL(`${name}.gz`, folder)))]));
  const page = files.get('index.html');
  return {
    page: (exchange) => {
      if (page === undefined) throw new HttpError(404, 'NOT_FOUND', 'GraphiQL has not been built: npm run build');
      page(exchange);
    },
    endpoints: new Map([...files].map(([name, handle]): [string, Endpoint] => [`/graphiql/${name}`, { methods: ['GET'], quiet: true, handle }])),
  };
}

function listFiles(folder: URL): readonly string[] {
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith('.gz') ? [name.slice(0, -'.gz'.length)] : []));
  } catch {
    return [];
  }
}

function createFile(name: string, zipped: Buffer): (exchange: Exchange) => void {
  const hash = createHash('sha256').update(zipped).digest('base64url');
  const headers = {
    'content-type': TYPES.get(name.slice(name.lastIndexOf('.') + 1)) ?? 'application/octet-stream',
    'cache-control': NAMED_BY_CONTENT.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept, accept-encoding',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
  };
  return (exchange) => {
    const { request, response, record } = exchange;
    // Every browser takes it zipped; for the few programs that do not it is unzipped each time.
    const isZipped = new Negotiator(request).encoding(['gzip', 'identity']) === 'gzip';
    const tagged = { ...headers, etag: isZipped ? `"${hash}-gzip"` : `"${hash}"` };
    if (request.headers['if-none-match'] === tagged.etag) return void response.writeHead(304, { ...everyHead(record), ...tagged }).end();
    if (isZipped) return sendText(exchange, 200, zipped, { ...tagged, 'content-encoding': 'gzip' });
    sendText(exchange, 200, gunzipSync(zipped), tagged);
  };
}
