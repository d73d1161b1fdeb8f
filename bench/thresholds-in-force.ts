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
  const own = [0, 1, 2, 3].flatMap((kind) => rows.map((range) => bandOf(range, kind)));
  return [...broad, ...own].slice(0, count);
}

function bandOf({ sensor, metric, min, max, rare }: Range, kind: number): ThresholdInput {
  const scope = { sensor };
  if (kind === 0) return { metric, scope, level: 'WARNING', min: rare, forDuration: 'PT0S', clearMargin: 0.5 };
  if (kind === 1) return { metric, scope, level: 'CRITICAL', min: max + 1, forDuration: 'PT5M' };
  return kind === 2 ? { metric, scope, level: 'WARNING', max: min - 1 } : { metric, scope, level: 'CRITICAL', max: min - 2 };
}

/** Puts thresholds in force. */
export async function createThresholds(store: Store, inputs: readonly ThresholdInput[]): Promise<void> {
  for (const input of inputs) await createThreshold(store.writePool, input);
}
