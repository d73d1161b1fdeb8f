import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { parse } from 'csv-parse/sync';

/** An answer of /export, whole. */
export interface Exported {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** Rows by an independent parser, the header first. */
  readonly rows: () => readonly (readonly string[])[];
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its assertion.
  readonly json: () => any;
}

/** Asks with node:http, which neither unpacks nor follows nor keeps anything. Rejects where the connection breaks before the end. */
export function getExport(origin: string, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Exported> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin}/export/${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('the connection broke')));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const text = body.toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text, rows: () => parseCsv(text), json: () => JSON.parse(text) });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** Strict: every row has as many cells as the first, quotes only where RFC 4180 has them, CRLF behind each row. */
function parseCsv(text: string): readonly (readonly string[])[] {
  return parse(text, { record_delimiter: '\r\n', relax_column_count: false, relax_quotes: false, bom: true });
}

/** The query string of parameters, lists by repetition. */
export function query(parameters: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((text): [string, string] => [name, text]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
