import { BREACH_COLUMNS, type BreachRow } from '../../db/breach.ts';
import type { ThresholdRow } from '../../db/catalogue.ts';
import { IDLE, type Judgement } from '../../db/judgement.ts';
import { formatInstant } from '../../db/time/instant.ts';
import { ingest } from '../../etl/ingest.ts';
import type { TestDatabase } from './database.ts';
import { type History, scopeOf } from './judging-histories.ts';
import type { ReferenceAlert, ReferenceRow } from './judging-reference.ts';
import { recordsOf } from './records.ts';

/** A history with the ids that the store gave its thresholds. */
export interface PlantedHistory extends History {
  readonly sensorId: string;
}

/** Puts the places, sensors and thresholds of histories into the store, as if they had always been there. */
export async function plantHistories(db: TestDatabase, histories: readonly History[]): Promise<readonly PlantedHistory[]> {
  const scopes = histories.map(({ name }) => scopeOf(name));
  const sensorIds = scopes.map(({ sensorId }) => sensorId);
  const locationIds = scopes.map(({ locationId }) => locationId);
  await db.pool.query(
    `insert into location (id, factory, building, floor, area, timezone)
     select id, factory, 'B', 1, 'X', 'UTC' from unnest($1::text[], $2::text[]) as given (id, factory)`,
    [locationIds, scopes.map(({ factory }) => factory)],
  );
  await db.pool.query('insert into sensor (id) select unnest($1::text[])', [sensorIds]);
  await db.pool.query(
    `insert into placement (sensor_id, since, location_id) select sensor, '2024-01-01', location from unnest($1::text[], $2::text[]) as given (sensor, location)`,
    [sensorIds, locationIds],
  );
  const planted: PlantedHistory[] = [];
  const ids = await insertThresholds(db, histories.flatMap(({ thresholds }) => thresholds.filter(({ version }) => version === 1)).length);
  for (const history of histories) {
    const own = new Map<string, string>();
    for (const { id } of history.thresholds) if (!own.has(id)) own.set(id, ids.shift() ?? '');
    planted.push({
      ...history,
      sensorId: scopeOf(history.name).sensorId,
      thresholds: history.thresholds.map((row) => ({ ...row, id: own.get(row.id) ?? '' })),
    });
  }
  await insertVersions(
    db,
    planted.flatMap(({ thresholds }) => thresholds),
  );
  await db.pool.query('update catalogue set version = version + 1');
  return planted;
}

async function insertThresholds(db: TestDatabase, count: number): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>('insert into threshold select from generate_series(1, $1) returning id::text', [count]);
  return rows.map(({ id }) => id).sort((a, b) => Number(a) - Number(b));
}

async function insertVersions(db: TestDatabase, rows: readonly ThresholdRow[]): Promise<void> {
  const text = (instant: number | null) => (instant === null ? null : formatInstant(instant));
  await db.pool.query(
    `insert into threshold_version (threshold_id, version, valid_from, valid_to, metric_id, level, min, max, factory, building, floor, area, location_id, sensor_id,
            for_duration, clear_margin, clear_duration, effective_from, effective_to, enabled)
     select id, version, coalesce(valid_from, '-infinity'), coalesce(valid_to, 'infinity'), 'temperature', level, min, max, factory, building, floor, area, location, sensor,
            for_duration, clear_margin, clear_duration, effective_from, effective_to, enabled
       from unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::text[], $10::int[], $11::text[],
                   $12::text[], $13::text[], $14::text[], $15::float8[], $16::text[], $17::timestamptz[], $18::timestamptz[], $19::boolean[])
            as given (id, version, valid_from, valid_to, level, min, max, factory, building, floor, area, location, sensor, for_duration, clear_margin, clear_duration,
                      effective_from, effective_to, enabled)`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.version),
      rows.map((row) => text(row.validFrom)),
      rows.map((row) => text(row.validTo)),
      rows.map((row) => row.level),
      rows.map((row) => row.min),
      rows.map((row) => row.max),
      rows.map((row) => row.scope.factory),
      rows.map((row) => row.scope.building),
      rows.map((row) => row.scope.floor),
      rows.map((row) => row.scope.area),
      rows.map((row) => row.scope.locationId),
      rows.map((row) => row.scope.sensorId),
      rows.map((row) => row.forDuration),
      rows.map((row) => row.clearMargin),
      rows.map((row) => row.clearDuration),
      rows.map((row) => text(row.effectiveFrom)),
      rows.map((row) => text(row.effectiveTo)),
      rows.map((row) => row.enabled),
    ],
  );
}

