import { type Contestant, isFile, type Request, rowsOf } from './contestants.ts';
import { benchFile, cpuMsOf, type RunningServer, run } from './processes.ts';
import { type QuestionName, type Variables, variableSets } from './questions.ts';

const LOAD = benchFile('peers/load.mjs');

/** Kept alive, each with one request under way. */
const CONNECTIONS = 32;

/** What one server did with one question for some seconds. */
export interface Measured {
  readonly perSecond: number;
  /** Of an answer, with its headers. */
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server's process for one request, and the share of a core that this came to; null where the system does not say. */
  readonly cpuMs: number | null;
  readonly busy: number | null;
  /** The share of a core that the load generator took. */
  readonly loadBusy: number;
}

/** How long, from which core, until when. */
export interface LoadOptions {
  readonly seconds: number;
  readonly core: number | null;
  readonly signal: AbortSignal;
}

/** Sends one request of a question and gives the data of the answer, of a file its cells, and the length of its body. */
export async function ask(
  server: RunningServer,
  contestant: Contestant,
  question: QuestionName,
  variables: Variables,
): Promise<{ data: unknown; bytes: number }> {
  const request = contestant.request(question, variables);
  if (request === null) throw new Error(`${contestant.name} is not asked ${question}`);
  const { method, path, headers, body } = request;
  const response = await fetch(`${server.url}${path}`, { method, headers: headers ?? {}, body: body ?? null });
  const text = await response.text();
  if (response.ok && isFile(question)) return { data: rowsOf(text), bytes: Buffer.byteLength(text) };
  const answer = response.ok ? (JSON.parse(text) as { data?: unknown; errors?: unknown }) : {};
  if (!response.ok || answer.errors !== undefined || answer.data === undefined) {
    throw new Error(`${contestant.name} answers ${response.status} to ${question}: ${text.slice(0, 2000)}`);
  }
  return { data: answer.data, bytes: Buffer.byteLength(text) };
}

/** The load of one question on one server. */
export function measure(server: RunningServer, contestant: Contestant, question: QuestionName, options: LoadOptions): Promise<Measured> {
  return load(
    server,
    variableSets[question].flatMap((variables) => contestant.request(question, variables) ?? []),
    options,
  );
}

/** The load of any requests on one server. Throws where one of them failed. */
export async function load(server: RunningServer, requests: readonly Request[], { seconds, core, signal }: LoadOptions): Promise<Measured> {
  const before = await cpuMsOf(server.pid);
  const job = JSON.stringify({ url: server.url, requests, connections: CONNECTIONS, seconds });
  const output = await run({ command: [process.execPath, LOAD], environment: {}, core }, job, signal);
  const after = await cpuMsOf(server.pid);
  const result = JSON.parse(output) as { requests: number; seconds: number; bytes: number; failed: number; p50: number; p99: number; cpuMs: number };
  if (result.failed > 0 || result.requests === 0) throw new Error(`${result.failed} of ${result.requests} requests to ${server.url} failed`);
  const cpuMs = before === null || after === null ? null : after - before;
  return {
    perSecond: result.requests / result.seconds,
    bytes: result.bytes / result.requests,
    p50: result.p50,
    p99: result.p99,
    cpuMs: cpuMs === null ? null : cpuMs / result.requests,
    loadBusy: result.cpuMs / (result.seconds * 1000),
    busy: cpuMs === null ? null : cpuMs / (result.seconds * 1000),
  };
}
