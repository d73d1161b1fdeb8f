import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_SECOND, now } from '../../db/time/instant.ts';
import { parseTimeBound } from '../../db/time/time-bound.ts';
import { UsageError } from '../settings.ts';
import { createFactory, type Factory } from './factory.ts';
import { tellFactory } from './factory-story.ts';
import { parseFaults } from './faults.ts';
import { readFileStory } from './file-story.ts';
import { paced } from './pace.ts';
import { BatchBuilder, type ReadingBatch, SeriesTable } from './reading-batch.ts';
import { EVENTFUL, readSampleStory, type Stretch } from './sample-story.ts';
import type { SimulateSettings } from './simulate-settings.ts';
import type { TimedMeasurement } from './story.ts';
import { toldBatches } from './told-batches.ts';

/** A story with the pace at which it is told. */
export interface ToldStory {
  readonly kind: 'factory' | 'sample' | 'file';
  readonly table: SeriesTable;
  /** Of a factory. */
  readonly factory: Factory | null;
  /** Whoever measures something in it and has to be known. */
  readonly sensors: readonly string[];
  /** About how many; null where it has no end. */
  readonly readings: number | null;
  /** null: as fast as it is taken. */
  readonly speed: number | null;
  /** How long telling it takes, in seconds; null where nobody knows. */
  readonly seconds: number | null;
  /** Tells it, from now on. */
  readonly batches: (signal: AbortSignal) => AsyncIterable<ReadingBatch>;
}

const REPLAY_SPEED = 60;
const DEFAULT_CADENCE = 60 * MICROS_PER_SECOND;

/** What the settings say is to be told. Throws UsageError. */
export async function openStory(settings: SimulateSettings, sources = 'sources'): Promise<ToldStory> {
  if (settings.SIMULATE_REPLAY_SAMPLE) return sampleStory(settings);
  if (settings.SIMULATE_REPLAY !== undefined) return fileStory(settings.SIMULATE_REPLAY, settings, sources);
  return factoryStory(settings);
}

async function sampleStory(settings: SimulateSettings): Promise<ToldStory> {
  const speed = settings.SIMULATE_SPEED ?? REPLAY_SPEED;
  const story = await readSampleStory(stretchesOf(settings));
  const table = new SeriesTable();
  return {
    kind: 'sample',
    table,
    factory: null,
    sensors: story.sensors,
    readings: story.readings,
    speed,
    seconds: story.duration / MICROS_PER_SECOND / speed,
    batches: (signal) => inColumns(paced(story.moments(), { speed, startedAt: now(), signal }), table),
  };
}

async function* inColumns(batches: AsyncIterable<readonly TimedMeasurement[]>, table: SeriesTable): AsyncGenerator<ReadingBatch> {
  for await (const measurements of batches) {
    const builder = new BatchBuilder(measurements.reduce((total, { values }) => total + Object.keys(values).length, 0));
    for (const { time, sensor, values } of measurements)
      for (const [metric, value] of Object.entries(values)) builder.push(table.add(sensor, metric), time, value, 0);
    yield builder.take();
  }
}

async function fileStory(path: string, settings: SimulateSettings, sources: string): Promise<ToldStory> {
  const { table, batches, readings, window } = await readFileStory(path, {
    source: settings.SIMULATE_SOURCE,
    format: settings.SIMULATE_FORMAT,
    timezone: settings.SIMULATE_TIMEZONE,
    sources,
  });
  const isMoved = !settings.SIMULATE_AS_MEASURED;
  const speed = settings.SIMULATE_SPEED ?? (isMoved ? REPLAY_SPEED : Number.POSITIVE_INFINITY);
  const rate = settings.SIMULATE_RATE ?? Number.POSITIVE_INFINITY;
  return {
    kind: 'file',
    table,
    factory: null,
    sensors: table.sensors,
    readings,
    speed: finiteOrNull(speed),
    seconds: finiteOrNull(Number.isFinite(speed) ? (window.to - window.from) / MICROS_PER_SECOND / speed : readings / rate, 0),
    batches: (signal) => toldBatches(batches(), { from: window.from, startedAt: now(), speed, times: isMoved ? 'as-told' : 'as-measured', rate, signal }),
  };
}

