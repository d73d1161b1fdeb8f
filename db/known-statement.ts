import pg from 'pg';

/** The columns of a statement's rows, as the answers on its connection have them. */
export interface KnownColumns {
  readonly fields: pg.FieldDef[];
  /** How the text of each is read. */
  readonly readers: readonly ((text: string) => unknown)[];
}

/** A statement with a name, and what its connection knows of it. */
export interface KnownParts {
  readonly name: string;
  readonly text: string;
  /** As the server reads them. */
  readonly parameters: string[];
  readonly columns: KnownColumns;
}

/** The columns that an answer to a client has. */
export function columnsOf({ fields }: pg.QueryResult, client: pg.Client): KnownColumns {
  return { fields, readers: fields.map(({ dataTypeID }) => readerOf(client.getTypeParser(dataTypeID, 'text'))) };
}

/** pg says of its parsers no more than `any`. */
function readerOf(parser: unknown): (text: string) => unknown {
  return isReader(parser) ? parser : String;
}

function isReader(parser: unknown): parser is (text: string) => unknown {
  return typeof parser === 'function';
}

/** Parameters as the server reads them; null where one of them is neither a text nor a number. */
export function plainParameters(values: readonly unknown[]): string[] | null {
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    texts.push(String(value));
  }
  return texts;
}

/**
 * A statement that its connection has answered before. Of others pg has the server describe the rows each time, makes the readers of their columns anew, and copies what it is given property by
 * property: 7 % of the time of a small question. The methods are those that pg calls.
 */
export class KnownStatement<R extends pg.QueryResultRow> extends pg.Query<R> {
  readonly name: string;
  readonly #parts: KnownParts;
  readonly #onAnswer: (error: Error | null, result: pg.QueryResult<R>) => void;
  readonly #answered: (readonly (string | null)[])[] = [];

  /** `onAnswer` is told of no rows where there is an error. */
  constructor(parts: KnownParts, onAnswer: (error: Error | null, result: pg.QueryResult<R>) => void) {
    super(parts.text, parts.parameters, (error) => onAnswer(error ?? null, this.#toResult([])));
    this.name = parts.name;
    this.#parts = parts;
    this.#onAnswer = onAnswer;
  }

  prepare(connection: pg.Connection): void {
    connection.bind({ statement: this.name, values: this.#parts.parameters }, true);
    connection.execute(null, true);
    connection.sync();
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#answered.push(fields);
  }

  handleCommandComplete(): void {
    // It tells how many rows there are, which are here.
  }

  handleReadyForQuery(): void {
    let rows: Record<string, unknown>[];
    try {
      rows = this.#answered.map((texts) => this.#toRow(texts));
    } catch (error) {
      this.#onAnswer(new Error(`a row of ${this.name} could not be read`, { cause: error }), this.#toResult([]));
      return;
    }
    this.#onAnswer(null, this.#toResult(rows));
  }

  /** That its rows are what the statement's author says is not checked, as with every statement that pg answers. */
  #toResult(rows: readonly pg.QueryResultRow[]): pg.QueryResult<R> {
    const result: pg.QueryResult<R> = { command: 'SELECT', rowCount: rows.length, oid: 0, fields: this.#parts.columns.fields, rows: [] };
    return Object.assign(result, { rows });
  }

  #toRow(texts: readonly (string | null)[]): Record<string, unknown> {
    const { fields, readers } = this.#parts.columns;
    const row: Record<string, unknown> = {};
    for (let place = 0; place < fields.length; place++) {
      const name = fields[place]?.name;
      const text = texts[place] ?? null;
      if (name !== undefined) row[name] = text === null ? null : readers[place]?.(text);
    }
    return row;
  }
}
