import type { Instant } from '../../db/time/instant.ts';
import type { SourceDefinition } from '../source-definition.ts';
import { parseDecimal } from './decimal.ts';
import { UnreadableInputError } from './reader.ts';
import { sourceTime } from './source-time.ts';

/** One group of readings of a definition, tied to the columns of one file. */
export interface BoundGroup {
  readonly sensorOf: (cells: readonly string[]) => string;
  /** The same array for all records, as loading remembers what it looked up by it. */
  readonly metrics: readonly string[];
  readonly readings: readonly BoundReading[];
}

interface BoundReading {
  readonly column: number;
  /** undefined: nothing was measured; NaN: no finite number. */
  readonly read: (text: string) => number | undefined;
}

type Group = SourceDefinition['readings'][number];
type CsvDefinition = Extract<SourceDefinition, { format: 'csv' }>;

const PLACEHOLDER = /\{([^{}]+)\}/g;

/** The columns that a definition reads for its time, sensors, metrics and filters, whatever the file's name. */
export function usedColumns(definition: SourceDefinition): ReadonlySet<string> {
  const { time } = definition;
  return new Set([
    ...(time.kind === 'written' ? time.columns : [time.index]),
    ...definition.rows.map(({ column }) => column),
    ...definition.readings.flatMap((group) => [...sensorColumns(group), ...group.metrics.map(({ column }) => column)]),
  ]);
}

/** The groups that are for a file of this name. */
export function bindGroups(definition: SourceDefinition, header: readonly string[], fileName: string): readonly BoundGroup[] {
  const readNumber = numberReader(definition);
  const groups: BoundGroup[] = [];
  for (const group of definition.readings) {
    const match = new RegExp(group.file ?? '').exec(fileName);
    if (match === null) continue;
    groups.push({
      sensorOf: sensorReader(group, header, match.groups ?? {}),
      metrics: group.metrics.map(({ metric }) => metric),
      readings: group.metrics.map(({ column, factor, offset }) => ({ column: header.indexOf(column), read: converted(readNumber, factor, offset) })),
    });
  }
  if (groups.length === 0) throw new UnreadableInputError(noGroupFor(fileName, definition));
  return groups;
}

/** Reads the values of one metric as they are written in files of this name; null: the definition reads none. Where columns of one metric are written differently, that of the sensor's own group counts. */
export function bindMetric(definition: SourceDefinition, fileName: string, sensorId: string, metricId: string): ((text: string) => number | undefined) | null {
  const groups = definition.readings.filter(({ file }) => fileName === '' || new RegExp(file ?? '').test(fileName));
  const candidates = groups.flatMap(({ sensor, metrics }) => metrics.filter(({ metric }) => metric === metricId).map((reading) => ({ sensor, reading })));
  const [first] = [...candidates.filter(({ sensor }) => sensor === sensorId), ...candidates];
  return first === undefined ? null : converted(numberReader(definition), first.reading.factor, first.reading.offset);
}

function noGroupFor(fileName: string, definition: SourceDefinition): string {
  const patterns = [...new Set(definition.readings.map(({ file }) => file ?? ''))].join(' or ');
  const rule = `source definition ${definition.name} tells by the name of the file what is in it`;
  return fileName === ''
    ? `${rule}, and this input has none: it must match ${patterns}, so load the file by its path, or say its name (?file=…)`
    : `${rule}, and ${JSON.stringify(fileName)} does not match ${patterns}`;
}

/** The time of a row, and how it is written there. */
export function bindTime(definition: SourceDefinition, header: readonly string[]): (cells: readonly string[]) => { time: Instant | null; timeText: string } {
  const { time: rule } = definition;
  const readTime = sourceTime(rule);
  const columns = (rule.kind === 'written' ? rule.columns : [rule.index]).map((name) => header.indexOf(name));
  return (cells) => {
    let timeText = cells[columns[0] ?? 0] ?? '';
    for (let i = 1; i < columns.length; i++) timeText += ` ${cells[columns[i] ?? 0] ?? ''}`;
    return { time: readTime(timeText), timeText };
  };
}

