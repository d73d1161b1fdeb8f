import { didYouMean } from '../../db/nearest-name.ts';
import { usedColumns } from '../read/source-columns.ts';
import { isEpoch } from '../source-schema.ts';
import { ConnectError } from './connect-error.ts';
import type { DatabaseSource } from './database-schema.ts';
import type { ReadMapping } from './read-mapping.ts';
import type { ColumnKind, TextColumn } from './text-rows.ts';

/** By what number a time is told; `digits`: seconds or milliseconds by how many they are. */
export type EpochUnit = 'digits' | 'seconds' | 'milliseconds';

/** The one column that tells when a row was measured. */
export interface TimeColumn extends TextColumn {
  readonly unit: EpochUnit;
  /** Of its clock. */
  readonly timezone: string | null;
}

/** Which columns of a table are read, and as what. */
export interface DatabaseColumns {
  /** Whether the database tells what columns there are; not of an empty table, where the driver tells none. */
  readonly isKnown: boolean;
  readonly read: readonly string[];
  /** What the columns that are read stand for, at the same positions. */
  readonly names: readonly string[];
  readonly key: readonly string[];
  /** null: times are put together from several columns, or counted. */
  readonly time: TimeColumn | null;
  kindOf(column: string): ColumnKind;
}

/** Sorts out the columns of a table or query. Throws ConnectError where one is missing. */
export function databaseColumns(source: DatabaseSource, mapping: ReadMapping, found: readonly TextColumn[]): DatabaseColumns {
  const kinds = new Map(found.map(({ name, kind }) => [name, kind]));
  const { read, names } = readColumns(source, mapping, found);
  const key = source.key ?? defaultKey(read, names, mapping);
  const isKnown = found.length > 0;
  for (const column of [...read, ...key, ...(source.incremental === null ? [] : [source.incremental.column])]) {
    if (isKnown && !kinds.has(column)) throw missing(column, found);
  }
  for (const column of key) {
    if (kinds.get(column) === 'inexact')
      throw new ConnectError(`the column ${JSON.stringify(column)} is a floating point number, by which rows cannot be told apart: name others under "key"`);
  }
  const kindOf = (column: string) => kinds.get(column) ?? 'text';
  return { isKnown, read, names, key, time: timeColumn(read, names, mapping, kindOf), kindOf };
}

function readColumns(
  { columns, incremental, key }: DatabaseSource,
  { definition, options }: ReadMapping,
  found: readonly TextColumn[],
): Pick<DatabaseColumns, 'read' | 'names'> {
  if (columns !== null && definition !== null) throw new ConnectError('"columns" and a source definition both say what the columns are: leave one of them out');
  if (columns !== null) return { read: Object.values(columns), names: Object.keys(columns) };
  if (definition !== null) {
    const used = [...usedColumns(definition)];
    return { read: used, names: used };
  }
  // What the job names for itself is no reading.
  const own = new Set([...(incremental === null ? [] : [incremental.column]), ...(key ?? [])]);
  const isCanonical = (name: string) => ['time', 'sensor', 'metric', 'value'].includes(name) || options.knownMetrics.has(name);
  const all = found.map(({ name }) => name).filter((name) => isCanonical(name) || !own.has(name));
  for (const name of ['time', 'sensor']) if (found.length > 0 && !all.includes(name)) throw missing(name, found);
  return { read: all, names: all };
}

function defaultKey(read: readonly string[], names: readonly string[], { definition }: ReadMapping): readonly string[] {
  if (definition === null) return ['time', 'sensor', 'metric'].flatMap((name) => read[names.indexOf(name)] ?? []);
  const { time, readings } = definition;
  const values = new Set(readings.flatMap(({ metrics }) => metrics.map(({ column }) => column)));
  const times = time.kind === 'written' ? time.columns : [time.index];
  return [...times, ...read.filter((column) => !times.includes(column) && !values.has(column))];
}

function timeColumn(
  read: readonly string[],
  names: readonly string[],
  { definition, options }: ReadMapping,
  kindOf: DatabaseColumns['kindOf'],
): TimeColumn | null {
  if (definition === null) {
    const name = read[names.indexOf('time')];
    return name === undefined ? null : { name, kind: kindOf(name), unit: 'digits', timezone: options.timezone ?? null };
  }
  const { time } = definition;
  const [name, ...others] = time.kind === 'written' ? time.columns : [];
  if (time.kind !== 'written' || name === undefined || others.length > 0) return null;
  const [format] = time.formats;
  const epoch = format !== undefined && isEpoch(format) ? format : null;
  const unit = epoch === 'epoch-seconds' ? 'seconds' : 'milliseconds';
  return { name, kind: kindOf(name), unit: epoch === null ? 'digits' : unit, timezone: time.timezone };
}

function missing(column: string, found: readonly TextColumn[]): ConnectError {
  const names = found.map(({ name }) => name);
  return new ConnectError(
    `there is no column ${JSON.stringify(column)}: found ${names.map((name) => JSON.stringify(name)).join(', ')}${didYouMean(column, names)}`.slice(0, 1000),
  );
}
