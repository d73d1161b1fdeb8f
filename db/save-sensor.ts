import { locationIdAt, type PlacementRow } from './catalogue.ts';
import { checkDistinctIds, checkOptionalText, checkText, toSearchableId } from './check-input.ts';
import { InvalidArgumentError, NotFoundError, PlacementInPastError } from './errors.ts';
import type { Queryable } from './pool.ts';
import { selectIds } from './select-ids.ts';
import { parseDateTime } from './time/date-time.ts';
import { formatInstant, type Instant } from './time/instant.ts';
import { parseRfc3339 } from './time/rfc3339.ts';

/** A sensor as it is to be stored. An absent name keeps what is stored, null clears it; an absent or null location leaves the placement as it is. */
export interface SensorInput {
  readonly id: string;
  readonly name?: string | null;
  readonly location?: string | null;
  /** The start of the placement, as a `DateTime`. Where it is absent a move starts now, and a first placement with the first reading there can be. An only placement is dated anew. */
  readonly since?: string | null;
}

interface StoredSensor {
  readonly id: string;
  readonly name: string | null;
  readonly placements: readonly PlacementRow[];
  readonly newest: Instant | null;
}

/** `redated`: the only placement of its sensor, from another time on. */
interface PlacementChange extends PlacementRow {
  readonly sensorId: string;
  readonly kind: 'first' | 'move' | 'redated';
}

/** Refuses sensors that cannot be, as far as they themselves say. */
export function checkSensors(inputs: readonly SensorInput[]): void {
  checkDistinctIds('sensors', inputs);
  for (const [index, input] of inputs.entries()) checkSensor(`sensors[${index}]`, input);
}

/** What saving sensors did: whether anything is new, and which sensors have other placements than before. */
export interface SavedSensors {
  readonly changed: boolean;
  readonly placed: readonly string[];
}

/** Registers sensors that were checked, changes known ones and moves them. Saving the same again changes nothing. The caller changes the catalogue. */
export async function upsertSensorsAndPlacements(client: Queryable, inputs: readonly SensorInput[], present: Instant): Promise<SavedSensors> {
  await checkLocationsExist(client, inputs);
  const known = await selectSensors(client, inputs);
  const renamed = await upsertSensors(client, inputs, known);
  const placements: PlacementChange[] = [];
  for (const [index, input] of inputs.entries()) {
    const placement = placementOf(`sensors[${index}]`, input, known.get(input.id), present);
    if (placement !== null) placements.push(placement);
  }
  await storePlacements(client, placements);
  return { changed: renamed || placements.length > 0, placed: placements.map(({ sensorId }) => sensorId) };
}

function checkSensor(field: string, input: SensorInput): void {
  checkText(`${field}.id`, input.id);
  checkOptionalText(`${field}.name`, input.name);
  if (input.since === null || input.since === undefined) return;
  parseDateTime(input.since, `${field}.since`);
  if (input.location === null || input.location === undefined) {
    throw new InvalidArgumentError(`${field}.since`, input.since, 'it is the start of a placement, so it needs a location');
  }
}

/** Nothing is stored that was measured before. */
const BEFORE_ALL_READINGS: Instant = 0;

/** What an input changes of the placements of its sensor; null where the sensor already is there. */
function placementOf(field: string, input: SensorInput, known: StoredSensor | undefined, present: Instant): PlacementChange | null {
  if (input.location === null || input.location === undefined) return null;
  const { id: sensorId, location: locationId } = input;
  const given = input.since === null || input.since === undefined ? null : parseDateTime(input.since, `${field}.since`);
  const last = known?.placements.at(-1);
  if (known === undefined || last === undefined) {
    // It covers all earlier readings: dated now it would stand in the way of a move that is entered afterwards.
    return { sensorId, locationId, since: given ?? BEFORE_ALL_READINGS, kind: 'first' };
  }
  const since = given ?? present;

  if (given === null && locationIdAt(known, present) === locationId) return null;
  if (known.placements.some((earlier) => earlier.since === since && earlier.locationId === locationId)) return null;
  if (given !== null && last.locationId === locationId) {
    checkIsOnly(`${field}.since`, input.since, known);
    return { sensorId, locationId, since, kind: 'redated' };
  }

  const newest = Math.max(last.since, known.newest ?? Number.NEGATIVE_INFINITY);
  if (since <= newest) throw new PlacementInPastError(sensorId, formatInstant(since), formatInstant(newest));
  return { sensorId, locationId, since, kind: 'move' };
}

/** Wherever it begins, the first placement covers all earlier readings: with no other beside it another start changes the place of none. */
function checkIsOnly(field: string, value: unknown, { placements }: StoredSensor): void {
  const last = placements.at(-1);
  if (last === undefined || placements.length === 1) return;
  const where = `the sensor is at ${JSON.stringify(last.locationId)} since ${formatInstant(last.since)}`;
  throw new InvalidArgumentError(field, value, `${where}, and the start of a move stays as it was: give that, or leave since out`);
}

