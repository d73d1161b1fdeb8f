import { MICROS_PER_SECOND } from '../../db/time/instant.ts';
import type { OracleMeasure, OracleMeasures, OracleStatusOf } from './oracle-measures.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import type { OracleStatus } from './oracle-status.ts';
import type { Span } from './oracle-types.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

const SUMMARY_FIELDS = ['min', 'max', 'sum', 'avg', 'range', 'stddev', 'first', 'last'] as const;
const STATUSES: readonly OracleStatus[] = ['NORMAL', 'NO_DATA', 'WARNING', 'CRITICAL'];
const STATUS_OF: readonly OracleStatusOf[] = ['WORST', 'MIN', 'MAX', 'AVG', 'FIRST', 'LAST'];
const GAPS = [1, 30, 60, 61.5, 600, 3600, 3600, 7200, 86_400, 40 * 86_400].map((seconds) => seconds * MICROS_PER_SECOND);
/** A range with more readings is asked less often for what reads them all. */
const MANY_READINGS = 3000;

/** All that rollups keep. */
export const ALL_SUMMARIES = summaries(...SUMMARY_FIELDS);

/** What one would ask together; documents repeat, as those of real clients do. */
const SELECTIONS: readonly OracleMeasures[] = [
  ALL_SUMMARIES,
  ALL_SUMMARIES,
  summaries('min', 'max', 'avg'),
  summaries('avg'),
  summaries('last', 'stddev'),
  summaries('range'),
  {},
];

/** Some of what can be asked of a point. */
export function drawMeasures(random: Random, world: OracleWorld, metric: string, range: Span): OracleMeasures {
  const measures: Record<string, OracleMeasure> = { ...random.pick(SELECTIONS) };
  const isCheap = mostReadings(world, metric, range) < MANY_READINGS || random.chance(0.05);
  if (isCheap && random.chance(0.25)) Object.assign(measures, drawPercentiles(random));
  if (isCheap && random.chance(0.2)) measures.held = { kind: 'timeWeightedAvg', maxGap: random.pick(GAPS) };
  if (isCheap && random.chance(0.25)) Object.assign(measures, drawTimesIn(random));
  if (random.chance(0.2)) {
    const of = random.pick(STATUS_OF);
    measures[`status${of}`] = { kind: 'status', of };
  }
  return measures;
}

/** One to three, as fractions or per cent. */
function drawPercentiles(random: Random): OracleMeasures {
  const draw = () => random.pick([0, 0.05, 0.5, 0.95, 1, 50, 99, 99.9, 100, random.next(), 1 + random.next() * 99]);
  return Object.fromEntries(['p1', 'p2', 'p3'].slice(random.whole(0, 2)).map((name) => [name, { kind: 'percentile', p: draw() }]));
}

/** One or two statuses. */
function drawTimesIn(random: Random): OracleMeasures {
  const draw = (): OracleMeasure => ({
    kind: 'timeIn',
    status: random.pick(STATUSES),
    thresholdsAsOf: random.pick(['THEN', 'NOW']),
    maxGap: random.pick(GAPS),
  });
  return Object.fromEntries(['in1', 'in2'].slice(random.whole(0, 1)).map((name) => [name, draw()]));
}

/** How many readings of a metric any sensor has in a range, at most. */
export function mostReadings(world: OracleWorld, metric: string, { from, to }: Span): number {
  const counts = world.sensors.map(({ id }) => {
    const { times } = world.readingsOf(id, metric);
    return firstAtOrAfter(times, to) - firstAtOrAfter(times, from);
  });
  return Math.max(...counts);
}

function summaries(...fields: (typeof SUMMARY_FIELDS)[number][]): OracleMeasures {
  return Object.fromEntries(fields.map((field) => [field, { kind: 'summary', field }]));
}
