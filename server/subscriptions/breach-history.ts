import { numberBehind, writeBreachCursor } from '../../alerts/outbox/breach-cursor.ts';
import { selects } from '../../alerts/outbox/breach-index.ts';
import type { OutboxTail } from '../../alerts/outbox/outbox-tail.ts';
import { type BreachRow, selectBreachesAfter } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Queryable } from '../../db/pool.ts';
import type { BreachGroup, BreachMessage } from './breach-group.ts';
import { subjectOf } from './breach-selection.ts';
import type { FrameContext } from './frames.ts';
import { PageCache } from './page-cache.ts';
import { charactersOf, PieceSize } from './piece.ts';
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
  readonly openContext: (catalogue: Catalogue) => FrameContext;
  readonly frameOf: (question: Question, message: BreachMessage, context: () => FrameContext) => Frame | Promise<Frame>;
  /** Whether something has to be loaded for the frames of a question, as far as is known. */
  readonly loads: (question: Question) => boolean;
  /** Goes on as soon as little enough is being loaded for frames. */
  readonly whenRoom: <T>(work: () => Promise<T>) => Promise<T>;
}

interface NumberedFrame {
  readonly number: number;
  readonly frame: Frame;
}

/** What a group is told of a stretch of numbers. */
export interface HistoryPage {
  readonly frames: readonly NumberedFrame[];
  /** Of the last breach that was looked at. */
  readonly through: number;
  /** When that was recorded: every breach committed before is numbered less. */
  readonly evaluatedThrough: string;
  /** There are more breaches that begin with the page, but their frames would be too long together. */
  readonly isCut: boolean;
}

interface RowPage {
  readonly rows: readonly BreachRow[];
  readonly catalogueVersion: number;
}

/** Pages begin behind multiples of this, whoever asks: so thousands who were cut off at about the same time share them. */
const PAGE = 100;
/** Characters of frames with which a page ends before its time: each subscriber that is told the past has a page in hand. */
const MOST_OF_PAGE = 1024 * 1024;
/** Characters of frames that are remembered for those who come next. */
const MOST_CHARACTERS = 64 * 1024 * 1024;
/** Rows that were read from the database, for the other groups. */
const MOST_ROWS = 10_000;

/** Tells the past, in pages: rows are read once for all groups, frames made once for all subscribers of a group. */
export class BreachHistory {
  readonly #options: HistoryOptions;
  readonly #rows = new PageCache<RowPage>(MOST_ROWS, ({ rows }) => rows.length);
  readonly #pages = new PageCache<HistoryPage>(MOST_CHARACTERS, ({ frames }) => PAGE + charactersOf(frames.map(frameIn)));

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** The page that has the first breach after a number, of which there is one. Throws CursorExpiredError where it is no longer kept. */
  async after(group: BreachGroup, number: number): Promise<HistoryPage> {
    const page = await this.#pageFrom(group, number - (number % PAGE), number);
    return page.isCut && page.through <= number ? this.#pageFrom(group, number, number) : page;
  }

  /** Forgets everything: the outbox is another one. */
  clear(): void {
    this.#rows.clear();
    this.#pages.clear();
  }

  #pageFrom(group: BreachGroup, start: number, number: number): Promise<HistoryPage> {
    return this.#pages.get(
      `${group.id}/${start}`,
      ({ through, isCut }) => isCut || through > number,
      () => this.#makePage(group, start, number),
    );
  }

  async #makePage(group: BreachGroup, start: number, number: number): Promise<HistoryPage> {
    const { catalogueAt, givenThrough } = this.#options;
    const { rows: found, catalogueVersion } = await this.#rowsAfter(start - (start % PAGE), number);
    const catalogue = await catalogueAt(catalogueVersion);
    // What is yet to be given may be of places that came later than what the group selects.
    const through = givenThrough();
    const rows = found.filter((row) => row.number > start && row.number <= through);
    const wanted = rows.filter((row) => selects(group.selection, subjectOf(catalogue, row)));
    const frames = await this.#makeFrames(group.question, wanted, catalogue);
    const isCut = frames.length < wanted.length;
    const last = isCut ? wanted[frames.length - 1] : rows.at(-1);
    return { frames, through: last?.number ?? number, evaluatedThrough: last?.recordedAt ?? '', isCut };
  }

  /** Of as many of the rows as fit into a page, piece by piece. */
  async #makeFrames(question: Question, rows: readonly BreachRow[], catalogue: Catalogue): Promise<readonly NumberedFrame[]> {
    const { openContext, frameOf, loads, whenRoom } = this.#options;
    const frames: NumberedFrame[] = [];
    const piece = new PieceSize();
    for (let length = 0; frames.length < rows.length && length < MOST_OF_PAGE; ) {
      const next = rows.slice(frames.length, frames.length + piece.size);
      const make = () => {
        const context = openContext(catalogue);
        return Promise.all(
          next.map(async (row) => {
            const message = { cursor: this.#cursorOf(row.number), breach: row, evaluatedThrough: row.recordedAt, live: false };
            return { number: row.number, frame: await frameOf(question, message, () => context) };
          }),
        );
      };
      // What is there already is told while the database cannot be reached, too.
      const made = await (loads(question) ? whenRoom(make) : make());
      frames.push(...made);
      piece.learn(made.map(frameIn));
      length += charactersOf(made.map(frameIn));
    }
    return frames;
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

function frameIn({ frame }: NumberedFrame): Frame {
  return frame;
}
