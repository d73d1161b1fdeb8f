import { insertAlerts, type NewAlert } from '../../db/alert.ts';
import { insertBreaches, type NewBreach } from '../../db/breach.ts';
import { withTransaction } from '../../db/pool.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import type { TestDatabase } from './database.ts';

/** What a test needs of a breach or an alert that is there without having been judged; the rest is filled in. */
type Recorded<T> = Partial<Omit<T, 'seriesId' | 'time' | 'openedAt' | 'resolvedAt'>> & { readonly sensor: string; readonly metric?: string };
export type RecordedBreach = Recorded<NewBreach> & { readonly time?: string };
export type RecordedAlert = Recorded<NewAlert> & { readonly openedAt: string; readonly resolvedAt?: string | null };

/** Records breaches of series that there are, in one transaction. */
export async function recordBreaches(db: TestDatabase, breaches: readonly RecordedBreach[]): Promise<void> {
  const series = await seriesIds(db);
  const rows = breaches.map(
    ({ sensor, metric = 'temperature', time = '2024-05-01T00:00:00Z', ...fields }): NewBreach => ({
      seriesId: series(sensor, metric),
      kind: 'OPENED',
      time: parseRfc3339(time) ?? Number.NaN,
      late: false,
      value: 50,
      measuredAt: parseRfc3339(time),
      status: 'WARNING',
      previous: 'NORMAL',
      thresholdId: null,
      alertId: '0',
      levels: ['WARNING'],
      ...fields,
    }),
  );
  await withTransaction(db.store.writePool, (client) => insertBreaches(client, rows));
}

/** Writes alerts of series that there are, and answers their ids. */
export async function recordAlerts(db: TestDatabase, alerts: readonly RecordedAlert[]): Promise<readonly string[]> {
  const series = await seriesIds(db);
  return insertAlerts(
    db.store.writePool,
    alerts.map(
      ({ sensor, metric = 'temperature', openedAt, resolvedAt = null, ...fields }): NewAlert => ({
        seriesId: series(sensor, metric),
        kind: 'BAND',
        level: 'WARNING',
        thresholdId: '1',
        openedAt: parseRfc3339(openedAt) ?? Number.NaN,
        resolvedAt: resolvedAt === null ? null : (parseRfc3339(resolvedAt) ?? Number.NaN),
        peak: 50,
        withdrawn: false,
        ...fields,
      }),
    ),
  );
}

async function seriesIds({ pool }: TestDatabase): Promise<(sensor: string, metric: string) => number> {
  const { rows } = await pool.query<{ id: number; sensor: string; metric: string }>('select id, sensor_id as sensor, metric_id as metric from series');
  return (sensor, metric) => {
    const row = rows.find((candidate) => candidate.sensor === sensor && candidate.metric === metric);
    if (row === undefined) throw new Error(`there is no series of ${sensor} and ${metric}`);
    return row.id;
  };
}
