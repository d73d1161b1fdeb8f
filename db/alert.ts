import type { Level } from './catalogue.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** What an alert is about: a value in a band, or silence. */
export type AlertKind = 'BAND' | 'NO_DATA';

/** An alert that is yet to be written. */
export interface NewAlert {
  readonly seriesId: number;
  readonly kind: AlertKind;
  /** The gravest that it reached. */
  readonly level: Level;
  /** The one that opened it. */
  readonly thresholdId: string;
  readonly openedAt: Instant;
  /** null while it is open. */
  readonly resolvedAt: Instant | null;
  /** The value farthest into the band; null for silence. */
  readonly peak: number | null;
  /** Later readings have shown that there was nothing. */
  readonly withdrawn: boolean;
}

/** The life of a series in its bands, or of its silence, from when it opened until it was resolved. */
export interface AlertRow extends NewAlert {
  readonly id: string;
}

/** The columns of an `AlertRow`, for statements that select from `alert`. */
export const ALERT_COLUMNS = `
  id::text as id, series_id as "seriesId", kind, level, threshold_id::text as "thresholdId", (extract(epoch from opened_at) * 1000000)::bigint as "openedAt",
  (extract(epoch from resolved_at) * 1000000)::bigint as "resolvedAt", peak, withdrawn`;

/** Writes new alerts of series whose locks the caller holds, and answers their ids, in the order given. A series has at most one open alert of a kind: resolve before opening. */
export async function insertAlerts(db: Queryable, alerts: readonly NewAlert[]): Promise<readonly string[]> {
  if (alerts.length === 0) return [];
  const { rows } = await db.query<{ id: string }>({
    name: 'insert_alerts',
    text: `
      with numbered as materialized (
        select nextval(pg_get_serial_sequence('alert', 'id')) as id, wanted.*
          from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::double precision[], $8::boolean[])
               with ordinality as wanted (series_id, kind, level, threshold_id, opened_at, resolved_at, peak, withdrawn, position)),
      inserted as (
        insert into alert (id, series_id, kind, level, threshold_id, opened_at, resolved_at, peak, withdrawn)
        select id, series_id, kind, level, threshold_id, opened_at, resolved_at, peak, withdrawn from numbered order by position)
      select id::text from numbered order by position`,
    values: columnsOf(alerts),
  });
  return rows.map((row) => row.id);
}

/** Writes alerts anew whose series the caller has locked. */
export async function updateAlerts(db: Queryable, alerts: readonly AlertRow[]): Promise<void> {
  if (alerts.length === 0) return;
  await db.query({
    name: 'update_alerts',
    text: `
      update alert
         set level = news.level, threshold_id = news.threshold_id, opened_at = news.opened_at, resolved_at = news.resolved_at,
             peak = news.peak, withdrawn = news.withdrawn
        from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::double precision[], $8::boolean[], $9::bigint[])
             as news (series_id, kind, level, threshold_id, opened_at, resolved_at, peak, withdrawn, id)
       where alert.series_id = news.series_id and alert.id = news.id`,
    values: [...columnsOf(alerts), alerts.map((alert) => alert.id)],
  });
}

/** Whose alerts are asked for, by when they were opened; both ends are included. */
export interface AlertsOpened {
  readonly seriesId: number;
  readonly from: Instant;
  /** null: to the end. */
  readonly to: Instant | null;
}

/** Alerts about bands that were opened within a time of their series, withdrawn ones not, by series and opening. */
export async function selectBandAlerts(db: Queryable, questions: readonly AlertsOpened[]): Promise<readonly AlertRow[]> {
  if (questions.length === 0) return [];
  const { rows } = await db.query<AlertRow & Record<string, unknown>>({
    name: 'select_band_alerts',
    text: `
      select ${ALERT_COLUMNS}
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as wanted (wanted_series, since, until)
        join alert on alert.series_id = wanted_series and alert.opened_at between since and until
       where kind = 'BAND' and not withdrawn
       order by series_id, opened_at, alert.id`,
    values: [
      questions.map((question) => question.seriesId),
      questions.map((question) => formatInstant(question.from)),
      questions.map((question) => (question.to === null ? 'infinity' : formatInstant(question.to))),
    ],
  });
  return rows;
}

function columnsOf(alerts: readonly NewAlert[]): unknown[] {
  return [
    alerts.map((alert) => alert.seriesId),
    alerts.map((alert) => alert.kind),
    alerts.map((alert) => alert.level),
    alerts.map((alert) => alert.thresholdId),
    alerts.map((alert) => formatInstant(alert.openedAt)),
    alerts.map((alert) => (alert.resolvedAt === null ? null : formatInstant(alert.resolvedAt))),
    alerts.map((alert) => alert.peak),
    alerts.map((alert) => alert.withdrawn),
  ];
}
