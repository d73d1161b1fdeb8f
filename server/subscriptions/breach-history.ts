import { numberBehind, writeBreachCursor } from '../../alerts/outbox/breach-cursor.ts';
import { selects } from '../../alerts/outbox/breach-index.ts';
import type { OutboxTail } from '../../alerts/outbox/outbox-tail.ts';
import { type BreachRow, selectBreachesAfter } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Queryable } from '../../db/pool.ts';
import type { GraphQLContext } from '../../resolvers/context.ts';
import type { BreachGroup, BreachMessage } from './breach-group.ts';
import { subjectOf } from './breach-selection.ts';
import { PageCache } from './page-cache.ts';
import type { Question } from './question.ts';
import type { Frame } from './subscription.ts';

/** What the past is told from. */
export interface HistoryOptions {
  readonly db: Queryable;
  readonly tail: OutboxTail;
  /** Up to which number breaches were given to the groups. */
  readonly givenThrough: () => number;
  /** The catalogue, of this version or a later one. */
  readonly catalogueAt: (version: number) => Promise<Catalogue>;
  readonly openContext: (catalogue: Catalogue, executions: number) => GraphQLContext;
  readonly frameOf: (question: Question, message: BreachMessage, context: () => GraphQLContext) => Frame | Promise<Frame>;
}

/** What a group is told of a stretch of numbers. */
export interface HistoryPage {
  readonly frames: readonly { readonly number: number; readonly frame: Frame }[];
  /** Of the last breach that was looked at. */
  readonly through: number;
  /** When that was recorded: every breach committed before is numbered less. */
  readonly evaluatedThrough: string;
}

interface RowPage {
  readonly rows: readonly BreachRow[];
  readonly catalogueVersion: number;
}

/** Pages begin behind multiples of this, whoever asks: so thousands who were cut off at about the same time share them. */
const PAGE = 100;
/** Characters of frames that are remembered for those who come next. */
const MOST_CHARACTERS = 64 * 1024 * 1024;
/** Rows that were read from the database, for the other groups. */
const MOST_ROWS = 10_000;

/** Tells the past, in pages: rows are read once for all groups, frames made once for all subscribers of a group. */
export class BreachHistory {
  readonly #options: HistoryOptions;
  readonly #rows = new PageCache<RowPage>(MOST_ROWS, ({ rows }) => rows.length);
  readonly #pages = new PageCache<HistoryPage>(MOST_CHARACTERS, ({ frames }) => frames.reduce((sum, { frame }) => sum + frame.json.length, PAGE));

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** The page that has the first breach after a number, of which there is one. Throws CursorExpiredError where it is no longer kept. */
  async after(group: BreachGroup, number: number): Promise<HistoryPage> {
    const start = number - (number % PAGE);
    return this.#pages.get(
      `${group.id}/${start}`,
      ({ through }) => through > number,
      () => this.#makePage(group, start, number),
    );
  }

  /** Forgets everything: the outbox is another one. */
  clear(): void {
    this.#rows.clear();
    this.#pages.clear();
  }

  async #makePage(group: BreachGroup, start: number, number: number): Promise<HistoryPage> {
    const { catalogueAt, openContext, frameOf, givenThrough } = this.#options;
    const { rows: found, catalogueVersion } = await this.#rowsAfter(start, number);
    const catalogue = await catalogueAt(catalogueVersion);
    // What is yet to be given may be of places that came later than what the group selects.
    const through = givenThrough();
    const rows = found.filter((row) => row.number <= through);
    const wanted = rows.filter((row) => selects(group.selection, subjectOf(catalogue, row)));
    const context = openContext(catalogue, wanted.length);
    const made = wanted.map(async (row) => {
      const message = { cursor: this.#cursorOf(row.number), breach: row, evaluatedThrough: row.recordedAt, live: false };
      return { number: row.number, frame: await frameOf(group.question, message, () => context) };
    });
    const last = rows.at(-1);
    return { frames: await Promise.all(made), through: last?.number ?? number, evaluatedThrough: last?.recordedAt ?? '' };
  }

  /** From memory where the tail has them. */
  #rowsAfter(start: number, number: number): Promise<RowPage> {
    const { tail } = this.#options;
    const rows = tail.remembered(start, PAGE);
    if (rows !== null) return Promise.resolve({ rows, catalogueVersion: tail.catalogueVersion });
    return this.#rows.get(
      String(start),
      (page) => (page.rows.at(-1)?.number ?? 0) > number,
      () => this.#readRows(start, number),
    );
  }

  async #readRows(start: number, number: number): Promise<RowPage> {
    const page = await selectBreachesAfter(this.#options.db, start, PAGE);
    numberBehind({ storeId: this.#options.tail.state.storeId, number }, page);
    return { rows: page.rows.filter((row) => row.number <= start + PAGE), catalogueVersion: page.catalogueVersion };
  }

  #cursorOf(number: number): string {
    return writeBreachCursor(this.#options.tail.state.storeId, number);
  }
}
