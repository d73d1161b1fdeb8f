import { selectCatalogue, type ThresholdRow } from '../../../db/catalogue.ts';
import type { Queryable } from '../../../db/pool.ts';
import { exactMicros, parseDuration } from '../../../db/time/duration.ts';
import { type HistoryReading, type ReferenceRow, referenceOf } from '../judging-reference.ts';

/** Metrics whose thresholds are there before their readings, stay as they are, and apply everywhere: their verdicts follow from the readings alone. */
const METRICS = ['temperature', 'perceived_temperature'];
/** Series that are judged once more: the reference is slow. */
const SERIES = 12;

/** Series whose timelines or alerts are not what the definitions say of the readings that are stored, in whatever order and how often these came. */
export async function wronglyJudged(db: Queryable): Promise<readonly string[]> {
  const { thresholds } = await selectCatalogue(db);
  const { rows } = await db.query<{ id: number; metric: string }>({
    text: 'select id, metric_id as metric from series where metric_id = any ($1) order by md5(id::text) limit $2',
    values: [METRICS, SERIES],
  });
  const wrong: string[] = [];
  for (const { id, metric } of rows) {
    const versions = thresholds.filter(({ metricId }) => metricId === metric).map(inSeconds);
    const expected = referenceOf(versions, await readingsOf(db, id), 0);
    const found = { rows: await timelineOf(db, id), alerts: await alertsOf(db, id) };
    const alerts = expected.alerts.map(({ openedAt, resolvedAt, level }) => [openedAt, resolvedAt, level].join(' '));
    if (JSON.stringify(found.rows) !== JSON.stringify(expected.rows)) wrong.push(`the timeline of series ${id}`);
    if (JSON.stringify(found.alerts) !== JSON.stringify(alerts)) wrong.push(`the alerts of series ${id}`);
  }
  return wrong;
}

/** As the reference reads durations. */
function inSeconds(row: ThresholdRow): ThresholdRow {
  const seconds = (duration: string) => `PT${exactMicros(parseDuration(duration, 'duration')) / 1_000_000}S`;
  return { ...row, forDuration: seconds(row.forDuration), clearDuration: seconds(row.clearDuration) };
}

async function readingsOf(db: Queryable, seriesId: number): Promise<readonly HistoryReading[]> {
  const { rows } = await db.query<{ time: number; value: number }>({
    text: 'select (extract(epoch from time) * 1000000)::bigint as time, value from reading where series_id = $1 order by reading.time',
    values: [seriesId],
  });
  return rows;
}

async function timelineOf(db: Queryable, seriesId: number): Promise<readonly ReferenceRow[]> {
  const { rows } = await db.query<ReferenceRow & Record<string, unknown>>({
    text: `select (extract(epoch from time) * 1000000)::bigint as time, status, active::text[] as active from verdict where series_id = $1 order by verdict.time`,
    values: [seriesId],
  });
  return rows;
}

async function alertsOf(db: Queryable, seriesId: number): Promise<readonly string[]> {
  const { rows } = await db.query<{ alert: string }>({
    text: `
      select concat((extract(epoch from opened_at) * 1000000)::bigint, ' ', (extract(epoch from resolved_at) * 1000000)::bigint, ' ', level) as alert
        from alert where series_id = $1 and not withdrawn order by opened_at`,
    values: [seriesId],
  });
  return rows.map(({ alert }) => alert);
}