/** What a time is by a definition, as the end of a sentence about one that is none. */
export function describeTime({ name, time }: SourceDefinition): string {
  const rule = `source definition ${name}`;
  if (time.kind === 'counted') return `${rule} counts times by the column ${JSON.stringify(time.index)}, which is a whole number`;
  const formats = time.formats.map((format) => JSON.stringify(format)).join(' or ');
  if (formats === '')
    return `${rule} names no format, so a time is RFC 3339${time.timezone === null ? ' with an offset (without one, its time needs a timezone)' : ''}, or digits`;
  return time.timezone === null ? `${rule} reads ${formats}` : `${rule} reads ${formats}, as the clocks of ${time.timezone} showed it`;
}

/** Whether a row passes all filters of the definition. */
export function bindRowFilter({ rows }: SourceDefinition, header: readonly string[]): (cells: readonly string[]) => boolean {
  const filters = rows.map(({ column, is, isNot }) => ({ column: header.indexOf(column), texts: new Set(is ?? isNot), wanted: is !== undefined }));
  return (cells) => filters.every(({ column, texts, wanted }) => texts.has(cells[column] ?? '') === wanted);
}

function sensorColumns({ sensor, file }: Group): string[] {
  const groups = groupNames(file);
  return [...sensor.matchAll(PLACEHOLDER)].map(([, name = '']) => name).filter((name) => !groups.has(name));
}

function groupNames(file: string | undefined): ReadonlySet<string> {
  // Matching nothing too, the pattern tells the names of its groups.
  return new Set(Object.keys(new RegExp(`${file ?? ''}|`).exec('')?.groups ?? {}));
}

/** A placeholder that names both a group of the file's name and a column means the group. */
function sensorReader({ sensor }: Group, header: readonly string[], fileGroups: Readonly<Record<string, string>>): (cells: readonly string[]) => string {
  const template = sensor.replace(PLACEHOLDER, (whole, name: string) => fileGroups[name] ?? whole);
  const [first, ...others] = [...template.matchAll(PLACEHOLDER)];
  if (first === undefined) return () => template;
  if (others.length === 0 && first[0] === template) {
    const column = header.indexOf(first[1] ?? '');
    return (cells) => cells[column] ?? '';
  }
  return (cells) => template.replace(PLACEHOLDER, (_whole, name: string) => cells[header.indexOf(name)] ?? '');
}

function numberReader(definition: SourceDefinition): (text: string) => number | undefined {
  const missing = new Set(definition.missing);
  const parse = definition.format === 'csv' ? numberParser(definition) : parseDecimal;
  // Markers such as NA are no numbers, and then only what is no number needs the look.
  if ([...missing].every((marker) => Number.isNaN(parse(marker)))) {
    return (text) => {
      const value = parse(text);
      return Number.isNaN(value) && missing.has(text) ? undefined : value;
    };
  }
  return (text) => (missing.has(text) ? undefined : parse(text));
}

function numberParser({ decimalComma, thousandsSeparator }: Pick<CsvDefinition, 'decimalComma' | 'thousandsSeparator'>): (text: string) => number {
  const parse = decimalComma ? parseDecimalComma : parseDecimal;
  if (thousandsSeparator === null) return parse;
  const separator = `\\u{${thousandsSeparator.codePointAt(0)?.toString(16)}}`;
  const grouped = new RegExp(`^[+-]?\\d{1,3}(?:${separator}\\d{3})+(?:${decimalComma ? ',' : '\\.'}\\d*)?$`, 'u');
  return (text) => {
    if (!text.includes(thousandsSeparator)) return parse(text);
    return grouped.test(text) ? parse(text.replaceAll(thousandsSeparator, '')) : Number.NaN;
  };
}

/** A point is refused: where the comma is the decimal sign it separates thousands, and 1.234 would silently be read as little more than 1. */
function parseDecimalComma(text: string): number {
  return text.includes('.') ? Number.NaN : parseDecimal(text.replace(',', '.'));
}

function converted(read: (text: string) => number | undefined, factor: number, offset: number): (text: string) => number | undefined {
  if (factor === 1 && offset === 0) return read;
  return (text) => {
    const value = read(text);
    if (value === undefined) return undefined;
    const result = value * factor + offset;
    return Number.isFinite(result) ? result : Number.NaN;
  };
}
