import { checkDistinctIds, checkOptionalText, checkRange, checkText } from './check-input.ts';
import { InvalidArgumentError } from './errors.ts';
import type { Queryable } from './pool.ts';
import { zoneClock } from './time/zone-clock.ts';

/** A location as it is to be stored. An absent field keeps what is stored, null clears it. */
export interface LocationInput {
  readonly id: string;
  readonly factory: string;
  readonly building?: string | null;
  readonly floor?: number | null;
  readonly area?: string | null;
  readonly timezone: string;
  readonly latitude?: number | null;
  readonly longitude?: number | null;
}

/** Refuses locations that cannot be. */
export function checkLocations(inputs: readonly LocationInput[]): void {
  checkDistinctIds('locations', inputs);
  for (const [index, input] of inputs.entries()) checkLocation(`locations[${index}]`, input);
}

function checkLocation(field: string, input: LocationInput): void {
  checkText(`${field}.id`, input.id);
  checkText(`${field}.factory`, input.factory);
  checkOptionalText(`${field}.building`, input.building);
  checkOptionalText(`${field}.area`, input.area);
  checkRange(`${field}.latitude`, input.latitude, -90, 90);
  checkRange(`${field}.longitude`, input.longitude, -180, 180);
  checkZone(`${field}.timezone`, input.timezone);
}

function checkZone(field: string, zone: string): void {
  try {
    zoneClock(zone);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(field, zone, error.rule, { cause: error });
  }
}

/** Registers locations that were checked, and changes known ones. Answers whether anything is new: saving the same again changes nothing. The caller changes the catalogue. */
export async function upsertLocations(client: Queryable, inputs: readonly LocationInput[]): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'upsert_locations',
    text: `
      insert into location as stored (id, factory, building, floor, area, timezone, latitude, longitude)
      select given.id, given.factory,
             case when 'building' = any (given.absent) then known.building else given.building end,
             case when 'floor' = any (given.absent) then known.floor else given.floor end,
             case when 'area' = any (given.absent) then known.area else given.area end,
             given.timezone,
             case when 'latitude' = any (given.absent) then known.latitude else given.latitude end,
             case when 'longitude' = any (given.absent) then known.longitude else given.longitude end
        from json_to_recordset($1) as given (
               id text, factory text, building text, floor int, area text, timezone text, latitude double precision, longitude double precision, absent text[])
        left join location as known on known.id = given.id
          on conflict (id) do update set
             factory = excluded.factory, building = excluded.building, floor = excluded.floor, area = excluded.area,
             timezone = excluded.timezone, latitude = excluded.latitude, longitude = excluded.longitude
       where (stored.*) is distinct from (excluded.*)`,
    values: [JSON.stringify(inputs.map((input) => ({ ...input, absent: absentFields(input) })))],
  });
  return (rowCount ?? 0) > 0;
}

const OPTIONAL_FIELDS = ['building', 'floor', 'area', 'latitude', 'longitude'] as const satisfies readonly (keyof LocationInput)[];

function absentFields(input: LocationInput): readonly string[] {
  return OPTIONAL_FIELDS.filter((field) => input[field] === undefined);
}
