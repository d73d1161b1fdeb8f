import { basename } from 'node:path';
import type { RecordReader } from '../../db/rejected-reading.ts';
import type { RejectionCode } from '../../db/rejection-code.ts';
import { parseKeptReading } from '../load/refusal.ts';
import { type InputFormat, readRecords } from '../open-input.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import type { SourceDefinition } from '../source-definition.ts';
import { canonicalTime } from './canonical-time.ts';
import { parseDecimal } from './decimal.ts';
import { UnreadableInputError } from './reader.ts';
import { bindMetric, describeTime } from './source-columns.ts';
import { sourceTime } from './source-time.ts';

/** A record as it was refused. */
export interface Refused {
  readonly code: RejectionCode;
  readonly message: string;
  readonly record: string;
}

/** Reads one refused record again; the records in it have `index`. None: nothing in it is refused any more, and nothing of it is to be loaded. */
export type Reread = (refused: Refused, index: number) => Promise<readonly (RawRecord | RefusedRecord)[]>;

/** How records are read again that were refused by `reader`; `definition` is the one that it names, as it is now. */
export function bindReread(reader: RecordReader, definition: SourceDefinition | null, knownMetrics: ReadonlySet<string>): Reread {
  switch (reader.part) {
    case 'reading':
      return readReading(reader, definition);
    case 'record':
      return readRecord(reader, definition, knownMetrics);
    case 'header':
      return readHeader(reader, definition, knownMetrics);
  }
}

/** A reading is kept as JSON, with the texts of its source. */
function readReading(reader: RecordReader, definition: SourceDefinition | null): Reread {
  const readTime = definition === null ? canonicalTime(reader.timezone) : sourceTime(definition.time);
  const timeRule = definition === null ? {} : { timeRule: describeTime(definition) };
  const fileName = basename(reader.fileName ?? '');
  return async ({ code, message, record }, index) => {
    const { time: timeText, sensor, metric, value: text } = parseKeptReading(record);
    const read = definition === null ? parseDecimal : bindMetric(definition, fileName, sensor, metric);
    if (read === null) return [{ index, code, message, raw: record }];
    const time = readTime(timeText);
    return [{ index, sensor, time, timeText, ...(time === null ? timeRule : {}), metrics: [metric], values: [read(text)], texts: [text] }];
  };
}

/** A record is kept as it was written: it is read as an input of its own. */
function readRecord(reader: RecordReader, definition: SourceDefinition | null, knownMetrics: ReadonlySet<string>): Reread {
  const format = formatOf(reader, definition);
  return async ({ code, record }, index) => {
    const refuse = (message: string): RefusedRecord => ({
      index,
      code,
      message,
      raw: record,
      ...(reader.header === undefined ? {} : { header: reader.header }),
    });
    const found = await readInput(inputOf(format, reader.header, record), { format, reader, knownMetrics });
    if (typeof found === 'string') return [refuse(found)];
    return found.filter((one) => one.index !== -1).map((one) => ({ ...one, index }));
  };
}

/** Of a header one column was refused: it is again, or its values are to be loaded from their file. */
function readHeader(reader: RecordReader, definition: SourceDefinition | null, knownMetrics: ReadonlySet<string>): Reread {
  const format = formatOf(reader, definition);
  return async ({ code, message, record }) => {
    const found = await readInput(`${record}\n`, { format, reader, knownMetrics });
    if (typeof found === 'string') return [{ index: -1, code, message: found, raw: record }];
    const again = found.filter((one) => 'raw' in one).find((one) => one.index === -1 && columnOf(one.message) === columnOf(message));
    return again === undefined ? [] : [{ index: -1, code, message: again.message, raw: record }];
  };
}

/** What the refusal of a column begins with. */
function columnOf(message: string): string {
  return /^column "(?:[^"\\]|\\.)*"/.exec(message)?.[0] ?? message;
}

function formatOf({ format, header, fileName }: RecordReader, definition: SourceDefinition | null): InputFormat {
  // It was decoded when it was refused.
  const decoded = definition?.format === 'csv' ? { ...definition, encoding: 'utf-8' as const } : definition;
  if (decoded !== null) return { kind: 'source', definition: decoded, ...(fileName === undefined ? {} : { fileName }) };
  if (header !== undefined) return { kind: 'csv' };
  return { kind: format === 'source' ? 'csv' : format };
}

function inputOf(format: InputFormat, header: string | undefined, record: string): string {
  const form = format.kind === 'source' ? format.definition.format : format.kind;
  if (form === 'json') return `[${record}]`;
  const isNamed = format.kind === 'source' && format.definition.format === 'csv' && format.definition.header !== null;
  return form === 'csv' && header !== undefined && !isNamed ? `${header}\n${record}\n` : `${record}\n`;
}

interface Reading {
  readonly format: InputFormat;
  readonly reader: RecordReader;
  readonly knownMetrics: ReadonlySet<string>;
}

/** The records of an input, or why it cannot be read. */
async function readInput(text: string, { format, reader, knownMetrics }: Reading): Promise<readonly (RawRecord | RefusedRecord)[] | string> {
  const options = { knownMetrics, ...(reader.timezone === undefined ? {} : { timezone: reader.timezone }) };
  const found: (RawRecord | RefusedRecord)[] = [];
  try {
    for await (const chunk of readRecords(bytesOf(text), format, options)) found.push(...chunk);
  } catch (error) {
    if (error instanceof UnreadableInputError) return error.message;
    throw error;
  }
  return found;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
