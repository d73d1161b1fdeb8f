import type { Instant, TimeWindow } from '../../db/time/instant.ts';
import { findSourceDefinition } from '../../etl/find-source-definition.ts';
import { type InputFormat, openFile } from '../../etl/open-input.ts';
import type { RawRecord } from '../../etl/record.ts';
import { isDefinitionPath, loadSourceDefinition } from '../../etl/source-definition.ts';
import { UsageError } from '../settings.ts';
import { BatchBuilder, type DueBatch, SeriesTable } from './reading-batch.ts';

/** What a file has measured, by time. */
export interface FileStory {
  readonly table: SeriesTable;
  readonly readings: number;
  readonly window: TimeWindow;
  readonly batches: () => Iterable<DueBatch>;
}

/** How a file is read: as `ingest` does. */
export interface FileStoryOptions {
  /** A source definition by its name or path. */
  readonly source: string | undefined;
  readonly format: 'csv' | 'ndjson' | 'json' | undefined;
  readonly timezone: string | undefined;
  /** The folder with source definitions of one's own. */
  readonly sources?: string;
}

const BATCH = 4096;
/** Columns begin so long and are doubled. */
const FIRST_LENGTH = 65_536;

/**
 * Reads the readings of a file, by the readers and source definitions of `ingest`; what has no time or is no number is left out. Held in columns, 20 bytes a reading,
 * as many files have one sensor after the other. Of readings of one instant the order of the file is kept. Throws UsageError where there are none.
 */
export async function readFileStory(path: string, { source, format, timezone, sources = 'sources' }: FileStoryOptions): Promise<FileStory> {
  const columns = new Columns();
  const table = new SeriesTable();
  const input = await openFile(path, {
    // Whatever the file calls a metric is one: the gateway says what it does not know.
    knownMetrics: new AnyMetric(),
    ...(await formatOption(source, format, sources)),
    ...(timezone === undefined ? {} : { timezone }),
  });
  for await (const chunk of input.records) for (const record of chunk) if ('values' in record) columns.pushRecord(record, table);
  const order = columns.byTime();
  const first = order[0];
  const last = order.at(-1);
  if (first === undefined || last === undefined) throw new UsageError(`${path} has no readings to replay`);
  return {
    table,
    readings: order.length,
    window: { from: columns.timeAt(first), to: columns.timeAt(last) },
    batches: () => columns.inOrder(order),
  };
}

async function formatOption(source: string | undefined, format: FileStoryOptions['format'], sources: string): Promise<{ readonly format?: InputFormat }> {
  if (source === undefined) return format === undefined ? {} : { format: { kind: format } };
  const definition = isDefinitionPath(source) ? await loadSourceDefinition(source) : await findSourceDefinition(source, sources);
  return { format: { kind: 'source', definition } };
}

/** Readings as they come, without knowing how many. */
class Columns {
  #series = new Int32Array(FIRST_LENGTH);
  #time = new Float64Array(FIRST_LENGTH);
  #value = new Float64Array(FIRST_LENGTH);
  #length = 0;

  pushRecord({ sensor, time, metrics, values }: RawRecord, table: SeriesTable): void {
    if (time === null) return;
    for (const [at, metric] of metrics.entries()) {
      const value = values[at];
      if (value !== undefined && Number.isFinite(value)) this.push(table.add(sensor, metric), time, value);
    }
  }

  push(series: number, time: Instant, value: number): void {
    if (this.#length === this.#series.length) this.#grow();
    this.#series[this.#length] = series;
    this.#time[this.#length] = time;
    this.#value[this.#length++] = value;
  }

  timeAt(position: number): Instant {
    return this.#time[position] ?? 0;
  }

  /** Positions by time, of one instant as they came. */
  byTime(): Uint32Array {
    const time = this.#time;
    return Uint32Array.from({ length: this.#length }, (_, at) => at).sort((one, other) => (time[one] ?? 0) - (time[other] ?? 0) || one - other);
  }

  *inOrder(order: Uint32Array): Generator<DueBatch> {
    const builder = new BatchBuilder(BATCH);
    for (const at of order) {
      builder.push(this.#series[at] ?? 0, this.#time[at] ?? 0, this.#value[at] ?? 0, 0);
      if (builder.isFull) yield builder.take();
    }
    if (builder.length > 0) yield builder.take();
  }

  #grow(): void {
    const [series, time, value] = [this.#series, this.#time, this.#value];
    this.#series = new Int32Array(2 * this.#length);
    this.#time = new Float64Array(2 * this.#length);
    this.#value = new Float64Array(2 * this.#length);
    this.#series.set(series);
    this.#time.set(time);
    this.#value.set(value);
  }
}

/** A set that has everything. */
class AnyMetric extends Set<string> {
  override has(): boolean {
    return true;
  }
}
