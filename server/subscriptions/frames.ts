import { setTimeout } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Store } from '../../db/store.ts';
import { createDirectExecutor, type DirectExecutor, type ExecutedAnswer } from '../../execution/executor.ts';
import { JsonText } from '../../execution/json-text.ts';
import { MAX_ERRORS } from '../../execution/json-writer.ts';
import type { Limits } from '../../loaders/budget.ts';
import { createContext, type GraphQLContext } from '../../resolvers/context.ts';
import { formatError, toPublicError } from '../format-error.ts';
import type { Question } from './question.ts';

/** What frames are made with. */
export interface FrameOptions {
  readonly schema: GraphQLSchema;
  readonly store: Store;
  /** Of one execution, as of one request. */
  readonly limits: Limits;
  readonly log: Logger;
}

/** Time until a frame that lacked the database is made again. */
const RETRY_MS = 500;

/** Makes the frames of subscriptions: one execution and one text for all who asked the same question. */
export class FrameMaker {
  readonly #options: FrameOptions;
  readonly #execute: DirectExecutor;
  readonly #stopping = new AbortController();
  #made = 0;

  constructor(options: FrameOptions) {
    this.#options = options;
    this.#execute = createDirectExecutor(options.schema);
  }

  /** How many executions there were so far. */
  get made(): number {
    return this.#made;
  }

  /** A context for so many executions at about the same time: what they load is loaded for all of them together. Their limits add up. */
  openContext(catalogue: Catalogue, executions: number): GraphQLContext {
    const { store, limits } = this.#options;
    const { maxPoints, maxReadings, maxNodes } = limits;
    const context = createContext(store, {
      limits: {
        maxPoints: maxPoints * executions,
        maxReadings: maxReadings * executions,
        ...(maxNodes === undefined ? {} : { maxNodes: maxNodes * executions }),
      },
      ingest: () => Promise.reject(new Error('a subscription loads nothing')),
      current: catalogue,
    });
    void context.open();
    return context;
  }

  /**
   * The JSON text of a frame: at once where nothing had to be loaded. A frame that lacks the database is not sent without what it has to say, but made again until there is
   * one. Never rejects.
   */
  make(question: Question, payload: unknown, context: GraphQLContext): string | Promise<string> {
    this.#made += 1;
    const { document, variables } = question;
    try {
      const result = this.#execute({ document, operationName: null, variables, context, event: payload });
      return result instanceof Promise ? this.#whenLoaded(question, payload, result) : this.#write(result).json;
    } catch (error) {
      return this.#writeFailure(error);
    }
  }

  /** Makes no frame again any more. */
  stop(): void {
    this.#stopping.abort();
  }

  async #whenLoaded(question: Question, payload: unknown, result: Promise<ExecutedAnswer>): Promise<string> {
    try {
      const { json, lacksDatabase } = this.#write(await result);
      if (!lacksDatabase || this.#stopping.signal.aborted) return json;
      await setTimeout(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      const { store } = this.#options;
      const catalogue = await store.catalogue.current(store.readPool).catch(() => store.catalogue.known);
      return catalogue === null ? json : await this.make(question, payload, this.openContext(catalogue, 1));
    } catch (error) {
      return this.#writeFailure(error);
    }
  }

  #write({ data, errors }: ExecutedAnswer): { readonly json: string; readonly lacksDatabase: boolean } {
    const text = data instanceof JsonText ? data.text : JSON.stringify(data ?? null);
    if (errors === undefined) return { json: `{"data":${text}}`, lacksDatabase: false };
    const told = errors.slice(0, MAX_ERRORS).map((error) => formatError(error.toJSON(), error, this.#options.log));
    return {
      json: `{"errors":${JSON.stringify(told)},"data":${text}}`,
      lacksDatabase: told.some(({ extensions }) => extensions?.code === 'DATABASE_UNAVAILABLE'),
    };
  }

  /** graphql-js tells what goes wrong in its result; this is for what should not be. */
  #writeFailure(error: unknown): string {
    const { message, extensions } = toPublicError(error, this.#options.log);
    return JSON.stringify({ errors: [{ message, extensions }], data: null });
  }
}
