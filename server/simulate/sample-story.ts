import { formatInstant, type Instant, type TimeWindow } from '../../db/time/instant.ts';
import { openFile } from '../../etl/open-input.ts';
import type { RawRecord } from '../../etl/record.ts';
import { type SampleInput, sampleInputs } from '../../etl/sample-inputs.ts';
import { UsageError } from '../settings.ts';
import type { Measurement, Moment, Story } from './story.ts';

/** A part of the bundled sample: by its own times, of one source or of all. */
export interface Stretch {
  /** The name of a source definition. */
  readonly source?: string;
  readonly window: TimeWindow;
}

/**
 * Where something happens soon: the machine fails, is at its worst after two hours and well again after three; at two of the motes steam is let in, which lasts
 * four minutes. At 60 times their pace the first breach comes at once, the steam after a quarter of a minute, and all ends well after four minutes.
 */
export const EVENTFUL: readonly Stretch[] = [
  { source: 'machine-temperature', window: { from: micros('2013-12-16T15:30:00Z'), to: micros('2013-12-16T19:30:00Z') } },
  { source: 'wsn-labelled', window: { from: micros('2010-05-09T03:00:00Z'), to: micros('2010-05-09T03:30:00Z') } },
];

interface TimedRecord {
  readonly time: Instant;
  readonly record: RawRecord;
}

/** Reads stretches of the bundled sample by the definitions that load it, and tells them side by side, each from its first reading on. Throws UsageError where there are no readings. */
export async function readSampleStory(stretches: readonly Stretch[]): Promise<Story> {
  const measurementsByOffset = new Map<number, Measurement[]>();
  for (const stretch of stretches) {
    const records = await readStretch(stretch);
    const first = records.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
    for (const { time, record } of records) {
      const measurement = measurementOf(record);
      const same = measurementsByOffset.get(time - first);
      if (same === undefined) measurementsByOffset.set(time - first, [measurement]);
      else same.push(measurement);
    }
  }
  return storyOf([...measurementsByOffset].map(([after, measurements]) => ({ after, measurements })).sort((one, other) => one.after - other.after));
}

function storyOf(moments: readonly Moment[]): Story {
  const measurements = moments.flatMap((moment) => moment.measurements);
  return {
    sensors: [...new Set(measurements.map(({ sensor }) => sensor))].sort(),
    readings: measurements.reduce((total, { values }) => total + Object.keys(values).length, 0),
    duration: moments.at(-1)?.after ?? 0,
    async *moments() {
      yield* moments;
    },
  };
}

/** In the order of the files. Held in memory, as one of the sources writes its sensors one after the other: a year of Beijing takes some 30 MB. */
async function readStretch({ source, window }: Stretch): Promise<readonly TimedRecord[]> {
  const inputs = (await sampleInputs()).filter(({ definition }) => source === undefined || definition.name === source);
  const found: TimedRecord[] = [];
  const spans: string[] = [];
  for (const input of inputs) {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for await (const timed of recordsOf(input)) {
      from = Math.min(from, timed.time);
      to = Math.max(to, timed.time);
      if (timed.time >= window.from && timed.time < window.to) found.push(timed);
    }
    spans.push(`${formatInstant(from)} to ${formatInstant(to)} (${input.definition.name})`);
  }
  if (found.length > 0) return found;
  throw new UsageError(`the sample has no readings from ${formatInstant(window.from)} to ${formatInstant(window.to)}; it has some of ${spans.join(', ')}`);
}

async function* recordsOf({ definition, files }: SampleInput): AsyncGenerator<TimedRecord> {
  for (const path of files) {
    const { records } = await openFile(path, { knownMetrics: new Set(), format: { kind: 'source', definition } });
    for await (const chunk of records) for (const record of chunk) if ('values' in record && record.time !== null) yield { time: record.time, record };
  }
}

function measurementOf({ sensor, metrics, values }: RawRecord): Measurement {
  const measured = metrics.flatMap((metric, at): [string, number][] => {
    const value = values[at];
    return value === undefined || !Number.isFinite(value) ? [] : [[metric, value]];
  });
  return { sensor, values: Object.fromEntries(measured) };
}

function micros(text: string): Instant {
  return Date.parse(text) * 1000;
}
