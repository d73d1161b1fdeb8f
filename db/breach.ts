import type { Level } from './catalogue.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** What a series did: entered a band, went up or down among its levels, left it; or what late readings have shown of the past. */
export type BreachKind = 'OPENED' | 'WORSENED' | 'EASED' | 'CLEARED' | 'CORRECTED';

/** The debounced status of a series; null where no threshold is in force. */
export type BreachStatus = 'NORMAL' | 'NO_DATA' | 'WARNING' | 'CRITICAL' | null;

/** A breach that is yet to be numbered. */
export interface NewBreach {
  readonly seriesId: number;
  readonly kind: BreachKind;
  readonly time: Instant;
  /** Whether it was long past when it was recorded. */
  readonly late: boolean;
  readonly value: number | null;
  /** When the value was measured: before `time` where it was judged anew without a reading. */
  readonly measuredAt: Instant | null;
  readonly status: BreachStatus;
  readonly previous: BreachStatus;
  readonly thresholdId: string | null;
  readonly alertId: string;
  /** What filters by level look at. */
  readonly levels: readonly Level[];
}

/** A breach as recorded. */
export interface BreachRow extends Omit<NewBreach, 'time' | 'measuredAt'> {
  readonly number: number;
  /** RFC 3339, as are the other two; `recordedAt` never goes back from one number to the next. */
  readonly time: string;
  readonly measuredAt: string | null;
  readonly recordedAt: string;
}

/** What the outbox has after a number. */
export interface BreachPage {
  readonly rows: readonly BreachRow[];
  /** Another one after a restore. */
  readonly storeId: string;
  /** The number of the newest breach that is committed. */
  readonly lastNumber: number;
  /** Breaches up to this number are no longer kept. */
  readonly expiredThrough: number;
  /** Of the catalogue that knows the series of `rows`. */
  readonly catalogueVersion: number;
  /** The database's clock as the statement began, RFC 3339: what was committed before it is in here, as far as `rows` reaches. */
  readonly at: string;
}

/** Wakes those who listen for breaches; it says nothing, for what there is they read by number. */
export const BREACH_CHANNEL = 'thermograph_breach';

/**
 * Records breaches in the order given, numbered without a gap after all that are committed. The last statement of its transaction: from here on
 * everybody else with breaches waits, so that numbers are committed in their order.
 */
export async function insertBreaches(client: Queryable, breaches: readonly NewBreach[]): Promise<void> {
  if (breaches.length === 0) return;
  // Each level is on or off, because arrays of arrays have to be rectangular.
  await client.query({
    name: 'insert_breaches',
    text: `
      with counter as (
        update outbox set last_number = last_number + cardinality($1::int[])
        returning last_number - cardinality($1::int[]) as before, clock_timestamp() as at),
      inserted as (
        insert into breach (series_id, number, kind, time, recorded_at, late, value, measured_at, status, previous, threshold_id, alert_id, levels)
        select series_id, before + position, kind, time, at, late, value, measured_at, status, previous, threshold_id, alert_id,
               array_remove(array[case when warning then 'WARNING' end, case when critical then 'CRITICAL' end], null)
          from counter,
               unnest($1::int[], $2::text[], $3::timestamptz[], $4::boolean[], $5::double precision[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
                      $10::boolean[], $11::boolean[], $12::timestamptz[])
               with ordinality as news (series_id, kind, time, late, value, status, previous, threshold_id, alert_id, warning, critical, measured_at, position))
      select pg_notify('${BREACH_CHANNEL}', '') from counter`,
    values: [
      breaches.map((breach) => breach.seriesId),
      breaches.map((breach) => breach.kind),
      breaches.map((breach) => formatInstant(breach.time)),
      breaches.map((breach) => breach.late),
      breaches.map((breach) => breach.value),
      breaches.map((breach) => breach.status),
      breaches.map((breach) => breach.previous),
      breaches.map((breach) => breach.thresholdId),
      breaches.map((breach) => breach.alertId),
      breaches.map((breach) => breach.levels.includes('WARNING')),
      breaches.map((breach) => breach.levels.includes('CRITICAL')),
      breaches.map(({ measuredAt }) => (measuredAt === null ? null : formatInstant(measuredAt))),
    ],
  });
}

/** The columns of a `BreachRow`, for statements that select from `breach`. */
export const BREACH_COLUMNS = `
  breach.number, breach.series_id as "seriesId", breach.kind, breach.time, breach.recorded_at as "recordedAt", breach.late, breach.value,
  breach.measured_at as "measuredAt", breach.status, breach.previous, breach.threshold_id::text as "thresholdId", breach.alert_id::text as "alertId", breach.levels`;

/** The first `limit` breaches after a number, in the order of their numbers, and where the outbox stands, all by one snapshot. Not within a transaction, whose clock would be older. */
export async function selectBreachesAfter(db: Queryable, number: number, limit: number): Promise<BreachPage> {
  // By the clock of the transaction, not of the statement: a statement that is known by name is stamped anew after its snapshot was taken.
  const { rows } = await db.query<Omit<BreachPage, 'rows'> & (BreachRow | { number: null })>({
    name: 'select_breaches_after',
    text: `
      select (select id from store) as "storeId", outbox.last_number as "lastNumber", outbox.expired_through as "expiredThrough",
             (select version from catalogue) as "catalogueVersion", now() as at, found.*
        from outbox
        left join lateral (
          select ${BREACH_COLUMNS} from breach where breach.number > $1::bigint order by breach.number limit $2::int) as found on true
       order by found.number`,
    values: [number, limit],
  });
  const [first] = rows;
  if (first === undefined) throw new Error('the outbox has no row');
  const { storeId, lastNumber, expiredThrough, catalogueVersion, at } = first;
  const found = rows.flatMap(({ storeId: _s, lastNumber: _l, expiredThrough: _e, catalogueVersion: _c, at: _a, ...row }) => (row.number === null ? [] : [row]));
  return { rows: found, storeId, lastNumber, expiredThrough, catalogueVersion, at };
}