async function checkLocationsExist(client: Queryable, inputs: readonly SensorInput[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>({
    name: 'select_location_ids',
    text: 'select id from location where id = any ($1::text[])',
    values: [inputs.flatMap(({ location }) => (location === null || location === undefined ? [] : [toSearchableId(location)]))],
  });
  const known = new Set(rows.map(({ id }) => id));
  for (const [index, { location }] of inputs.entries()) {
    if (location === null || location === undefined || known.has(location)) continue;
    throw new NotFoundError(`sensors[${index}].location`, location, 'location', await selectIds(client, 'location'));
  }
}

/** Sensors as stored, with the time of their newest reading. Their series stay locked: a load cannot add a newer one before the move is committed. */
async function selectSensors(client: Queryable, inputs: readonly SensorInput[]): Promise<ReadonlyMap<string, StoredSensor>> {
  const { rows } = await client.query<{ id: string; name: string | null; placements: readonly PlacementRow[] | null; newest: string | null }>({
    name: 'select_sensors',
    text: `
      with locked as (
        select series_id, time
          from series_latest
         where series_id in (select id from series where sensor_id = any ($1::text[]))
         order by series_id
           for update),
      seen as (
        select series.sensor_id, max(locked.time) as newest
          from locked
          join series on series.id = locked.series_id
         group by series.sensor_id),
      placed as (
        select sensor_id, json_agg(json_build_object('since', (extract(epoch from since) * 1000000)::bigint, 'locationId', location_id) order by since) as placements
          from placement
         where sensor_id = any ($1::text[])
         group by sensor_id)
      select sensor.id, sensor.name, placed.placements, seen.newest
        from sensor
        left join placed on placed.sensor_id = sensor.id
        left join seen on seen.sensor_id = sensor.id
       where sensor.id = any ($1::text[])`,
    values: [inputs.map(({ id }) => id)],
  });
  return new Map(
    rows.map(({ id, name, placements, newest }) => [id, { id, name, placements: placements ?? [], newest: newest === null ? null : parseRfc3339(newest) }]),
  );
}

async function upsertSensors(client: Queryable, inputs: readonly SensorInput[], known: ReadonlyMap<string, StoredSensor>): Promise<boolean> {
  const names = inputs.map(({ id, name }) => (name === undefined ? (known.get(id)?.name ?? null) : name));
  const { rowCount } = await client.query({
    name: 'upsert_sensors',
    text: `
      insert into sensor as stored (id, name)
      select id, name from unnest($1::text[], $2::text[]) as given (id, name)
          on conflict (id) do update set name = excluded.name
       where stored.name is distinct from excluded.name`,
    values: [inputs.map(({ id }) => id), names],
  });
  return (rowCount ?? 0) > 0;
}

async function storePlacements(client: Queryable, placements: readonly PlacementChange[]): Promise<void> {
  const redated = placements.filter(({ kind }) => kind === 'redated');
  if (redated.length > 0) await updatePlacementStarts(client, redated);
  const added = placements.filter(({ kind }) => kind !== 'redated');
  if (added.length > 0) await insertPlacements(client, added);
  const first = placements.filter(({ kind }) => kind === 'first');
  if (first.length > 0) await placeEarlierSeries(client, first);
}

async function insertPlacements(client: Queryable, placements: readonly PlacementChange[]): Promise<void> {
  await client.query({
    name: 'insert_placements',
    text: `
      insert into placement (sensor_id, since, location_id)
      select * from unnest($1::text[], $2::timestamptz[], $3::text[])`,
    values: [placements.map(({ sensorId }) => sensorId), placements.map(({ since }) => formatInstant(since)), placements.map(({ locationId }) => locationId)],
  });
}

/** Dates the only placements of their sensors anew. */
async function updatePlacementStarts(client: Queryable, placements: readonly PlacementChange[]): Promise<void> {
  await client.query({
    name: 'update_placement_starts',
    text: `
      update placement
         set since = given.since
        from unnest($1::text[], $2::timestamptz[]) as given (sensor_id, since)
       where placement.sensor_id = given.sensor_id`,
    values: [placements.map(({ sensorId }) => sensorId), placements.map(({ since }) => formatInstant(since))],
  });
}

/** The first placement of a sensor covers all its earlier readings. */
async function placeEarlierSeries(client: Queryable, placements: readonly PlacementChange[]): Promise<void> {
  await client.query({
    name: 'place_earlier_series',
    text: `
      update series
         set location_id = given.location_id
        from unnest($1::text[], $2::text[]) as given (sensor_id, location_id)
       where series.sensor_id = given.sensor_id and series.location_id is null`,
    values: [placements.map(({ sensorId }) => sensorId), placements.map(({ locationId }) => locationId)],
  });
}