function factoryStory(settings: SimulateSettings): ToldStory {
  const factory = createFactory({ sensors: settings.SIMULATE_SENSORS, metrics: settings.SIMULATE_METRICS, prefix: settings.SIMULATE_PREFIX });
  const series = factory.sensors.length * factory.metrics.length;
  const isPast = settings.SIMULATE_FROM !== undefined;
  const { SIMULATE_RATE: rate, SIMULATE_READINGS: most = Number.POSITIVE_INFINITY } = settings;
  // Of what happens now the rate is that of the sensors: the times are then as close as they have to be.
  const byRate = rate === undefined || isPast ? DEFAULT_CADENCE : Math.max(1, Math.round((series / rate) * MICROS_PER_SECOND));
  const cadence = settings.SIMULATE_CADENCE ?? byRate;
  const window = windowOf(settings);
  const speed = settings.SIMULATE_SPEED ?? (isPast ? Number.POSITIVE_INFINITY : 1);
  const plan = {
    factory,
    seed: settings.SIMULATE_SEED,
    from: window.from,
    to: window.to,
    cadence,
    readings: most,
    faults: parseFaults(settings.SIMULATE_FAULTS, '--faults'),
    lateBy: settings.SIMULATE_LATE_BY ?? 10 * cadence,
    skewBy: settings.SIMULATE_SKEW_BY,
  };
  const readings = Math.min(most, Math.ceil((window.to - window.from) / cadence) * series);
  const lasts = Math.min(window.to - window.from, (most / series) * cadence) / MICROS_PER_SECOND;
  return {
    kind: 'factory',
    table: factory.table,
    factory,
    sensors: factory.sensors.map(({ id }) => id),
    readings: finiteOrNull(readings),
    speed: finiteOrNull(speed),
    seconds: finiteOrNull(Number.isFinite(speed) ? lasts / speed : readings / (rate ?? Number.POSITIVE_INFINITY), 0),
    batches: (signal) =>
      toldBatches(tellFactory(plan), {
        from: window.from,
        startedAt: isPast ? now() : window.from,
        speed,
        times: isPast ? 'as-measured' : 'as-told',
        rate: rate ?? Number.POSITIVE_INFINITY,
        signal,
      }),
  };
}

/** From now on, or a part of the past. */
function windowOf({ SIMULATE_FROM, SIMULATE_TO, SIMULATE_FOR }: SimulateSettings): { readonly from: Instant; readonly to: Instant } {
  if (SIMULATE_FROM === undefined) {
    if (SIMULATE_TO !== undefined) throw new UsageError('--to says until when: say by --from since when, too, or by --for how long');
    const from = now();
    return { from, to: from + (SIMULATE_FOR ?? Number.POSITIVE_INFINITY) };
  }
  if (SIMULATE_TO !== undefined && SIMULATE_FOR !== undefined) throw new UsageError('--to and --for both say until when: give one of them');
  const present = now();
  const from = parseTimeBound(SIMULATE_FROM, { zone: 'UTC', now: present, edge: 'from', field: '--from' });
  if (SIMULATE_FOR !== undefined) return { from, to: from + SIMULATE_FOR };
  const to = SIMULATE_TO === undefined ? present : parseTimeBound(SIMULATE_TO, { zone: 'UTC', now: present, edge: 'to', field: '--to' });
  return checkOrder(from, to);
}

function stretchesOf({ SIMULATE_FROM, SIMULATE_TO }: SimulateSettings): readonly Stretch[] {
  if (SIMULATE_FROM === undefined) {
    if (SIMULATE_TO !== undefined) throw new UsageError('--to says where in the sample to end: say by --from where to begin, too');
    return EVENTFUL;
  }
  const context = { zone: 'UTC', now: now() };
  const from = parseTimeBound(SIMULATE_FROM, { ...context, edge: 'from', field: '--from' });
  const to = SIMULATE_TO === undefined ? from + MICROS_PER_DAY : parseTimeBound(SIMULATE_TO, { ...context, edge: 'to', field: '--to' });
  return [{ window: checkOrder(from, to) }];
}

function checkOrder(from: Instant, to: Instant): { readonly from: Instant; readonly to: Instant } {
  if (to <= from) throw new UsageError(`--to is ${formatInstant(to)}, but must be after --from, ${formatInstant(from)}`);
  return { from, to };
}

/** null also for `none`: no end is known. */
function finiteOrNull(number: number, none?: number): number | null {
  return Number.isFinite(number) && number !== none ? number : null;
}
