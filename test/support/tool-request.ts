import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** A request as a tool sends it: with these headers and no others but those of the connection itself. */
export interface ToolRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** With the search. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the tool gets, after the decompression that it asked for. */
export interface ToolAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its assertion.
  readonly json: any;
}

/** Sends a request byte by byte as given, where `fetch` would add headers of its own. */
export function sendAs(origin: string, { method, path, headers, body }: ToolRequest): Promise<ToolAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, origin), { method, headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const encoding = response.headers['content-encoding'];
        const bytes = Buffer.concat(chunks);
        const text = (encoding === 'gzip' && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString();
        const type = response.headers['content-type'];
        resolve({ status: response.statusCode ?? 0, type, encoding, text, json: type?.includes('json') === true && text !== '' ? JSON.parse(text) : null });
      });
    });
    sent.end(body);
  });
}