/** Loads the batches of histories side by side, each in one transaction; answers the breaches that the loads recorded. */
export async function loadHistories(db: TestDatabase, histories: readonly PlantedHistory[]): Promise<number> {
  let breaches = 0;
  const count = Math.max(...histories.map(({ arrivals }) => arrivals.length));
  for (let batch = 0; batch < count; batch += 1) {
    const readings = histories.flatMap(({ sensorId, arrivals }) =>
      (arrivals[batch] ?? []).map(({ time, value }) => ({ sensor: sensorId, metric: 'temperature', time: formatInstant(time), value })),
    );
    if (readings.length === 0) continue;
    const summary = await ingest(db.store, recordsOf(readings), { register: false });
    if (summary.rejectedCount > 0) throw new Error(`the test's own readings are refused: ${JSON.stringify(summary.rejected[0])}`);
    breaches += summary.breaches;
  }
  return breaches;
}

const MICROS = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** The timelines of sensors. */
export async function storedTimelines(db: TestDatabase, sensorIds: readonly string[]): Promise<ReadonlyMap<string, readonly ReferenceRow[]>> {
  const { rows } = await db.pool.query<ReferenceRow & { sensor: string }>(
    `select sensor_id as sensor, ${MICROS('time')} as time, status, active::text[] as active
       from verdict join series on series.id = series_id where sensor_id = any ($1) order by series_id, time`,
    [sensorIds],
  );
  return bySensor(rows);
}

/** The alerts of sensors that were not withdrawn. */
export async function storedAlerts(db: TestDatabase, sensorIds: readonly string[]): Promise<ReadonlyMap<string, readonly ReferenceAlert[]>> {
  const { rows } = await db.pool.query<ReferenceAlert & { sensor: string }>(
    `select sensor_id as sensor, ${MICROS('opened_at')} as "openedAt", ${MICROS('resolved_at')} as "resolvedAt", level, threshold_id::text as "thresholdId", peak
       from alert join series on series.id = series_id where sensor_id = any ($1) and not withdrawn and kind = 'BAND' order by series_id, opened_at`,
    [sensorIds],
  );
  return bySensor(rows);
}

/** An alert as stored. */
export interface StoredAlert {
  readonly id: string;
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  readonly withdrawn: boolean;
}

/** The alerts of sensors, those that were withdrawn too. */
export async function storedLives(db: TestDatabase, sensorIds: readonly string[]): Promise<ReadonlyMap<string, readonly StoredAlert[]>> {
  const { rows } = await db.pool.query<StoredAlert & { sensor: string }>(
    `select sensor_id as sensor, alert.id::text as id, ${MICROS('opened_at')} as "openedAt", ${MICROS('resolved_at')} as "resolvedAt", withdrawn
       from alert join series on series.id = series_id where sensor_id = any ($1) order by alert.id`,
    [sensorIds],
  );
  return bySensor(rows);
}

/** The breaches after a number, in the order of their numbers, by sensor. */
export async function storedBreaches(db: TestDatabase, after: number): Promise<ReadonlyMap<string, readonly BreachRow[]>> {
  const { rows } = await db.pool.query<BreachRow & { sensor: string }>(
    `select sensor_id as sensor, ${BREACH_COLUMNS} from breach join series on series.id = series_id where number > $1 order by number`,
    [after],
  );
  return bySensor(rows);
}

/** Where the judging of sensors stands. */
export async function storedStates(db: TestDatabase, sensorIds: readonly string[]): Promise<(sensorId: string) => Judgement> {
  const { rows } = await db.pool.query<{ sensor: string; state: Judgement }>(
    'select sensor_id as sensor, state from judgement join series on series.id = series_id where sensor_id = any ($1)',
    [sensorIds],
  );
  const states = new Map(rows.map(({ sensor, state }) => [sensor, state]));
  return (sensorId) => states.get(sensorId) ?? IDLE;
}

function bySensor<R extends { readonly sensor: string }>(rows: readonly R[]): ReadonlyMap<string, readonly Omit<R, 'sensor'>[]> {
  const groups = new Map<string, Omit<R, 'sensor'>[]>();
  for (const { sensor, ...row } of rows) groups.set(sensor, [...(groups.get(sensor) ?? []), row]);
  return groups;
}
