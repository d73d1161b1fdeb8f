import { expect, it } from 'vitest';
import { noValues } from '../db/aggregate-values.ts';
import { secondsColumn, timeWeightedColumn } from '../loaders/points.ts';

const NOTHING = { count: false, sum: false, avg: false, extremes: false, stddev: false, firstLast: false, percentiles: [], averages: [], timesIn: [] };
const BUCKETS = [0, 1, 3, 7];
const HOUR = 3_600_000_000;

/** A summary of some buckets that says how often it was asked for a measure, and for what. */
function countedSummary() {
  const asked: string[] = [];
  const held = {
    averages(maxGap: number) {
      asked.push(`average ${maxGap}`);
      return (bucket: number) => (bucket === 3 ? null : bucket / 2);
    },
    secondsBy(status: string, times: { readonly asOf: string; readonly maxGap: number }) {
      asked.push(`${status} ${times.asOf} ${times.maxGap}`);
      return (bucket: number) => 10 * bucket;
    },
    seconds: () => 0,
  };
  return { summary: { values: { ...noValues(NOTHING), bucket: BUCKETS }, held }, asked };
}

it('asks a summary once for all points of a column, and reads the arguments once', () => {
  const { summary, asked } = countedSummary();
  let reads = 0;
  const args = {
    status: 'WARNING',
    thresholdsAsOf: 'NOW',
    get maxGap() {
      reads++;
      return '2h';
    },
  } as const;

  expect(secondsColumn(summary, args)).toEqual([0, 10, 30, 70]);
  expect(timeWeightedColumn(summary, '1h')).toEqual([0, 0.5, null, 3.5]);
  expect(asked).toEqual([`WARNING NOW ${2 * HOUR}`, `average ${HOUR}`]);
  expect(reads).toBe(1);
});
