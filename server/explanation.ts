import { InvalidArgumentError } from '../db/errors.ts';
import type { Store } from '../db/store.ts';
import type { Explain, ExplainedPlan } from '../loaders/explained-plan.ts';
import { watchedStore } from './meter.ts';

/** One statement that a request sent. */
export interface ExplainedStatement {
  /** Its name, or the words of its tag, or how it begins. */
  readonly name: string;
  /** As many as it gave or changed; null where it failed, or where they went by as a stream. */
  rows: number | null;
  /** From being sent to the last row, waiting for a connection included. */
  durationMs: number;
}

/** What a client is told of its request, where it asks: what it cost, which statements it sent, how its aggregates were planned. */
export class Explanation {
  readonly cost: number;
  readonly costLimit: number;
  readonly statements: ExplainedStatement[] = [];
  readonly plan: ExplainedPlan[] = [];
  /** Hears of plans. */
  readonly hear: Explain = (plan) => {
    this.plan.push(plan);
  };

  constructor(cost: number, costLimit: number) {
    this.cost = cost;
    this.costLimit = costLimit;
  }

  /** The same store, with every statement that is sent through it noted here. */
  watch(store: Store): Store {
    return watchedStore(store, (statement, send) => this.#note(statement, send));
  }

  toJSON(): object {
    const { cost, costLimit, statements, plan } = this;
    return { cost, costLimit, statements: statements.map(({ durationMs, ...rest }) => ({ ...rest, durationMs: Math.round(durationMs * 1000) / 1000 })), plan };
  }

  #note<T>(statement: unknown, send: () => T): T {
    const noted: ExplainedStatement = { name: nameOf(statement), rows: null, durationMs: 0 };
    this.statements.push(noted);
    const startedAt = performance.now();
    const done = (result: unknown) => {
      noted.durationMs = performance.now() - startedAt;
      noted.rows = rowsOf(result);
    };
    const sent = send();
    if (sent instanceof Promise) sent.then(done, () => done(null));
    return sent;
  }
}

/** Whether a request asks to be explained. Throws InvalidArgumentError where it says neither yes nor no. */
export function asksToBeExplained(extensions: unknown): boolean {
  if (typeof extensions !== 'object' || extensions === null || !('explain' in extensions)) return false;
  const { explain } = extensions;
  if (typeof explain === 'boolean' || explain === null) return explain === true;
  throw new InvalidArgumentError('extensions.explain', explain, 'it is true or false');
}

/** What a statement without name and tag is told by. */
const LONGEST_NAME = 60;

function nameOf(statement: unknown): string {
  if (typeof statement === 'object' && statement !== null) {
    if ('name' in statement && typeof statement.name === 'string') return statement.name;
    return 'text' in statement ? nameOf(statement.text) : 'stream';
  }
  const text = String(statement).trim();
  return /^\/\*\s*(.*?)\s*\*\//s.exec(text)?.[1] ?? text.replace(/\s+/g, ' ').slice(0, LONGEST_NAME);
}

function rowsOf(result: unknown): number | null {
  return typeof result === 'object' && result !== null && 'rowCount' in result && typeof result.rowCount === 'number' ? result.rowCount : null;
}
