import { checkText } from '../db/check-input.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import type { RejectReader } from '../db/rejected-reading.ts';
import type { Store } from '../db/store.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import { findSourceDefinition } from '../etl/find-source-definition.ts';
import { ingest } from '../etl/ingest.ts';
import { IngestInterruptedError } from '../etl/ingest-interrupted-error.ts';
import { type InputFormat, readRecords } from '../etl/open-input.ts';
import { prepareSource } from '../etl/prepare-source.ts';
import type { IngestSummary } from '../etl/record.ts';
import { toPublicError } from './format-error.ts';
import { type Endpoint, IDLE_MS, statusOf } from './http.ts';
import { HttpError } from './http-error.ts';
import { createIdempotency, type Fingerprint, type Idempotency, readIdempotencyKey } from './idempotency.ts';
import { meteredStore } from './meter.ts';
import { chunksOf, readContentType } from './request-body.ts';
import { type Exchange, sendErrors, sendJson } from './respond.ts';
import { createSemaphore } from './semaphore.ts';
import { untilGone } from './until-gone.ts';

/** How inputs are loaded over HTTP. */
export interface IngestEndpointOptions {
  readonly store: Store;
  readonly batchSize: number;
  /** Inputs at the same time. Each holds a batch in memory and a connection. */
  readonly maxConcurrent: number;
  /** Where source definitions of one's own are, beside the bundled ones. */
  readonly sourcesFolder: string;
  /** For how long the answer to an input with an Idempotency-Key is kept. */
  readonly idempotencyKeptMs: number;
}

/** A client may be silent for so long in the middle of its input. */
const SILENCE_MS = 60_000;

/** Inputs that wait for their turn, unread. */
const MAX_WAITING = 200;

/** POST /ingest: an input of any length through the loading path; 200 after its last batch is committed. */
export function createIngestEndpoint({ store, batchSize, maxConcurrent, sourcesFolder, idempotencyKeptMs }: IngestEndpointOptions): Endpoint {
  const inTurn = createSemaphore(maxConcurrent, MAX_WAITING, 'inputs are being loaded');
  const idempotency = createIdempotency(store, idempotencyKeptMs);
  return {
    methods: ['POST'],
    async handle(exchange) {
      const { request, record } = exchange;
      const parameters = readParameters(exchange.search);
      const key = readIdempotencyKey(request);
      const format = await readFormat(exchange, parameters, sourcesFolder);
      const loadInto = (taken: Fingerprint | null) => load(meteredStore(store, record.meter), exchange, { ...parameters, format, batchSize }, taken);
      // Of one that sends more than is read ahead nobody hears that it has gone until its turn has come, and then it takes no time.
      const wait = <T>(work: () => Promise<T>) => inTurn(work, untilGone(exchange));
      // A full database makes the client wait for longer than an idle socket may.
      request.socket.setTimeout(0);
      try {
        if (key === null) sendJson(exchange, 200, await wait(() => loadInto(null)));
        else await answerOnce({ exchange, idempotency, key, parameters: fingerprinted(exchange, parameters), load: (taken) => loadInto(taken), wait });
      } catch (error) {
        if (!exchange.response.destroyed) answerInterrupted(exchange, error);
      } finally {
        request.socket.setTimeout(IDLE_MS);
      }
    },
  };
}

