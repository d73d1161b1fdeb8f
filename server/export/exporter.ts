import type { GraphQLSchema } from 'graphql';
import type { Catalogue } from '../../db/catalogue.ts';
import { withSnapshot } from '../../db/snapshot.ts';
import type { Store } from '../../db/store.ts';
import { now } from '../../db/time/instant.ts';
import { createPreparation } from '../../execution/executor.ts';
import type { Run } from '../../execution/operation-plan.ts';
import { textsOfRows, writeHeld, writeLong } from '../../execution/row-export.ts';
import { findRows } from '../../execution/row-source.ts';
import type { Limits } from '../../loaders/budget.ts';
import { createContext, type GraphQLContext } from '../../resolvers/context.ts';
import type { EtlPath } from '../../resolvers/etl-path.ts';
import type { CostGuard } from '../cost-guard.ts';
import { IDLE_MS } from '../http.ts';
import { meteredStore } from '../meter.ts';
import type { Exchange } from '../respond.ts';
import { createSemaphore } from '../semaphore.ts';
import { untilGone } from '../until-gone.ts';
import type { ExportLibrary } from './document-library.ts';
import { createReadQuestion, type ExportQuestion, type ExportRequest } from './export-question.ts';
import { hasTag, sendFile, sendNotModified, sendRows, takeWhole } from './send-file.ts';
import { stateTag } from './state-tag.ts';

/** Answers requests for files. Throws what went wrong before anything was sent. */
export type Exporter = (request: ExportRequest, exchange: Exchange) => Promise<void>;

export interface ExporterOptions {
  readonly store: Store;
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  readonly costs: CostGuard;
  readonly documents: ExportLibrary;
  /** Left out where no document asks for jobs. */
  readonly etl?: EtlPath | undefined;
  /** Connections that are exported whole at the same time. Each holds a connection to the database and some thousand rows. */
  readonly maxConcurrent: number;
  /** A client may take nothing for so long. */
  readonly stallMs: number;
  /** A client may take so long for all of it. */
  readonly timeoutMs: number;
}

/** Exports that wait for their turn. */
const MAX_WAITING = 50;

/** Exports over a store. */
export function createExporter({ store, schema, limits, costs, documents, etl, maxConcurrent, stallMs, timeoutMs }: ExporterOptions): Exporter {
  const readQuestion = createReadQuestion(schema, documents, costs, createPreparation(schema));
  const inTurn = createSemaphore(maxConcurrent, MAX_WAITING, 'connections are being exported whole');

  /** All of one moment: a connection may be longer than what can be held, and takes its time. */
  const answerWhole = (request: ExportRequest, exchange: Exchange, metered: Store): Promise<void> =>
    inTurn(async () => {
      // It may have gone while it waited for its turn.
      if (exchange.response.destroyed) return;
      await withSnapshot(metered.readPool, async (snapshot) => {
        const catalogue = await store.catalogue.current(snapshot);
        const question = readQuestion(request, catalogue.documents);
        const present = now();
        const renewed = async (): Promise<Run> => {
          const context = createContext(
            { ...metered, readPool: snapshot },
            { limits, ingest: never, documents, etl, current: catalogue, clock: () => present },
          );
          await context.open();
          return { context, variables: question.variables };
        };
        const run = await renewed();
        const source = await findRows(run, question.layout, renewed);
        // There is less of it than a moment ago.
        if (!source.isLong)
          return sendFile(exchange, request, await takeWhole(writeHeld(question.layout, await textsOfRows(run, question.layout, source), question.mark)));
        const tag = await stateTag(source, question, request, `${store.id} ${catalogue.version}`);
        if (tag !== null && hasTag(exchange, tag)) return sendNotModified(exchange, tag);
        await sendRows(exchange, request, writeLong(question.layout, source, question.mark), { tag, stallMs, timeoutMs });
      });
    }, untilGone(exchange));

  /** By a catalogue that may have changed since it was read: false where it has, and the answer is to be made again. */
  const answerBy = async (catalogue: Catalogue, isAssumed: boolean, request: ExportRequest, exchange: Exchange, metered: Store): Promise<boolean> => {
    const question = readQuestion(request, catalogue.documents);
    const context = createContext(metered, { limits, ingest: never, documents, etl, ...(isAssumed ? { assumed: catalogue } : { current: catalogue }) });
    const found = await collect(question, context);
    if (found === 'old') return false;
    if (found === 'long') await withoutIdling(exchange, () => answerWhole(request, exchange, metered));
    else await sendFile(exchange, request, await takeWhole(found));
    return true;
  };

  return async (request, exchange) => {
    exchange.record.operation = request.name;
    const metered = meteredStore(store, exchange.record.meter);
    const { known } = store.catalogue;
    const isAnswered = known !== null && (await answerBy(known, true, request, exchange, metered).catch((error: unknown) => retryIfOld(error, known, metered)));
    if (!isAnswered) await answerBy(await store.catalogue.current(metered.readPool), false, request, exchange, metered);
  };
}

/** A client that takes nothing has a time of its own while a connection is sent whole, and the database may need some before there is anything. */
async function withoutIdling({ request: { socket } }: Exchange, send: () => Promise<void>): Promise<void> {
  socket.setTimeout(0);
  try {
    await send();
  } finally {
    socket.setTimeout(IDLE_MS);
  }
}

/** What is wrong by an old catalogue, such as the name of a document that was saved since, may be right by the current one. */
async function retryIfOld(error: unknown, known: Catalogue, { catalogue, readPool }: Store): Promise<false> {
  if (await catalogue.isCurrent(readPool, known)) throw error;
  return false;
}

/** The whole answer, not put together yet, where it is one that is held; `old` where the catalogue that it was made by is no longer the current one. */
async function collect(question: ExportQuestion, context: GraphQLContext): Promise<Generator<string> | 'long' | 'old'> {
  const run: Run = { context, variables: question.variables };
  try {
    const source = await findRows(run, question.layout, () => Promise.resolve(run));
    if (source.isLong) return 'long';
    const texts = await textsOfRows(run, question.layout, source);
    return (await context.holds()) ? writeHeld(question.layout, texts, question.mark) : 'old';
  } catch (error) {
    if (await context.holds()) throw error;
    return 'old';
  }
}

function never(): never {
  throw new Error('a query loads nothing');
}
