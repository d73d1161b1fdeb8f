import { parse } from 'graphql';
import type { Store } from '../../db/store.ts';
import { createContext } from '../../resolvers/context.ts';
import { createSchema } from '../../resolvers/schema.ts';
import { createRequestExecutor } from '../../server/execute-request.ts';
import { watchedStore } from '../../server/meter.ts';
import type { ScaleQuestion } from './questions.ts';

/** A statement as the gateway sends it. */
export interface SentStatement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/** How the database went about a statement. */
export interface StatementPlan {
  readonly planningMs: number;
  readonly executionMs: number;
  /** Of 8 kB, in the buffers or not. */
  readonly pages: number;
  /** Tables, partitions and chunks that are read. */
  readonly relations: number;
  /** As `explain` writes it. */
  readonly text: string;
}

const execute = createRequestExecutor(createSchema());

/** The statements that a question is answered by, once the gateway knows the store. */
export async function statementsOf(store: Store, { document, variables }: ScaleQuestion): Promise<readonly SentStatement[]> {
  const sent: SentStatement[] = [];
  const watched = watchedStore(store, (statement, send) => {
    if (isStatement(statement)) sent.push(statement);
    return send();
  });
  const ask = async () => {
    const answer = await execute(
      { document: parse(document), operationName: null, variables },
      {
        knownCatalogue: () => store.catalogue.known,
        createContext: (assumed) =>
          createContext(watched, {
            assumed,
            limits: { maxPoints: 1_000_000, maxReadings: 1_000_000_000 },
            ingest: () => Promise.reject(new Error('nothing is loaded')),
          }),
      },
    );
    if (answer.errors !== undefined) throw new Error(`the question was refused: ${JSON.stringify(answer.errors)}`);
  };
  await ask();
  sent.length = 0;
  await ask();
  return [...sent];
}

/** What `explain (analyze, buffers, timing off)` says of a statement, the best of some: as it is planned anew each time. */
export async function explain(store: Store, { text, values }: SentStatement, times = 5): Promise<StatementPlan> {
  const plans: StatementPlan[] = [];
  for (let time = 0; time < times; time += 1) {
    const { rows } = await store.readPool.query<{ 'QUERY PLAN': string }>({ text: `explain (analyze, buffers, timing off) ${text}`, values });
    const lines = rows.map((row) => row['QUERY PLAN']);
    const figure = (pattern: RegExp) => Number(lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined) ?? 0);
    const buffers = lines.find((line) => line.trim().startsWith('Buffers:')) ?? '';
    const pages = [...buffers.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    const relations = new Set(
      lines.flatMap((line) => (/CTE Scan|Subquery Scan|Bitmap Index Scan/.test(line) ? [] : (/ Scan.* on (\S+)/.exec(line)?.[1] ?? []))),
    ).size;
    plans.push({ planningMs: figure(/^Planning Time: ([\d.]+)/), executionMs: figure(/^Execution Time: ([\d.]+)/), pages, relations, text: lines.join('\n') });
  }
  return plans.reduce((best, plan) => (plan.planningMs + plan.executionMs < best.planningMs + best.executionMs ? plan : best));
}

function isStatement(statement: unknown): statement is SentStatement {
  return (
    typeof statement === 'object' &&
    statement !== null &&
    'text' in statement &&
    typeof statement.text === 'string' &&
    'values' in statement &&
    Array.isArray(statement.values)
  );
}
