import type { Queryable } from '../pool.ts';

/** What makes a series one: a sensor, a metric, and a location (null where the sensor was never placed). */
export interface SeriesKey {
  readonly sensorId: string;
  readonly metricId: string;
  readonly locationId: string | null;
}

/**
 * Creates series that do not exist, with the sensors that do not exist, and raises the version of the catalogue: the new version.
 * Several loads may create the same series at once: the sorted inserts make the later ones wait for the first, and the version tells them that they were not alone.
 */
export async function createSeries(db: Queryable, keys: readonly SeriesKey[]): Promise<number> {
  const values = [keys.map((key) => key.sensorId), keys.map((key) => key.metricId), keys.map((key) => key.locationId)];
  await db.query({
    name: 'insert_sensors_of_series',
    text: `insert into sensor (id) select distinct id collate "C" from unnest($1::text[]) as wanted (id) order by 1 on conflict (id) do nothing`,
    values: values.slice(0, 1),
  });
  await db.query({
    name: 'insert_series',
    text: `
      insert into series (sensor_id, metric_id, location_id)
      select sensor_id, metric_id, location_id
        from unnest($1::text[], $2::text[], $3::text[]) as wanted (sensor_id, metric_id, location_id)
       order by sensor_id collate "C", metric_id collate "C", location_id collate "C"
          on conflict (sensor_id, metric_id, location_id) do nothing`,
    values,
  });
  await db.query({
    name: 'insert_series_latest',
    text: `
      insert into series_latest (series_id)
      select series.id
        from unnest($1::text[], $2::text[], $3::text[]) as wanted (sensor_id, metric_id, location_id)
        join series on series.sensor_id = wanted.sensor_id and series.metric_id = wanted.metric_id and series.location_id is not distinct from wanted.location_id
       order by series.id
          on conflict (series_id) do nothing`,
    values,
  });
  const { rows } = await db.query<{ version: number }>({
    name: 'raise_catalogue_version',
    text: 'update catalogue set version = version + 1 returning version',
    values: [],
  });
  return rows[0]?.version ?? 0;
}

/** The ids of series, in the order of their keys; a key without a series is left out. */
export async function selectSeriesIds(db: Queryable, keys: readonly SeriesKey[]): Promise<readonly (SeriesKey & { readonly id: number })[]> {
  const { rows } = await db.query<SeriesKey & { id: number }>({
    name: 'select_series_ids',
    text: `
      select series.id, series.sensor_id as "sensorId", series.metric_id as "metricId", series.location_id as "locationId"
        from unnest($1::text[], $2::text[], $3::text[]) with ordinality as wanted (sensor_id, metric_id, location_id, position)
        join series on series.sensor_id = wanted.sensor_id and series.metric_id = wanted.metric_id and series.location_id is not distinct from wanted.location_id
       order by wanted.position`,
    values: [keys.map((key) => key.sensorId), keys.map((key) => key.metricId), keys.map((key) => key.locationId)],
  });
  return rows;
}
