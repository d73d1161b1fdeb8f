import { setTimeout } from 'node:timers/promises';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Catalogue } from '../../db/catalogue.ts';
import { LimitExceededError } from '../../db/errors.ts';
import type { Store } from '../../db/store.ts';
import { createDirectExecutor, type DirectExecutor, type ExecutedAnswer } from '../../execution/executor.ts';
import { JsonText } from '../../execution/json-text.ts';
import { MAX_ERRORS } from '../../execution/json-writer.ts';
import { type Limits, MAX_NODES } from '../../loaders/budget.ts';
import { createContext, type GraphQLContext } from '../../resolvers/context.ts';
import type { EtlPath } from '../../resolvers/etl-path.ts';
import { formatError, toPublicError } from '../format-error.ts';
import { Gate } from './gate.ts';
import type { Question } from './question.ts';

/** What frames are made with. */
export interface FrameOptions {
  readonly schema: GraphQLSchema;
  readonly store: Store;
  /** Of one execution, as of one request. */
  readonly limits: Limits;
  /** Left out where there are no jobs. */
  readonly etl?: EtlPath | undefined;
  readonly log: Logger;
}

/** What frames are made in. */
export interface FrameContext {
  readonly context: GraphQLContext;
  readonly catalogue: Catalogue;
  /** Other frames may be made in it too, and use up what it may load. */
  readonly isShared: boolean;
}

/** A frame written, and why it may have to be made again. */
interface WrittenFrame {
  readonly json: string;
  readonly lacksDatabase: boolean;
  readonly isRefused: boolean;
}

/**
 * So much less than a request may ask for the frame of a breach: a subscription asks once and is answered for each breach, and thousands of breaches may be told at about the
 * same time. Points and readings weigh less than what a list of places or alerts has below it.
 */
const NODES_SHARE = 100;
const READINGS_SHARE = 10;

/** Time until a frame that lacked the database is made again. */
const RETRY_MS = 500;

/** Makes the frames of subscriptions: one execution and one text for all who asked the same question. */
export class FrameMaker {
  readonly #options: FrameOptions;
  readonly #execute: DirectExecutor;
  readonly #stopping = new AbortController();
  readonly #frameLimits: Limits;
  readonly #loading = new WeakSet<DocumentNode>();
  /** Frames that use up a context are made one by one. */
  readonly #largeOnes = new Gate(1);
  #made = 0;

  constructor(options: FrameOptions) {
    this.#options = options;
    this.#execute = createDirectExecutor(options.schema);
    this.#frameLimits = limitsOfFrame(options.limits);
  }

  /** How many executions there were so far. */
  get made(): number {
    return this.#made;
  }

  /** Whether something had to be loaded for a frame of this shape before. */
  loads({ document }: Question): boolean {
    return this.#loading.has(document);
  }

  /** A context for frames of breaches that are made at about the same time: what they load is loaded for all of them together, and is no more than one of them may ask for. */
  openShared(catalogue: Catalogue): FrameContext {
    return this.#open(catalogue, this.#frameLimits, true);
  }

  /** A context for one frame that may ask for as much as a request. */
  openWhole(catalogue: Catalogue): FrameContext {
    return this.#open(catalogue, this.#options.limits, false);
  }

  /**
   * The JSON text of a frame: at once where nothing had to be loaded. A frame that lacks the database is not sent without what it has to say, but made again until there is
   * one. Never rejects.
   */
  make(question: Question, payload: unknown, within: FrameContext): string | Promise<string> {
    try {
      const result = this.#begin(question, payload, within);
      if (result instanceof Promise) {
        this.#loading.add(question.document);
        return this.#whenLoaded(question, payload, within, result);
      }
      const written = this.#write(result);
      return written.isRefused && within.isShared ? this.#makeAlone(question, payload, within.catalogue) : written.json;
    } catch (error) {
      return this.#writeFailure(error);
    }
  }

  /** Makes no frame again any more. */
  stop(): void {
    this.#stopping.abort();
  }

  #open(catalogue: Catalogue, limits: Limits, isShared: boolean): FrameContext {
    const ingest = () => Promise.reject(new Error('a subscription loads nothing'));
    const context = createContext(this.#options.store, { limits, ingest, etl: this.#options.etl, current: catalogue });
    void context.open();
    return { context, catalogue, isShared };
  }

  #begin({ document, variables }: Question, payload: unknown, { context }: FrameContext): ReturnType<DirectExecutor> {
    this.#made += 1;
    return this.#execute({ document, operationName: null, variables, context, event: payload });
  }

  async #whenLoaded(question: Question, payload: unknown, within: FrameContext, result: Promise<ExecutedAnswer>): Promise<string> {
    try {
      const { json, lacksDatabase, isRefused } = this.#write(await result);
      if (isRefused && within.isShared) return await this.#makeAlone(question, payload, within.catalogue);
      return lacksDatabase ? await this.#makeLater(question, payload, json) : json;
    } catch (error) {
      return this.#writeFailure(error);
    }
  }

  /** What others asked for in the same context must not decide over a frame: with all that one may ask for to itself, it is refused for what it asks for, or not at all. */
  async #makeAlone(question: Question, payload: unknown, catalogue: Catalogue): Promise<string> {
    try {
      const within = this.#open(catalogue, this.#frameLimits, false);
      const { json, lacksDatabase } = await this.#largeOnes.pass(async () => this.#write(await this.#begin(question, payload, within)));
      return lacksDatabase ? await this.#makeLater(question, payload, json) : json;
    } catch (error) {
      return this.#writeFailure(error);
    }
  }

  /** `json` is what there is to be said if there is no later. */
  async #makeLater(question: Question, payload: unknown, json: string): Promise<string> {
    if (this.#stopping.signal.aborted) return json;
    await setTimeout(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    const { store } = this.#options;
    const catalogue = await store.catalogue.current(store.readPool).catch(() => store.catalogue.known);
    return catalogue === null ? json : await this.#makeAlone(question, payload, catalogue);
  }

  #write({ data, errors }: ExecutedAnswer): WrittenFrame {
    const text = data instanceof JsonText ? data.text : JSON.stringify(data ?? null);
    if (errors === undefined) return { json: `{"data":${text}}`, lacksDatabase: false, isRefused: false };
    const told = errors.slice(0, MAX_ERRORS).map((error) => formatError(error.toJSON(), error, this.#options.log));
    return {
      json: `{"errors":${JSON.stringify(told)},"data":${text}}`,
      lacksDatabase: told.some(({ extensions }) => extensions?.code === 'DATABASE_UNAVAILABLE'),
      isRefused: errors.some(({ originalError }) => originalError instanceof LimitExceededError),
    };
  }

  /** graphql-js tells what goes wrong in its result; this is for what should not be. */
  #writeFailure(error: unknown): string {
    const { message, extensions } = toPublicError(error, this.#options.log);
    return JSON.stringify({ errors: [{ message, extensions }], data: null });
  }
}

/** Of one frame of `breaches`, by those of one request. */
function limitsOfFrame({ maxPoints, maxReadings, maxNodes = MAX_NODES }: Limits): Limits {
  const share = (limit: number, part: number) => Math.max(1, Math.floor(limit / part));
  return { maxPoints: share(maxPoints, READINGS_SHARE), maxReadings: share(maxReadings, READINGS_SHARE), maxNodes: share(maxNodes, NODES_SHARE) };
}
