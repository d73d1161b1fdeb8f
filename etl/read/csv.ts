import type { RawRecord, RefusedRecord } from '../record.ts';
import { unknownMetricHint } from '../unknown-metric-hint.ts';
import { canonicalTime, type ReadTime } from './canonical-time.ts';
import { copied } from './copied.ts';
import { parseDecimal } from './decimal.ts';
import { type DelimitedRow, delimitedRows, isBroken } from './delimited-rows.ts';
import { lostLineEnds } from './lost-line-ends.ts';
import { malformed, type ReadOptions, type RecordChunk, UnreadableInputError } from './reader.ts';
import { type BrokenRecord, textBlocks } from './text-blocks.ts';

const EXPECTED =
  'expected time,sensor,metric,value, or time,sensor and a column for each metric; any other form needs a source definition (--source, ?source=…)';

/** At most so many characters of unknown columns and their headers. */
const MAX_REFUSED_HEADERS = 16 * 1024 * 1024;

/** Records of a file in the canonical long (`time,sensor,metric,value`) or wide form (`time,sensor,<metric id>,…`), columns in any order. */
export function readCsv(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<RecordChunk> {
  return readCanonicalRows(delimitedRows(textBlocks(bytes, 'utf-8'), ',', null), options);
}

/** Records of rows of cells in one of the canonical forms, the first of which names the columns. */
export async function* readCanonicalRows(chunks: AsyncIterable<readonly DelimitedRow[]>, options: ReadOptions): AsyncGenerator<RecordChunk> {
  let readRow: RowReader | null = null;
  let index = 0;
  for await (const rows of chunks) {
    const records: (RawRecord | RefusedRecord)[] = [];
    for (const row of rows) {
      if (readRow === null) readRow = readHeader(row, options, records);
      else records.push(readRow(row, index++));
    }
    if (records.length > 0) yield records;
  }
  if (readRow === null) throw new UnreadableInputError(`the input is empty: ${EXPECTED}`);
}

type RowReader = (row: DelimitedRow, index: number) => RawRecord | RefusedRecord;
type CellReader = (cells: readonly string[], index: number) => RawRecord | RefusedRecord;

/** Refuses columns that nobody knows into `refused`, once each. */
function readHeader(row: DelimitedRow, options: ReadOptions, refused: (RawRecord | RefusedRecord)[]): RowReader {
  if (isBroken(row)) throw new UnreadableInputError(brokenHeader(row));
  checkHeader(row, options);
  const readTime = canonicalTime(options.timezone);
  const columns = { time: row.indexOf('time'), sensor: row.indexOf('sensor'), metric: row.indexOf('metric'), value: row.indexOf('value') };
  const long = columns.metric !== -1 && columns.value !== -1;
  const metricColumns: number[] = [];
  const unknown: string[] = [];
  for (const [column, name] of row.entries()) {
    if (column === columns.time || column === columns.sensor || (long && (column === columns.metric || column === columns.value))) continue;
    if (!long && options.knownMetrics.has(name)) metricColumns.push(column);
    else unknown.push(name);
  }
  refused.push(...unknownColumns(unknown, long, row.join(','), options.knownMetrics));
  const readCells = long
    ? longRow(readTime, columns.time, columns.sensor, columns.metric, columns.value)
    : wideRow(
        readTime,
        columns.time,
        columns.sensor,
        metricColumns,
        metricColumns.map((column) => row[column] ?? ''),
      );
  return below(headerText(row, ','), readCells);
}

/** A row that is refused keeps the header that it stands below: without it nobody could read it again. */
function below(header: string, readCells: CellReader): RowReader {
  return (row, index) => {
    const record = isBroken(row) ? malformed(index, row.message, row.raw) : readCells(row, index);
    return 'raw' in record ? { ...record, header } : record;
  };
}

/** What people try first: a spreadsheet as it is, or a file in the encoding of their country. */
function brokenHeader({ message, raw }: BrokenRecord): string {
  if (raw.startsWith('PK\u0003\u0004')) return 'the input is a spreadsheet or an archive, not text: save the sheet as CSV in UTF-8';
  if (message.includes('is not UTF-8'))
    return 'the header is not UTF-8 text: save the file as UTF-8, or name its encoding in a source definition (--source, ?source=…)';
  return `the header cannot be read (${message}): ${EXPECTED}`;
}

function checkHeader(header: readonly string[], options: ReadOptions): void {
  const found = `found ${header.map((name) => JSON.stringify(name)).join(', ')}`.slice(0, 200);
  const [only = ''] = header;
  if (header.length === 1 && /[;\t|]/.test(only)) throw new UnreadableInputError(`the header is not separated by commas, ${found}: ${EXPECTED}`);
  const joined = lostLineEnds(header, ['time', 'sensor', 'metric', 'value', ...options.knownMetrics]);
  if (joined !== '') throw new UnreadableInputError(`the header goes on as a row, ${found}${joined}`);
  if (/^\S+\.(csv|ndjson|jsonl?)(\.gz)?$/i.test(header.join(',')))
    throw new UnreadableInputError(`the input is the name of a file, ${found}: curl sends what is in a file as --data-binary @${only}`);
  for (const name of ['time', 'sensor']) {
    if (!header.includes(name)) throw new UnreadableInputError(`the header has no column "${name}", ${found}: ${EXPECTED}`);
  }
  const twice = header.find((name, column) => header.indexOf(name) !== column);
  if (twice !== undefined)
    throw new UnreadableInputError(`the header has the column ${JSON.stringify(twice)} twice: which one counts cannot be told; ${found}`);
}

/** Each is refused with the whole header, so a header that is long in both ways would fill the memory. */
function unknownColumns(names: readonly string[], long: boolean, header: string, metrics: ReadonlySet<string>): RefusedRecord[] {
  if (names.length * header.length > MAX_REFUSED_HEADERS) {
    const first = JSON.stringify((names[0] ?? '').slice(0, 100));
    throw new UnreadableInputError(`the header has ${names.length} columns that nobody knows, the first is ${first}: ${EXPECTED}`);
  }
  return names.map((name) => {
    const reason = long
      ? 'has no place beside metric and value: it is not read'
      : `is no metric of the catalogue: it is not read; ${unknownMetricHint(name, metrics)}`;
    return { index: -1, code: 'UNKNOWN_METRIC', message: `column ${JSON.stringify(name)} ${reason}`, raw: header };
  });
}

function longRow(readTime: ReadTime, time: number, sensor: number, metric: number, value: number): CellReader {
  // Long files name few metrics, many times: one array for each lets the loader look a metric up once.
  const lists = new Map<string, readonly string[]>();
  return (cells, index) => {
    const sensorId = cells[sensor] ?? '';
    if (sensorId === '') return noSensor(index, cells);
    const metricId = cells[metric] ?? '';
    let metrics = lists.get(metricId);
    if (metrics === undefined) {
      metrics = [metricId];
      // Bounded, as the names come from the input.
      if (lists.size < 1000) lists.set(metricId, metrics);
    }
    const timeText = cells[time] ?? '';
    const text = cells[value] ?? '';
    return { index, sensor: sensorId, time: readTime(timeText), timeText, metrics, values: [parseDecimal(text)], texts: [text] };
  };
}

function wideRow(readTime: ReadTime, time: number, sensor: number, columns: readonly number[], metrics: readonly string[]): CellReader {
  return (cells, index) => {
    const sensorId = cells[sensor] ?? '';
    if (sensorId === '') return noSensor(index, cells);
    const values: (number | undefined)[] = [];
    const texts: string[] = [];
    for (const column of columns) {
      const text = cells[column] ?? '';
      texts.push(text);
      values.push(text === '' ? undefined : parseDecimal(text));
    }
    const timeText = cells[time] ?? '';
    return { index, sensor: sensorId, time: readTime(timeText), timeText, metrics, values, texts };
  };
}

function noSensor(index: number, cells: readonly string[]): RefusedRecord {
  return malformed(index, 'the record names no sensor', joinCells(cells, ','));
}

/** A header as text again, for the records below it that are refused. A text of its own, so that it keeps no block of the input. */
export function headerText(header: DelimitedRow, delimiter: string): string {
  return isBroken(header) ? '' : copied(joinCells(header, delimiter));
}

/** A row as text again, with quotes where they are needed. */
export function joinCells(cells: readonly string[], delimiter: string): string {
  return cells.map((cell) => (cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter);
}
