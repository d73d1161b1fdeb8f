import { basename } from 'node:path';
import type { RawRecord, RefusedRecord } from '../record.ts';
import type { SourceDefinition } from '../source-definition.ts';
import { headerText, joinCells } from './csv.ts';
import { type DelimitedRow, delimitedRows, isBroken } from './delimited-rows.ts';
import { ndjsonLines } from './json.ts';
import { jsonElements } from './json-elements.ts';
import { jsonRows } from './json-rows.ts';
import { lostLineEnds } from './lost-line-ends.ts';
import { malformed, type RecordChunk, UnreadableInputError } from './reader.ts';
import { type BoundGroup, bindGroups, bindRowFilter, bindTime, describeTime, usedColumns } from './source-columns.ts';
import { textBlocks } from './text-blocks.ts';

/** Records of a file as a source definition describes it. Every row gives one record for each group of readings, all with the row's index. */
export function readSource(bytes: AsyncIterable<Uint8Array>, definition: SourceDefinition, fileName: string | undefined): AsyncGenerator<RecordChunk> {
  return readSourceRows(rowsOf(bytes, definition), definition, fileName);
}

/** Records of rows of cells, the first of which names the columns, as a source definition describes them. */
export async function* readSourceRows(
  chunks: AsyncIterable<readonly DelimitedRow[]>,
  definition: SourceDefinition,
  fileName: string | undefined,
): AsyncGenerator<RecordChunk> {
  let readRow: RowReader | null = null;
  let header = '';
  let index = 0;
  for await (const rows of chunks) {
    const records: (RawRecord | RefusedRecord)[] = [];
    for (const row of rows) {
      if (readRow === null) {
        readRow = bindHeader(row, definition, fileName, records);
        header = headerText(row, delimiterOf(definition));
      } else if (isBroken(row)) records.push({ ...malformed(index++, row.message, row.raw), header });
      else readRow(row, index++, records, header);
    }
    if (records.length > 0) yield records;
  }
  if (readRow === null) throw new UnreadableInputError(`the input is empty: expected a header and rows as source definition ${definition.name} describes them`);
}

type RowReader = (cells: readonly string[], index: number, records: (RawRecord | RefusedRecord)[], header: string) => void;

function delimiterOf(definition: SourceDefinition): string {
  return definition.format === 'csv' ? definition.delimiter : ',';
}

/** Rows of cells, the first of which names the columns. */
async function* rowsOf(bytes: AsyncIterable<Uint8Array>, definition: SourceDefinition): AsyncGenerator<readonly DelimitedRow[]> {
  if (definition.format === 'csv') {
    const { header, delimiter, encoding } = definition;
    if (header !== null) yield [header];
    yield* delimitedRows(textBlocks(bytes, encoding), delimiter, header?.length ?? null);
  } else {
    const paths = [...usedColumns(definition)];
    yield [paths];
    yield* jsonRows(definition.format === 'json' ? jsonElements(bytes) : ndjsonLines(bytes), paths);
  }
}

/** Refuses columns that the definition does not know, once each. */
function bindHeader(header: DelimitedRow, definition: SourceDefinition, fileName: string | undefined, records: (RawRecord | RefusedRecord)[]): RowReader {
  if (isBroken(header)) {
    const beginning = JSON.stringify(header.raw.slice(0, 200));
    throw new UnreadableInputError(`the header does not fit source definition ${definition.name}: ${header.message}; it begins ${beginning}`);
  }
  checkColumns(header, definition);
  const refuse = (message: string) => records.push({ index: -1, code: 'UNKNOWN_METRIC', message, raw: header.join(',') });
  for (const name of unusedColumns(header, definition)) {
    refuse(`column ${JSON.stringify(name)} is neither read nor ignored by source definition ${definition.name}: it is not read`);
  }
  const groups = bindGroups(definition, header, fileName === undefined ? '' : basename(fileName));
  const readTime = bindTime(definition, header);
  const timeRule = describeTime(definition);
  const passes = bindRowFilter(definition, header);
  const delimiter = delimiterOf(definition);
  return (cells, index, into, header) => {
    if (!passes(cells)) return;
    const { time, timeText } = readTime(cells);
    for (const group of groups) {
      const record = readGroup(group, cells, index, time === null ? { time, timeText, timeRule } : { time, timeText }, delimiter);
      into.push('raw' in record ? { ...record, header } : record);
    }
  };
}

function readGroup(
  group: BoundGroup,
  cells: readonly string[],
  index: number,
  time: Pick<RawRecord, 'time' | 'timeText' | 'timeRule'>,
  delimiter: string,
): RawRecord | RefusedRecord {
  const sensor = group.sensorOf(cells);
  if (sensor === '') return malformed(index, 'the record names no sensor', joinCells(cells, delimiter));
  const values: (number | undefined)[] = [];
  const texts: string[] = [];
  for (const { column, read } of group.readings) {
    const text = cells[column] ?? '';
    texts.push(text);
    values.push(text === '' ? undefined : read(text));
  }
  return { index, sensor, ...time, metrics: group.metrics, values, texts };
}

function checkColumns(header: readonly string[], definition: SourceDefinition): void {
  const found = `found ${header.map((name) => JSON.stringify(name)).join(', ')}`.slice(0, 500);
  const used = [...usedColumns(definition)];
  const missing = used.find((name) => !header.includes(name));
  const joined = missing === undefined ? '' : lostLineEnds(header, used);
  const twice = header.find((name, column) => header.indexOf(name) !== column);
  // Where line ends were lost, the cells of the rows are columns, too.
  if (twice !== undefined && joined === '')
    throw new UnreadableInputError(`the header has the column ${JSON.stringify(twice)} twice: which one counts cannot be told; ${found}`);
  if (missing !== undefined)
    throw new UnreadableInputError(`the header has no column ${JSON.stringify(missing)}, which source definition ${definition.name} reads; ${found}${joined}`);
}

function unusedColumns(header: readonly string[], definition: SourceDefinition): readonly string[] {
  const known = new Set([...usedColumns(definition), ...(definition.format === 'csv' ? definition.ignore : [])]);
  return header.filter((name) => !known.has(name));
}
