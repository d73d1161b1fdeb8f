import type { Instant } from '../../db/time/instant.ts';
import { countPeculiar, NONE_PECULIAR, PECULIAR, PECULIARITIES, type Peculiarity, type ReadingBatch, SeriesTable } from './reading-batch.ts';
import { readFrames } from './truth-frames.ts';

/** What has to be found of one series: an instant each, ascending. */
export interface SeriesTruth {
  readonly sensor: string;
  readonly metric: string;
  readonly time: Float64Array;
  /** What was sent last of the instant. */
  readonly value: Float64Array;
  /** 1 where it is not known whether what was sent has arrived: there may be anything, or nothing. */
  readonly isUncertain: Uint8Array;
}

/** What a simulation has sent, and what of it has to be found. */
export interface Truth {
  readonly series: readonly SeriesTruth[];
  /** Whoever sent something, also what has to be refused. */
  readonly sensors: readonly string[];
  /** From the first instant to behind the last; null where nothing was sent. */
  readonly window: { readonly from: Instant; readonly to: Instant } | null;
  /** Readings sent, each as often as it was. */
  readonly sent: number;
  /** Series and instants that have to be found. */
  readonly expected: number;
  readonly uncertain: number;
  /** How many of what was sent were peculiar in each way. */
  readonly peculiar: Readonly<Record<Peculiarity, number>>;
}

/** Reads a truth file. Takes some 45 bytes of memory a reading. Throws TruthFileError. */
export async function readTruth(path: string): Promise<Truth> {
  const { table, counts, arrived, ...told } = await survey(path);
  const columns = Array.from(
    counts,
    (count): Column => ({ time: new Float64Array(count), value: new Float64Array(count), state: new Uint8Array(count), length: 0 }),
  );
  for await (const frame of readFrames(path)) if (frame.kind === 'sent') fill(columns, frame.batch, arrived.has(frame.batchId) ? 0 : 1);
  const series = columns.map((column, at) => ({ ...table.at(at), ...lastOfEach(column) }));
  const uncertain = series.reduce((total, { isUncertain }) => total + isUncertain.reduce((sum, one) => sum + one, 0), 0);
  const instants = series.reduce((total, { time }) => total + time.length, 0);
  return { series, sensors: table.sensors, ...told, expected: instants - uncertain, uncertain };
}

function fill(columns: readonly Column[], { series, time, value, flags, length }: ReadingBatch, state: 0 | 1): void {
  for (let at = 0; at < length; at++) {
    const column = columns[series[at] ?? 0];
    if (column === undefined || isRefused(flags[at])) continue;
    column.time[column.length] = time[at] ?? 0;
    column.value[column.length] = value[at] ?? 0;
    column.state[column.length++] = state;
  }
}

interface Survey extends Pick<Truth, 'window' | 'sent' | 'peculiar'> {
  readonly table: SeriesTable;
  /** Readings of each series that are not to be refused. */
  readonly counts: readonly number[];
  readonly arrived: ReadonlySet<number>;
}

async function survey(path: string): Promise<Survey> {
  const table = new SeriesTable();
  const counts: number[] = [];
  const arrived = new Set<number>();
  const peculiar: Record<Peculiarity, number> = { ...NONE_PECULIAR };
  const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  let sent = 0;
  for await (const frame of readFrames(path)) {
    if (frame.kind === 'arrived') arrived.add(frame.batchId);
    if (frame.kind === 'series') for (const [sensor, metric] of frame.series) counts[table.add(sensor, metric)] = 0;
    if (frame.kind !== 'sent') continue;
    sent += frame.batch.length;
    const found = countPeculiar(frame.batch);
    for (const name of PECULIARITIES) peculiar[name] += found[name];
    countSeries(frame.batch, counts);
    widen(span, frame.batch.time);
  }
  return { table, counts, arrived, sent, peculiar, window: sent === 0 ? null : span };
}

function widen(span: { from: Instant; to: Instant }, times: Float64Array): void {
  for (const time of times) {
    span.from = Math.min(span.from, time);
    span.to = Math.max(span.to, time + 1);
  }
}

function countSeries({ series, flags, length }: ReadingBatch, counts: number[]): void {
  for (let at = 0; at < length; at++) {
    if (isRefused(flags[at])) continue;
    const position = series[at] ?? 0;
    counts[position] = (counts[position] ?? 0) + 1;
  }
}

function isRefused(flags: number | undefined): boolean {
  return ((flags ?? 0) & PECULIAR.refused) !== 0;
}

interface Column {
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly state: Uint8Array;
  length: number;
}

/** Of each instant what came last; uncertain where any that came is. */
function lastOfEach({ time, value, state }: Column): Pick<SeriesTruth, 'time' | 'value' | 'isUncertain'> {
  const order = inOrder(time);
  const times = new Float64Array(time.length);
  const values = new Float64Array(time.length);
  const isUncertain = new Uint8Array(time.length);
  let length = 0;
  for (let at = 0; at < time.length; at++) {
    const from = order === null ? at : (order[at] ?? 0);
    const instant = time[from] ?? 0;
    const isSame = length > 0 && times[length - 1] === instant;
    const to = isSame ? length - 1 : length++;
    times[to] = instant;
    values[to] = value[from] ?? 0;
    isUncertain[to] = (isSame ? (isUncertain[to] ?? 0) : 0) | (state[from] ?? 0);
  }
  return { time: times.slice(0, length), value: values.slice(0, length), isUncertain: isUncertain.slice(0, length) };
}

/** Positions by time, of equal times as they came; null where they are in this order already. */
function inOrder(time: Float64Array): Uint32Array | null {
  let isOrdered = true;
  for (let at = 1; at < time.length && isOrdered; at++) isOrdered = (time[at - 1] ?? 0) <= (time[at] ?? 0);
  if (isOrdered) return null;
  return Uint32Array.from({ length: time.length }, (_, at) => at).sort((one, other) => (time[one] ?? 0) - (time[other] ?? 0) || one - other);
}
