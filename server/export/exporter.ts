import type { GraphQLSchema } from 'graphql';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Store } from '../../db/store.ts';
import { createPreparation } from '../../execution/executor.ts';
import { exportRows } from '../../execution/row-export.ts';
import type { Limits } from '../../loaders/budget.ts';
import { createContext, type GraphQLContext } from '../../resolvers/context.ts';
import type { CostGuard } from '../cost-guard.ts';
import { meteredStore } from '../meter.ts';
import type { Exchange } from '../respond.ts';
import type { ExportLibrary } from './document-library.ts';
import { createReadQuestion, type ExportQuestion, type ExportRequest } from './export-question.ts';
import { sendFile } from './send-file.ts';

/** Answers requests for files. */
export interface Exporter {
  answer(request: ExportRequest, exchange: Exchange): Promise<void>;
}

export interface ExporterOptions {
  readonly store: Store;
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  readonly costs: CostGuard;
  readonly documents: ExportLibrary;
}

/** Exports over a store. */
export function createExporter({ store, schema, limits, costs, documents }: ExporterOptions): Exporter {
  const readQuestion = createReadQuestion(schema, documents, costs, createPreparation(schema));

  /** The whole answer; null where the catalogue that it was made by is no longer the current one. */
  const collect = async (question: ExportQuestion, context: GraphQLContext): Promise<string | null> => {
    const texts: string[] = [];
    try {
      for await (const text of exportRows({ context, variables: question.variables }, question.rows, question.format)) texts.push(text);
    } catch (error) {
      if (await context.holds()) throw error;
      return null;
    }
    return (await context.holds()) ? texts.join('') : null;
  };

  return {
    async answer(request, exchange) {
      exchange.record.operation = request.name;
      const metered = meteredStore(store, exchange.record.meter);
      const answerBy = async (catalogue: Catalogue, assumed: Catalogue | null): Promise<boolean> => {
        const question = readQuestion(request, catalogue.documents);
        const context = createContext(metered, { limits, ingest: never, documents, ...(assumed === null ? { current: catalogue } : { assumed }) });
        const text = await collect(question, context);
        if (text === null) return false;
        await sendFile(exchange, request, question.bom ? `\ufeff${text}` : text);
        return true;
      };
      const known = store.catalogue.known;
      if (known !== null) {
        try {
          if (await answerBy(known, known)) return;
        } catch (error) {
          // What is wrong by an old catalogue, such as the name of a document that was saved since, may be right by the current one.
          if (await store.catalogue.isCurrent(metered.readPool, known)) throw error;
        }
      }
      await answerBy(await store.catalogue.current(metered.readPool), null);
    },
  };
}

function never(): never {
  throw new Error('a query loads nothing');
}
