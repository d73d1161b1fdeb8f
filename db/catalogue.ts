import type { Queryable } from './pool.ts';
import type { StoredDocumentRow } from './stored-document.ts';
import type { Instant, TimeWindow } from './time/instant.ts';

/** A place with sensors. */
export interface LocationRow {
  readonly id: string;
  readonly factory: string;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly timezone: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Where a sensor is from `since` on, until its next placement. */
export interface PlacementRow {
  readonly since: Instant;
  readonly locationId: string;
}

/** A device; `placements` by time, the first one covering all earlier readings. */
export interface SensorRow {
  readonly id: string;
  readonly name: string | null;
  readonly placements: readonly PlacementRow[];
}

/** What is measured. `builtIn` metrics take part in derivations and keep their unit. */
export interface MetricRow {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly description: string | null;
  readonly builtIn: boolean;
}

/** One sensor, one metric, one location (null for a sensor that was never placed). */
export interface SeriesRow {
  readonly id: number;
  readonly sensorId: string;
  readonly metricId: string;
  readonly locationId: string | null;
}

export type Level = 'WARNING' | 'CRITICAL';

/** Where a threshold applies; null fields are not set, and none set means everywhere. */
export interface ThresholdScope {
  readonly factory: string | null;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly locationId: string | null;
  readonly sensorId: string | null;
}

/** One version of a threshold: it speaks of times in [validFrom, validTo) and [effectiveFrom, effectiveTo); null bounds are open. Durations are ISO 8601 text. */
export interface ThresholdRow {
  readonly id: string;
  readonly version: number;
  readonly metricId: string;
  readonly level: Level;
  readonly min: number | null;
  readonly max: number | null;
  readonly scope: ThresholdScope;
  readonly forDuration: string;
  readonly clearMargin: number;
  readonly clearDuration: string;
  readonly noDataAfter: string | null;
  readonly effectiveFrom: Instant | null;
  readonly effectiveTo: Instant | null;
  readonly enabled: boolean;
  readonly validFrom: Instant | null;
  readonly validTo: Instant | null;
}

/** Everything that is not a reading, as of one version: small, read by every question, kept in memory. Lists are sorted by id. */
export interface Catalogue {
  readonly version: number;
  readonly locations: ReadonlyMap<string, LocationRow>;
  readonly sensors: ReadonlyMap<string, SensorRow>;
  readonly metrics: ReadonlyMap<string, MetricRow>;
  readonly series: ReadonlyMap<number, SeriesRow>;
  readonly seriesBySensor: ReadonlyMap<string, readonly SeriesRow[]>;
  readonly seriesByLocation: ReadonlyMap<string, readonly SeriesRow[]>;
  /** Every version of every threshold, the deleted ones too. */
  readonly thresholds: readonly ThresholdRow[];
  /** The query documents that were saved, by name. */
  readonly documents: ReadonlyMap<string, StoredDocumentRow>;
}

/** The location of a sensor at an instant, null where it was never placed. The first placement covers all earlier times. */
export function locationIdAt(sensor: SensorRow, instant: Instant): string | null {
  let found = sensor.placements[0]?.locationId ?? null;
  for (const placement of sensor.placements) {
    if (placement.since > instant) break;
    found = placement.locationId;
  }
  return found;
}

/** When a sensor was at a location, null for one that was never placed: its readings of those times are those of the series there. */
export function staysAt({ placements }: SensorRow, locationId: string | null): readonly TimeWindow[] {
  if (placements.length === 0) return locationId === null ? [ALWAYS] : [];
  return placements.flatMap((placement, number) => {
    if (placement.locationId !== locationId) return [];
    // The first placement covers all earlier times.
    return [{ from: number === 0 ? ALWAYS.from : placement.since, to: placements[number + 1]?.since ?? ALWAYS.to }];
  });
}

const ALWAYS: TimeWindow = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

interface CatalogueDocument {
  readonly version: number;
  readonly locations: readonly LocationRow[];
  readonly sensors: readonly (Omit<SensorRow, 'placements'> & { readonly placements: readonly PlacementRow[] | null })[];
  readonly metrics: readonly MetricRow[];
  readonly series: readonly (readonly [number, string, string, string | null])[];
  readonly documents: readonly StoredDocumentRow[];
  /** null where they are those of the catalogue that is known. */
  readonly thresholds: readonly ThresholdRow[] | null;
  readonly thresholdsState: string;
}

/** Which state of the relation a list of thresholds was read from. */
const stateOfThresholds = new WeakMap<readonly ThresholdRow[], string>();

/**
 * Reads the whole catalogue in one statement, hence one snapshot. Thresholds are read only where they are others than those of `known`: every load of new
 * series makes a new version of the catalogue, and a thousand thresholds cost more than all the rest. Versions of them are added or closed, and nothing else.
 */
export async function selectCatalogue(db: Queryable, known: Catalogue | null = null): Promise<Catalogue> {
  const { rows } = await db.query<{ document: CatalogueDocument }>({
    name: 'select_catalogue',
    text: `
      select json_build_object(
        'version', (select version from catalogue),
        'locations', (select coalesce(json_agg(location order by id), '[]') from location),
        'sensors', (
          select coalesce(json_agg(json_build_object('id', sensor.id, 'name', sensor.name, 'placements', placed.placements) order by sensor.id), '[]')
            from sensor
            left join (
              select sensor_id, json_agg(json_build_object('since', (extract(epoch from since) * 1000000)::bigint, 'locationId', location_id) order by since) as placements
                from placement
               group by sensor_id) as placed on placed.sensor_id = sensor.id),
        'metrics', (
          select coalesce(json_agg(json_build_object('id', id, 'name', name, 'unit', unit, 'min', min, 'max', max, 'description', description, 'builtIn', built_in) order by id), '[]')
            from metric),
        'series', (select coalesce(json_agg(json_build_array(id, sensor_id, metric_id, location_id) order by id), '[]') from series),
        'documents', (
          select coalesce(json_agg(json_build_object('name', name, 'text', text, 'savedAt', to_char(saved_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) order by name), '[]')
            from stored_document),
        'thresholdsState', versions.state,
        'thresholds', case when versions.state is distinct from $1::text then (
          select coalesce(json_agg(json_build_object(
                   'id', threshold_id::text, 'version', version, 'metricId', metric_id, 'level', level, 'min', min, 'max', max,
                   'scope', json_build_object('factory', factory, 'building', building, 'floor', floor, 'area', area, 'locationId', location_id, 'sensorId', sensor_id),
                   'forDuration', for_duration, 'clearMargin', clear_margin, 'clearDuration', clear_duration, 'noDataAfter', no_data_after,
                   'effectiveFrom', (extract(epoch from effective_from) * 1000000)::bigint,
                   'effectiveTo', (extract(epoch from effective_to) * 1000000)::bigint,
                   'enabled', enabled,
                   'validFrom', case when isfinite(valid_from) then (extract(epoch from valid_from) * 1000000)::bigint end,
                   'validTo', case when isfinite(valid_to) then (extract(epoch from valid_to) * 1000000)::bigint end)
                 order by threshold_id, version), '[]')
            from threshold_version) end
      ) as document
        from (select concat(count(*), ' ', count(*) filter (where valid_to < 'infinity')) as state from threshold_version) as versions`,
    values: [known === null ? null : (stateOfThresholds.get(known.thresholds) ?? null)],
  });
  const document = rows[0]?.document;
  if (document === undefined) throw new Error('the statement that reads the catalogue gave no row');
  const thresholds = document.thresholds ?? known?.thresholds;
  if (thresholds === undefined) throw new Error('the statement that reads the catalogue gave no thresholds');
  stateOfThresholds.set(thresholds, document.thresholdsState);
  return toCatalogue(document, thresholds);
}

function toCatalogue(document: CatalogueDocument, thresholds: readonly ThresholdRow[]): Catalogue {
  const series = document.series.map(([id, sensorId, metricId, locationId]): SeriesRow => ({ id, sensorId, metricId, locationId }));
  return {
    version: document.version,
    locations: new Map(document.locations.map((row) => [row.id, row])),
    sensors: new Map(document.sensors.map((row) => [row.id, { ...row, placements: row.placements ?? [] }])),
    metrics: new Map(document.metrics.map((row) => [row.id, row])),
    series: new Map(series.map((row) => [row.id, row])),
    seriesBySensor: groupBy(series, (row) => row.sensorId),
    seriesByLocation: groupBy(series, (row) => row.locationId),
    thresholds,
    documents: new Map(document.documents.map((row) => [row.name, row])),
  };
}

/** Groups rows by a key, in row order; rows whose key is null are left out. */
function groupBy<R, K>(rows: readonly R[], keyOf: (row: R) => K | null): Map<K, R[]> {
  const groups = new Map<K, R[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
