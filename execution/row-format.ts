import { GraphQLEnumType, type GraphQLLeafType } from 'graphql';
import { createLeafWriter, quote } from './leaf.ts';

/** How rows are written. */
export type RowFormatName = 'csv' | 'ndjson' | 'json';

/** The text of a cell that is not null; throws where the type does not hold it. */
export type CellWriter = (value: unknown) => string;

/** How rows are written, piece by piece. A row is its cells, each behind its lead, commas between them, between `rowStart` and `rowEnd`. */
export interface RowFormat {
  /** Before the first row, given the names of the columns. */
  readonly head: (columns: readonly string[]) => string;
  /** Between two rows. */
  readonly between: string;
  /** After the last row. */
  readonly foot: string;
  readonly rowStart: string;
  readonly rowEnd: string;
  /** What stands before a cell beside the comma: its name, or nothing. */
  readonly lead: (column: string) => string;
  /** A cell without a value. */
  readonly nothing: string;
  readonly createCellWriter: (type: GraphQLLeafType) => CellWriter;
  /** A cell that holds a list, from its JSON. */
  readonly fromJson: (json: string) => string;
}

/** RFC 4180, with a line that names the columns. Empty cells are null, empty texts are quoted. */
const CSV: RowFormat = {
  head: (columns) => `${columns.map(csvText).join(',')}\r\n`,
  between: '',
  foot: '',
  rowStart: '',
  rowEnd: '\r\n',
  lead: () => '',
  nothing: '',
  createCellWriter: createCsvWriter,
  fromJson: csvText,
};

/** One JSON object a line, without nesting: the names are those of the columns. */
const NDJSON: RowFormat = {
  head: () => '',
  between: '',
  foot: '',
  rowStart: '{',
  rowEnd: '}\n',
  lead: (column) => `${quote(column)}:`,
  nothing: 'null',
  createCellWriter: createLeafWriter,
  fromJson: (json) => json,
};

/** The same objects as one array. */
const JSON_ARRAY: RowFormat = { ...NDJSON, head: () => '[', between: ',\n', foot: ']\n', rowEnd: '}' };

/** The formats by their names. */
export const ROW_FORMATS: Readonly<Record<RowFormatName, RowFormat>> = { csv: CSV, ndjson: NDJSON, json: JSON_ARRAY };

/** A text that is a number or a boolean stands as it is, everything else is text. */
function createCsvWriter(type: GraphQLLeafType): CellWriter {
  const toJson = createLeafWriter(type);
  const slowly: CellWriter = (value) => fromLeaf(toJson(value));
  if (type instanceof GraphQLEnumType) return slowly;
  switch (type.name) {
    case 'Int':
    case 'Float':
    case 'Boolean':
      return toJson;
    case 'String':
    case 'ID':
      return (value) => (typeof value === 'string' ? csvText(value) : slowly(value));
    default:
      return (value) => {
        const serialized: unknown = type.serialize(value);
        return typeof serialized === 'string' ? csvText(serialized) : slowly(value);
      };
  }
}

/** From JSON: what is quoted is text. */
function fromLeaf(json: string): string {
  if (!json.startsWith('"')) return json;
  return csvText(json.includes('\\') ? String(JSON.parse(json)) : json.slice(1, -1));
}

/** What a spreadsheet takes for the beginning of a formula, or skips to find one; those of Chinese, Japanese and Korean take the wide signs for the narrow ones. */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;
const SPECIAL = /[",\r\n]/;
/** The same two questions at once: most texts have neither. */
const SUSPECT = /[",\r\n]|^[=+\-@＝＋－＠\t]/;

/** A text as a cell. One that a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets take for "this is text". */
function csvText(text: string): string {
  if (text === '') return '""';
  if (!SUSPECT.test(text)) return text;
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return SPECIAL.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
