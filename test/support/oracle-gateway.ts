import { type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import { JsonText } from '../../execution/json-text.ts';
import { createContext } from '../../resolvers/context.ts';
import type { ContextSource, RequestExecutor } from '../../server/execute-request.ts';
import type { AnsweredFields } from './oracle-answer.ts';

/** The gateway in this process, over a real store. */
export interface AskedGateway {
  readonly store: Store;
  readonly schema: GraphQLSchema;
  readonly executeRequest: RequestExecutor;
}

/** Asks the gateway as it is at an instant. Nothing that the oracle asks may be refused. */
export type AskGateway = (text: string, variables: Readonly<Record<string, unknown>>, now: Instant) => Promise<AnsweredFields>;

/** What came of a question. */
export interface Comparison {
  readonly differences: readonly string[];
  /** How many points or readings were compared. */
  readonly points: number;
}

/** A question that has been drawn: asks the gateway, and holds its answer against what the oracle computes. */
export type OracleCase = (ask: AskGateway) => Promise<Comparison>;

/** Documents are parsed and validated once, as a server does that remembers them. */
export function createAsk({ store, schema, executeRequest }: AskedGateway): AskGateway {
  const documents = new Map<string, DocumentNode>();
  return async (text, variables, now) => {
    const document = documents.get(text) ?? parseValid(schema, text);
    documents.set(text, document);
    const contexts: ContextSource = {
      knownCatalogue: () => store.catalogue.known,
      createContext: (assumed) =>
        createContext(store, {
          assumed,
          limits: { maxPoints: 1_000_000, maxReadings: 5_000_000 },
          ingest: () => Promise.reject(new Error('a question loads nothing')),
          clock: () => now,
        }),
    };
    const { data, errors } = await executeRequest({ document, operationName: null, variables }, contexts);
    if (errors !== undefined || !(data instanceof JsonText)) throw new Error(`the gateway answered ${JSON.stringify(errors)}`, { cause: errors?.[0] });
    return JSON.parse(data.text);
  };
}

function parseValid(schema: GraphQLSchema, text: string): DocumentNode {
  const document = parse(text);
  const [error] = validate(schema, document);
  if (error !== undefined) throw new Error(`the document is not valid: ${text}`, { cause: error });
  return document;
}
