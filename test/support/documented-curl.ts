import { gzipSync } from 'node:zlib';

/** A request as a documented `curl` line sends it. */
export interface DocumentedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** The `curl` lines of a shell snippet that post, as requests. A body that is a file, `@name`, is the content given; gzipped where its name says so. */
export function documentedRequests(snippet: string, file: string): readonly DocumentedRequest[] {
  return snippet
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('curl ') && line.includes('--data'))
    .map((line) => requestOf(wordsOf(line).slice(1), file));
}

function requestOf(words: readonly string[], file: string): DocumentedRequest {
  const headers: Record<string, string> = {};
  let url: URL | null = null;
  let body = '';
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-H') {
      const [name = '', value = ''] = (rest.shift() ?? '').split(/:\s*/, 2);
      headers[name] = value;
    } else if (word === '--data-binary' || word === '--data') body = rest.shift() ?? '';
    else if (word.startsWith('http')) url = new URL(word);
    else throw new Error(`a documented curl has ${word}, which its test does not know`);
  }
  if (url === null) throw new Error('a documented curl has no URL');
  if (!body.startsWith('@')) return { url, headers, body };
  return { url, headers, body: body.endsWith('.gz') ? new Uint8Array(gzipSync(file)) : file };
}

/** The words of a shell line; quotes keep spaces together. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '');
}

/** A download as a documented `curl` line asks for it. */
export interface DocumentedDownload {
  readonly url: URL;
}

/** The `curl` lines of a shell snippet that get a file by its URL and show it, as requests. */
export function documentedDownloads(snippet: string): readonly DocumentedDownload[] {
  return snippet
    .split('\n')
    .filter((line) => line.startsWith('curl -s ') && line.includes('/export/'))
    .map((line) => downloadOf(wordsOf(line).slice(2)));
}

function downloadOf([url = '', ...others]: readonly string[]): DocumentedDownload {
  if (others.length > 0) throw new Error(`a documented download has ${others.join(' ')}, which its test does not know`);
  return { url: new URL(url) };
}
