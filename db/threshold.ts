import { toSearchableId } from './check-input.ts';
import type { ThresholdTerms } from './check-threshold.ts';
import { DuplicateThresholdError, NotFoundError } from './errors.ts';
import type { Queryable } from './pool.ts';
import { selectIds } from './select-ids.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** Adds a threshold that holds for all time, or as long as it says itself. Answers its id. The caller changes the catalogue. */
export async function insertThreshold(client: Queryable, terms: ThresholdTerms, present: Instant): Promise<string> {
  await checkKnownAndNew(client, terms, null);
  const id = await insertThresholdId(client, present);
  await insertVersion(client, id, 1, terms, null);
  return id;
}

/** Replaces a threshold from now on: the version so far is closed and keeps its judgement. */
export async function replaceThreshold(client: Queryable, id: string, terms: ThresholdTerms, present: Instant): Promise<void> {
  const closed = await closeVersion(client, id, present);
  await checkKnownAndNew(client, terms, id);
  await insertVersion(client, id, closed.version + 1, terms, closed.validTo);
}

/** Ends a threshold; its versions keep their judgement of the past. */
export async function endThreshold(client: Queryable, id: string, present: Instant): Promise<void> {
  await closeVersion(client, id, present);
}

/** When thresholds were created, by id; without those of earlier versions, of which nobody knows. */
export async function selectThresholdsCreated(db: Queryable): Promise<ReadonlyMap<string, Instant>> {
  const { rows } = await db.query<{ id: string; createdAt: Instant }>({
    name: 'select_thresholds_created',
    text: `select id::text, (extract(epoch from created_at) * 1000000)::bigint as "createdAt" from threshold where created_at is not null`,
    values: [],
  });
  return new Map(rows.map(({ id, createdAt }) => [id, createdAt]));
}

async function checkKnownAndNew(client: Queryable, terms: ThresholdTerms, except: string | null): Promise<void> {
  await checkIdsExist(client, terms);
  const duplicate = await selectDuplicate(client, terms, except);
  if (duplicate !== null) throw new DuplicateThresholdError(duplicate);
}

async function checkIdsExist(client: Queryable, { metricId, scope }: ThresholdTerms): Promise<void> {
  const { rows } = await client.query<{ metric: boolean; location: boolean; sensor: boolean }>({
    name: 'select_threshold_ids_exist',
    text: `
      select exists (select from metric where id = $1) as metric,
             $2::text is null or exists (select from location where id = $2) as location,
             $3::text is null or exists (select from sensor where id = $3) as sensor`,
    values: [metricId, scope.locationId, scope.sensorId].map((id) => (id === null ? null : toSearchableId(id))),
  });
  const known = rows[0];
  if (!known?.metric) throw new NotFoundError('input.metric', metricId, 'metric', await selectIds(client, 'metric'));
  if (scope.locationId !== null && !known.location) {
    throw new NotFoundError('input.scope.location', scope.locationId, 'location', await selectIds(client, 'location'));
  }
  if (scope.sensorId !== null && !known.sensor) {
    throw new NotFoundError('input.scope.sensor', scope.sensorId, 'sensor', await selectIds(client, 'sensor'));
  }
}

/**
 * A threshold that says again what these terms say: both bands are closed, both windows half-open. One without bounds minds silence alone, and says again only
 * what another of these says. Disabled ones count, for they may be enabled.
 */
async function selectDuplicate(client: Queryable, terms: ThresholdTerms, except: string | null): Promise<string | null> {
  const { scope } = terms;
  const { rows } = await client.query<{ id: string }>({
    name: 'select_duplicate_threshold',
    text: `
      select threshold_id::text as id
        from threshold_version
       where valid_to = 'infinity'
         and threshold_id is distinct from $1::bigint
         and metric_id = $2 and level = $3
         and (factory, building, floor, area, location_id, sensor_id) is not distinct from ($4::text, $5::text, $6::int, $7::text, $8::text, $9::text)
         and (min is null and max is null and no_data_after is not null) = ($10::double precision is null and $11::double precision is null and $14::boolean)
         and coalesce(min, '-infinity') <= coalesce($11::double precision, 'infinity') and coalesce($10::double precision, '-infinity') <= coalesce(max, 'infinity')
         and coalesce(effective_from, '-infinity') < coalesce($13::timestamptz, 'infinity') and coalesce($12::timestamptz, '-infinity') < coalesce(effective_to, 'infinity')
       order by threshold_id
       limit 1`,
    values: [
      except,
      terms.metricId,
      terms.level,
      scope.factory,
      scope.building,
      scope.floor,
      scope.area,
      scope.locationId,
      scope.sensorId,
      terms.min,
      terms.max,
      instantOrNull(terms.effectiveFrom),
      instantOrNull(terms.effectiveTo),
      terms.noDataAfter !== null,
    ],
  });
  return rows[0]?.id ?? null;
}

async function insertThresholdId(client: Queryable, present: Instant): Promise<string> {
  const { rows } = await client.query<{ id: string }>({
    name: 'insert_threshold',
    text: 'insert into threshold (created_at) values ($1) returning id::text',
    values: [formatInstant(present)],
  });
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('the statement that inserts a threshold gave no row');
  return id;
}

async function insertVersion(client: Queryable, id: string, version: number, terms: ThresholdTerms, validFrom: string | null): Promise<void> {
  const { scope } = terms;
  await client.query({
    name: 'insert_threshold_version',
    text: `
      insert into threshold_version (
             threshold_id, version, valid_from, valid_to, metric_id, level, min, max, factory, building, floor, area, location_id, sensor_id,
             for_duration, clear_margin, clear_duration, no_data_after, effective_from, effective_to, enabled)
      values ($1, $2, coalesce($3::timestamptz, '-infinity'), 'infinity', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    values: [
      id,
      version,
      validFrom,
      terms.metricId,
      terms.level,
      terms.min,
      terms.max,
      scope.factory,
      scope.building,
      scope.floor,
      scope.area,
      scope.locationId,
      scope.sensorId,
      terms.forDuration,
      terms.clearMargin,
      terms.clearDuration,
      terms.noDataAfter,
      instantOrNull(terms.effectiveFrom),
      instantOrNull(terms.effectiveTo),
      terms.enabled,
    ],
  });
}

/** Ends the present version of a threshold. Two changes within one tick of the clock leave a version that never was in force. */
async function closeVersion(client: Queryable, id: string, present: Instant): Promise<{ readonly version: number; readonly validTo: string }> {
  const { rows } = await client.query<{ version: number; validTo: string }>({
    name: 'close_threshold_version',
    text: `
      update threshold_version
         set valid_to = greatest($2::timestamptz, valid_from)
       where threshold_id::text = $1 and valid_to = 'infinity'
      returning version, valid_to as "validTo"`,
    values: [toSearchableId(id), formatInstant(present)],
  });
  const closed = rows[0];
  if (closed === undefined) throw new NotFoundError('id', id, 'threshold', []);
  return closed;
}

function instantOrNull(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant);
}
