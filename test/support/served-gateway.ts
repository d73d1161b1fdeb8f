import { Writable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import type { Store } from '../../db/store.ts';
import { type Gateway, startGateway } from '../../server/gateway.ts';
import { createLogger } from '../../server/logger.ts';
import { type Environment, readServingSettings } from '../../server/settings.ts';
import type { TestDatabase } from './database.ts';

/** One line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A gateway over the test's store, at a free port, and what it logs. */
export interface ServedGateway {
  /** Of GraphQL. */
  readonly url: string;
  readonly origin: string;
  readonly lines: readonly LogLine[];
  /** The first line there is, or will be, that fits. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Sends a document by POST and gives the parsed answer. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its assertion.
  readonly body: any;
}

/** Serves the store of the file or block that calls it while its tests run. */
export function useGateway(db: TestDatabase, environment: Environment = {}): ServedGateway {
  const lines: LogLine[] = [];
  let gateway: Gateway | null = null;
  beforeAll(async () => {
    gateway = await serve(db.store, lines, environment);
  });
  afterAll(() => gateway?.stop());
  const url = () => {
    if (gateway === null) throw new Error('the gateway is there while tests run, not while they are collected');
    return gateway.url;
  };
  return {
    get url() {
      return url();
    },
    get origin() {
      return new URL(url()).origin;
    },
    lines,
    line: (fits) => waitFor(lines, fits),
    ask: (query, variables, headers) => postTo(url(), query, variables, headers),
  };
}

/** Sends a document by POST and gives the parsed answer. */
export async function postTo(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Serves a store at a free port; the caller stops it. */
export function serve(store: Store, lines: LogLine[], environment: Environment = {}): Promise<Gateway> {
  return startGateway(store, readServingSettings({ PORT: '0', ...environment }), createLogger({ level: 'debug', stream: collectLines(lines) }));
}

/** A stream that parses each line that is written to it. */
export function collectLines(lines: LogLine[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') lines.push(JSON.parse(line));
      done();
    },
  });
}

async function waitFor(lines: readonly LogLine[], fits: (line: LogLine) => boolean): Promise<LogLine> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = lines.find(fits);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no such line among ${lines.length}:\n${lines.map((line) => JSON.stringify(line)).join('\n')}`);
}
