import { createThreshold } from '../alerts/change-threshold.ts';
import type { ThresholdInput } from '../db/check-threshold.ts';
import type { Store } from '../db/store.ts';

/** What the values of a series are like. */
interface Range {
  readonly sensor: string;
  readonly metric: string;
  readonly min: number;
  readonly max: number;
  /** One of ten thousand values is above. */
  readonly rare: number;
}

/**
 * Bands for the readings that a store has: some for all sensors and some for each, most of them never entered. The first of each sensor and metric is entered by
 * one reading of some ten thousand.
 */
export async function rareThresholds(store: Store, count: number): Promise<readonly ThresholdInput[]> {
  const { rows } = await store.writePool.query<Range & Record<string, unknown>>({
    text: `
      select sensor_id as sensor, metric_id as metric, min(value), max(value), percentile_disc(0.9999) within group (order by value) as rare
        from reading join series on series.id = series_id
       group by 1, 2 order by 1, 2`,
  });
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const broad = metrics.flatMap((metric): ThresholdInput[] => {
    const least = rows.reduce((min, row) => (row.metric === metric ? Math.min(min, row.min) : min), Number.POSITIVE_INFINITY);
    return [
      { metric, level: 'WARNING', max: least - 1 },
      { metric, level: 'CRITICAL', max: least - 2 },
    ];
  });
  const own = Array.from({ length: Math.ceil(count / rows.length) }, (_, rank) => rows.map((range) => bandOf(range, rank))).flat();
  return [...broad, ...own].slice(0, count);
}

/** Of rank 0 the band that is entered now and then, of all others one above every value. Bands of one level must not overlap. */
function bandOf({ sensor, metric, max, rare }: Range, rank: number): ThresholdInput {
  const scope = { sensor };
  if (rank === 0) return { metric, scope, level: 'WARNING', min: rare, max: max + 1, clearMargin: 0.5 };
  return { metric, scope, level: rank % 2 === 0 ? 'WARNING' : 'CRITICAL', min: max + rank + 1, max: max + rank + 1.5, forDuration: 'PT5M' };
}

/** Puts thresholds in force. */
export async function createThresholds(store: Store, inputs: readonly ThresholdInput[]): Promise<void> {
  for (const input of inputs) await createThreshold(store.writePool, input);
}
