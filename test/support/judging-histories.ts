import type { ThresholdRow, ThresholdScope } from '../../db/catalogue.ts';
import { MICROS_PER_DAY } from '../../db/time/instant.ts';
import type { HistoryReading } from './judging-reference.ts';
import type { Random } from './random.ts';

/** One series: what is judged by, what is true in the end, and in which order it arrives, with values that are corrected later. */
export interface History {
  readonly name: string;
  /** Ids begin with 1 in every history; the store gives others. */
  readonly thresholds: readonly ThresholdRow[];
  readonly readings: readonly HistoryReading[];
  /** Batches in the order of loading. */
  readonly arrivals: readonly (readonly HistoryReading[])[];
}

/** The instants of histories begin here. */
export const HISTORY_BEGINS = Date.UTC(2024, 0, 15) * 1000;
const SECOND = 1_000_000;
const NOWHERE: ThresholdScope = { factory: null, building: null, floor: null, area: null, locationId: null, sensorId: null };

/** No history is longer than this. */
export const LONGEST_HISTORY = 700 * MICROS_PER_DAY;

/** A random history: few values and short durations, so that everything meets. `arrival` says how far readings stray from their order, `pauses` whether some come weeks or months after the one before. */
export function randomHistory(random: Random, name: string, arrival: 'inOrder' | 'shuffled', pauses: 'none' | 'long' = 'none'): History {
  const readings = pauses === 'none' ? randomReadings(random) : withPauses(random, randomReadings(random));
  const length = (readings.at(-1)?.time ?? HISTORY_BEGINS) - HISTORY_BEGINS;
  const thresholds = Array.from({ length: random.whole(1, 4) }, (_, number) => randomThreshold(random, name, String(number + 1), length / SECOND)).flat();
  const sent = arrival === 'inOrder' ? readings : shuffled(random, withMistakes(random, readings));
  return { name, thresholds, readings, arrivals: cut(random, sent) };
}

function randomReadings(random: Random): HistoryReading[] {
  const count = random.chance(0.1) ? random.whole(100, 300) : random.whole(1, 40);
  const step = random.pick([1, 1, 3]);
  let time = HISTORY_BEGINS;
  let value = random.whole(0, 10);
  return Array.from({ length: count }, () => {
    time += random.whole(1, step) * SECOND;
    value = random.chance(0.3) ? random.whole(0, 10) : Math.max(0, Math.min(10, value + random.whole(-1, 1)));
    return { time, value };
  });
}

/** The same readings with one to three pauses between them. */
function withPauses(random: Random, readings: readonly HistoryReading[]): HistoryReading[] {
  const pauses = Array.from({ length: random.whole(1, 3) }, () => ({ after: random.whole(0, readings.length), micros: random.whole(5, 200) * MICROS_PER_DAY }));
  return readings.map(({ time, value }, at) => ({ time: pauses.reduce((later, { after, micros }) => (at >= after ? later + micros : later), time), value }));
}

/** The versions of one threshold. */
function randomThreshold(random: Random, name: string, id: string, seconds: number): ThresholdRow[] {
  const scope = randomScope(random, name);
  const instant = () => HISTORY_BEGINS + random.whole(0, Math.ceil(seconds) + 3) * SECOND;
  const changes = random.chance(0.25) ? [instant(), instant()].slice(0, random.whole(1, 2)).sort((a, b) => a - b) : [];
  const [effectiveFrom, effectiveTo] = random.chance(0.4) ? [instant(), instant()].sort((a, b) => a - b) : [null, null];
  return [null, ...changes].map((validFrom, number): ThresholdRow => {
    const [min, max] = randomBand(random);
    const duration = () => `PT${random.chance(0.5) ? 0 : random.whole(1, 6)}S`;
    return {
      id,
      version: number + 1,
      metricId: 'temperature',
      level: random.pick(['WARNING', 'CRITICAL']),
      min,
      max,
      scope,
      forDuration: duration(),
      clearMargin: random.pick([0, 0, 1, 2]),
      clearDuration: duration(),
      noDataAfter: null,
      effectiveFrom: random.chance(0.8) ? (effectiveFrom ?? null) : null,
      effectiveTo: random.chance(0.8) ? (effectiveTo ?? null) : null,
      enabled: random.chance(0.95),
      validFrom,
      validTo: changes[number] ?? null,
    };
  });
}

function randomScope(random: Random, name: string): ThresholdScope {
  const all = scopeOf(name);
  if (random.chance(0.5)) return { ...NOWHERE, sensorId: all.sensorId };
  const isSet = () => random.chance(0.3);
  return {
    factory: all.factory,
    building: isSet() ? all.building : null,
    floor: isSet() ? all.floor : null,
    area: isSet() ? all.area : null,
    locationId: isSet() ? all.locationId : null,
    sensorId: isSet() ? all.sensorId : null,
  };
}

/** The place of a history's sensor, which it shares with no other. */
export function scopeOf(name: string) {
  return { factory: `F ${name}`, building: 'B', floor: 1, area: 'X', locationId: `L ${name}`, sensorId: `s ${name}` };
}

function randomBand(random: Random): [number | null, number | null] {
  const low = random.whole(2, 8);
  return random.pick([
    [low, null],
    [null, low],
    [low, random.whole(low, 9)],
  ]);
}

/** Some readings are sent with another value before, or twice. */
function withMistakes(random: Random, readings: readonly HistoryReading[]): HistoryReading[] {
  return readings.flatMap((reading) => (random.chance(0.15) ? [{ ...reading, value: random.whole(0, 10) }, reading] : [reading]));
}

/** Strays far, or only a little; of two readings of one instant the first stays the first. */
function shuffled(random: Random, readings: readonly HistoryReading[]): HistoryReading[] {
  const reach = random.pick([3, 8, readings.length]);
  const places = readings.map((reading, at) => ({ reading, place: at + random.next() * reach }));
  places.sort((a, b) => a.place - b.place);
  const order = places.map(({ reading }) => reading);
  const left = new Map<number, HistoryReading[]>();
  for (const reading of readings) left.set(reading.time, [...(left.get(reading.time) ?? []), reading]);
  return order.map((reading) => left.get(reading.time)?.shift() ?? reading);
}

const BATCHES = 8;

function cut(random: Random, readings: readonly HistoryReading[]): HistoryReading[][] {
  const batches = Array.from({ length: BATCHES }, (): HistoryReading[] => []);
  const cuts = Array.from({ length: random.whole(1, BATCHES) - 1 }, () => random.whole(0, readings.length)).sort((a, b) => a - b);
  readings.forEach((reading, at) => {
    batches[cuts.filter((position) => position <= at).length]?.push(reading);
  });
  return batches;
}
