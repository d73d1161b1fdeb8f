import { composeDirect, directRollup, toDirectAnswer } from './aggregate-direct.ts';
import type { AggregateAnswer, AggregateQuestion } from './aggregate-question.ts';
import { type AggregateRow, type CurrentRow, composeCurrent, composeExact, type Statement, toAnswer } from './aggregate-statement.ts';
import type { Queryable } from './pool.ts';

/**
 * Answers a planned question in one statement, hence one snapshot. Where no piece needs readings, the rollups alone are asked first, on condition that nothing
 * is stale, which that same statement looks up; only if something is, the statement follows that reads around it.
 */
export async function selectAggregates(db: Queryable, question: AggregateQuestion): Promise<AggregateAnswer> {
  return (await selectCurrent(db, question)) ?? toAnswer(await select<AggregateRow>(db, composeExact(question)), question);
}

/** null where the rollups are behind, or are not enough: what held, and for how long, they do not know. */
async function selectCurrent(db: Queryable, question: AggregateQuestion): Promise<AggregateAnswer | null> {
  if (question.held !== null) return null;
  const rollup = directRollup(question);
  if (rollup !== null) {
    const rows = await select<CurrentRow>(db, composeDirect(question, rollup));
    return rows[0]?.isStale === true ? null : toDirectAnswer(rows, question);
  }
  if (question.plan.pieces.some(({ source }) => source === 'reading')) return null;
  const rows = await select<CurrentRow>(db, composeCurrent(question));
  return rows[0]?.isStale === true ? null : toAnswer(rows, question);
}

async function select<R extends object>(db: Queryable, statement: Statement): Promise<readonly R[]> {
  const { rows } = await db.query<R & Record<string, unknown>>(statement);
  return rows;
}
