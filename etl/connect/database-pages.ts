import type { Knex } from 'knex';
import { ConnectError } from './connect-error.ts';
import type { SourceDatabase } from './database-client.ts';
import type { ColumnKind } from './text-rows.ts';

/** What is read of a database, in the order of its keyset. */
export interface PagePlan {
  /** The table, or the query as one. */
  readonly from: () => Knex.QueryBuilder;
  readonly data: readonly string[];
  /** The columns that the pages follow each other by; together they tell rows apart. */
  readonly keyset: readonly string[];
  /** Rows whose first column of the keyset is NULL are not asked for, rather than refused. */
  readonly skipsNull: boolean;
  /** Narrows what is read. */
  readonly where: (question: Knex.QueryBuilder) => void;
  readonly pageRows: number;
}

/** Rows, and beside each its keyset. */
export interface Page {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly keys: readonly (readonly string[])[];
}

/**
 * Reads page after page, each beginning where the one before ended, so that no page is dearer than the first and nothing is held open in between. The last row
 * of a page is asked for again with the next one and left out there: what the database holds for equal (a collation may not tell A from a) is not lost at the edge.
 */
export async function* readPages(db: SourceDatabase, plan: PagePlan): AsyncGenerator<Page> {
  let after: readonly Parameter[] | null = null;
  let from = '';
  let seen: ReadonlySet<string> = new Set();
  for (;;) {
    const { columns, rows } = await db.select(question(db, plan, after));
    const split = plan.data.length;
    const fresh = seen.size === 0 ? rows : rows.filter((row) => !seen.has(JSON.stringify(row)));
    const keys = fresh.map((row) => keyOf(row.slice(split), plan));
    const isLast = rows.length < plan.pageRows;
    if (fresh.length > 0) yield { rows: fresh.map((row) => row.slice(0, split)), keys };
    if (isLast) return;
    const last = keys.at(-1) ?? [];
    // All of a full page are what it began with.
    if (fresh.length === 0 || JSON.stringify(last) === from) throw indistinct(plan, `${plan.pageRows} rows and more have the same`);
    from = JSON.stringify(last);
    after = last.map((text, at) => parameterOf(text, columns[split + at]?.kind ?? 'text', db));
    const isRepeating = 2 * (rows.length - fresh.length) >= rows.length;
    seen = new Set([...(isRepeating ? seen : []), ...rows.map((row) => JSON.stringify(row))]);
  }
}

/** A value as the database compares it exactly: MySQL and MariaDB compare a number with a text as floating point. */
export function parameterOf(text: string, kind: ColumnKind, { client, knex }: Pick<SourceDatabase, 'client' | 'knex'>): Parameter {
  if (client !== 'mysql2') return text;
  return kind === 'whole' ? knex.raw('cast(? as decimal(65))', [text]) : text.replace(/Z$/, '');
}

type Parameter = string | Knex.Raw;

function question({ knex }: SourceDatabase, plan: PagePlan, after: readonly Parameter[] | null): Knex.QueryBuilder {
  const asked = plan
    .from()
    .select([...plan.data.map((name, at) => knex.ref(name).as(`c${at}`)), ...plan.keyset.map((name, at) => knex.ref(name).as(`k${at}`))]);
  plan.where(asked);
  if (after !== null) asked.where((all) => beginAt(all, plan, after));
  return asked.orderBy(plan.keyset.map((column) => ({ column, order: 'asc' as const }))).limit(plan.pageRows);
}

/** (a, b, c) ≥ (x, y, z), written out, as not all databases compare rows; for itself a ≥ x, by which an index is entered. Where a column is NULL the row is asked for, to be refused rather than lost. */
function beginAt(all: Knex.QueryBuilder, { keyset, skipsNull }: PagePlan, after: readonly Parameter[]): void {
  const value = (at: number) => after[at] ?? '';
  const from = (at: number) => (one: Knex.QueryBuilder) => {
    const column = keyset[at] ?? '';
    if (at === keyset.length - 1) one.where(column, '>=', value(at));
    else
      one.where(column, '>', value(at)).orWhere((tie) => {
        tie.where(column, value(at)).where(from(at + 1));
      });
    if (at > 0 || !skipsNull) one.orWhereNull(column);
  };
  if (skipsNull && keyset.length > 1) all.where(keyset[0] ?? '', '>=', value(0));
  all.where(from(0));
}

function keyOf(cells: readonly (string | null)[], plan: PagePlan): readonly string[] {
  return cells.map((cell, at) => {
    if (cell === null) throw indistinct(plan, `a row has NULL in ${JSON.stringify(plan.keyset[at])}, one of the`);
    return cell;
  });
}

function indistinct({ keyset }: PagePlan, what: string): ConnectError {
  return new ConnectError(
    `${what} columns that tell rows apart (${keyset.join(', ')}): name others under "key", such as the primary key, or leave such rows out by a query`,
  );
}