interface KeyedLoad {
  readonly exchange: Exchange;
  readonly idempotency: Idempotency;
  readonly key: string;
  readonly parameters: string;
  readonly load: (taken: Fingerprint) => Promise<unknown>;
  readonly wait: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Loads what comes for the first time with its key, and answers what comes again as it was answered before. */
async function answerOnce({ exchange, idempotency, key, parameters, load, wait }: KeyedLoad): Promise<void> {
  const replay = () => idempotency.replay(key, parameters, (taken) => takeRest(exchange, taken));
  const known = await replay();
  const loaded = known === null ? await wait(() => idempotency.once(key, parameters, load)) : null;
  if (loaded !== null) sendJson(exchange, 200, loaded);
  else sendJson(exchange, 200, known ?? (await replay()), { 'idempotency-replayed': 'true' });
}

/** What the answer to an input depends on beside its body. */
function fingerprinted({ request }: Exchange, { register, timezone, source, file }: Parameters): string {
  const content = readContentType(request);
  return JSON.stringify([register, timezone ?? null, source ?? null, file ?? null, content?.type ?? null, content?.charset ?? null]);
}

/** What is left of the body, as fast as it comes. */
async function takeRest({ request, stopping }: Exchange, taken: Fingerprint): Promise<void> {
  for await (const chunk of chunksOf(request, () => SILENCE_MS, stopping)) taken.update(chunk);
}

async function load(
  store: Store,
  exchange: Exchange,
  options: Parameters & { readonly format: InputFormat; readonly batchSize: number },
  taken: Fingerprint | null,
): Promise<Answer> {
  const { format, register, timezone, source, file, batchSize } = options;
  // It may have gone while it waited for its turn.
  if (exchange.response.destroyed) throw new HttpError(400, 'REQUEST_ABORTED', 'the client went away before its turn had come');
  if (format.kind === 'source') await prepareSource(store, format.definition);
  const { metrics } = await store.catalogue.current(store.readPool);
  const zone = timezone === undefined ? {} : { timezone };
  const records = readRecords(readBytes(exchange, format, taken), format, { knownMetrics: new Set(metrics.keys()), ...zone });
  const reader: RejectReader = {
    format: format.kind,
    register,
    ...zone,
    ...(source === undefined ? {} : { definition: source }),
    ...(file === undefined ? {} : { fileName: file }),
  };
  const summary = await ingest(store, records, { register, batchSize, inParts: true, origin: { source: 'POST /ingest', run: null, reader } });
  if (taken !== null) await takeRest(exchange, taken);
  const { rejected: _shown, ...counts } = summary;
  exchange.log[summary.rejectedCount > 0 ? 'warn' : 'info'](counts, 'ingested');
  return toAnswer(summary);
}

type Answer = ReturnType<typeof toAnswer>;

function toAnswer({ received, loaded, corrected, unchanged, derived, rejected, rejectedCount, breaches }: IngestSummary) {
  return { received, loaded, corrected, unchanged, derived, rejected, rejectedCount, breaches };
}

/** Says why the load ended and how many leading records are safe. */
function answerInterrupted(exchange: Exchange, error: unknown): void {
  if (!(error instanceof IngestInterruptedError)) throw error;
  const told = toPublicError(error, exchange.log);
  sendErrors(exchange, error.cause instanceof HttpError ? error.cause.status : statusOf(told.extensions.code), [told]);
}

interface Parameters {
  readonly register: boolean;
  readonly timezone: string | undefined;
  readonly source: string | undefined;
  /** The name of the file, where a source definition tells by it what is in the file. */
  readonly file: string | undefined;
}

const PARAMETERS = ['register', 'timezone', 'source', 'file'];

function readParameters(search: string): Parameters {
  const given = new URLSearchParams(search);
  for (const [name, value] of given) {
    if (!PARAMETERS.includes(name)) throw new InvalidArgumentError(name, value, `the parameters of /ingest are ${PARAMETERS.join(', ')}`);
    if (given.getAll(name).length > 1) throw new InvalidArgumentError(name, given.getAll(name), 'a parameter is given once');
  }
  const register = given.get('register') ?? 'false';
  if (register !== 'true' && register !== 'false') throw new InvalidArgumentError('register', register, 'it must be true or false');
  const timezone = given.get('timezone') ?? undefined;
  if (timezone !== undefined) zoneClock(timezone);
  const source = given.get('source') ?? undefined;
  const file = given.get('file') ?? undefined;
  if (file !== undefined) checkText('file', file);
  if (file !== undefined && source === undefined)
    throw new InvalidArgumentError('file', file, 'the name of a file says something to a source definition only: name one too (?source=…)');
  return { register: register === 'true', timezone, source, file };
}

const CURL_HINT = "; with curl: --data-binary @readings.csv -H 'content-type: text/csv'";

const FORMATS: ReadonlyMap<string, InputFormat> = new Map([
  ['text/csv', { kind: 'csv' }],
  ['application/x-ndjson', { kind: 'ndjson' }],
  ['application/json', { kind: 'json' }],
]);

async function readFormat({ request }: Exchange, { source, file }: Parameters, sourcesFolder: string): Promise<InputFormat> {
  const content = readContentType(request);
  const format = FORMATS.get(content?.type ?? '');
  if (format === undefined) {
    throw new HttpError(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      `content-type is ${JSON.stringify(request.headers['content-type'] ?? null)}, but an input is ${[...FORMATS.keys()].join(', ')}${CURL_HINT}`,
    );
  }
  if (!['identity', 'gzip'].includes(request.headers['content-encoding'] ?? 'identity')) {
    throw new HttpError(
      415,
      'UNSUPPORTED_ENCODING',
      `content-encoding is ${JSON.stringify(request.headers['content-encoding'])}, but an input is gzip or as it is`,
      { 'accept-encoding': 'gzip' },
    );
  }
  if (source !== undefined)
    return { kind: 'source', definition: await findSourceDefinition(source, sourcesFolder), ...(file === undefined ? {} : { fileName: file }) };
  if ((content?.charset ?? 'utf-8') !== 'utf-8')
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', `the charset is ${content?.charset}, but an input without a source is in UTF-8`);
  return format;
}

/** The bytes as sent: what reads records knows gzip by its first two, so a mismatch with the header is told here. */
async function* readBytes({ request, stopping }: Exchange, format: InputFormat, taken: Fingerprint | null): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunksOf(request, () => SILENCE_MS, stopping)) {
    if (isFirst && request.headers['content-encoding'] === 'gzip' && chunk[0] !== 0x1f) {
      throw new HttpError(400, 'UNREADABLE_INPUT', 'content-encoding is "gzip", but the body is not gzip');
    }
    isFirst = false;
    taken?.update(chunk);
    yield chunk;
  }
  // A pipe that has nothing to say today sends no line.
  if (isFirst && format.kind !== 'ndjson') throw new HttpError(400, 'UNREADABLE_INPUT', `the body is empty${CURL_HINT}`);
}
