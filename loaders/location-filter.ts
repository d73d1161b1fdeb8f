import type { Status } from '../alerts/status.ts';
import type { Catalogue, LocationRow } from '../db/catalogue.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { type LatestLoader, worstStatus } from './latest.ts';
import { sortedLocations } from './order.ts';
import { presenceAt } from './presence.ts';
import type { Scene } from './scene.ts';

/** Which locations; what is absent or null does not filter. */
export interface LocationFilter {
  readonly ids?: readonly string[] | null;
  readonly factories?: readonly string[] | null;
  readonly buildings?: readonly string[] | null;
  readonly floors?: readonly number[] | null;
  readonly areas?: readonly string[] | null;
  readonly within?: BoundingBox | null;
  readonly search?: string | null;
  readonly status?: readonly Status[] | null;
}

/** In degrees; west is greater than east where the box crosses the antimeridian. */
export interface BoundingBox {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

/** The locations that match, by id; null where nothing is filtered, which also holds what is at no location. */
export async function selectLocations(scene: Scene, latest: LatestLoader, where: LocationFilter | null | undefined): Promise<readonly LocationRow[] | null> {
  const matching = matchingLocations(scene.catalogue, where);
  const status = where?.status ?? null;
  return matching === null || status === null ? matching : withStatus(scene, latest, matching, new Set(status));
}

/** The same without looking at their status. */
function matchingLocations(catalogue: Catalogue, where: LocationFilter | null | undefined): readonly LocationRow[] | null {
  if (where === null || where === undefined || Object.values(where).every((field) => field === null || field === undefined)) return null;
  const tests = testsOf(where);
  return sortedLocations(catalogue).filter((location) => tests.every((test) => test(location)));
}

/** The same, as a set of ids. */
export async function selectLocationIds(scene: Scene, latest: LatestLoader, where: LocationFilter | null | undefined): Promise<ReadonlySet<string> | null> {
  const locations = await selectLocations(scene, latest, where);
  return locations === null ? null : new Set(locations.map(({ id }) => id));
}

/** The ids of those that match whatever their status. */
export function matchingLocationIds(catalogue: Catalogue, where: LocationFilter | null | undefined): ReadonlySet<string> | null {
  const locations = matchingLocations(catalogue, where);
  return locations === null ? null : new Set(locations.map(({ id }) => id));
}

type Test = (location: LocationRow) => boolean;

function testsOf(where: LocationFilter): Test[] {
  const isOneOf = <V>(values: readonly V[] | null | undefined, fieldOf: (location: LocationRow) => V | null): Test[] => {
    if (values === null || values === undefined) return [];
    const wanted = new Set<V | null>(values);
    return [(location) => wanted.has(fieldOf(location))];
  };
  return [
    ...isOneOf(where.ids, ({ id }) => id),
    ...isOneOf(where.factories, ({ factory }) => factory),
    ...isOneOf(where.buildings, ({ building }) => building),
    ...isOneOf(where.floors, ({ floor }) => floor),
    ...isOneOf(where.areas, ({ area }) => area),
    ...(where.within === null || where.within === undefined ? [] : [isWithin(where.within)]),
    ...(where.search === null || where.search === undefined ? [] : [holdsText(where.search)]),
  ];
}

function isWithin(box: BoundingBox): Test {
  checkBox(box);
  const { south, west, north, east } = box;
  return ({ latitude, longitude }) => {
    if (latitude === null || longitude === null || latitude < south || latitude > north) return false;
    return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
  };
}

function checkBox({ south, west, north, east }: BoundingBox): void {
  checkDegrees('where.within.south', south, 90);
  checkDegrees('where.within.north', north, 90);
  checkDegrees('where.within.west', west, 180);
  checkDegrees('where.within.east', east, 180);
  if (south > north) throw new InvalidArgumentError('where.within.south', south, `south must not be greater than north, which is ${north}`);
}

function checkDegrees(field: string, value: number, limit: number): void {
  if (!(Math.abs(value) <= limit)) throw new InvalidArgumentError(field, value, `it must be from -${limit} to ${limit}`);
}

function holdsText(search: string): Test {
  const wanted = foldCase(search);
  return ({ id, factory, building, area }) => [id, factory, building, area].some((text) => text !== null && foldCase(text).includes(wanted));
}

/** Composed, because macOS writes Hangul and accents decomposed. */
function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

async function withStatus(
  scene: Scene,
  latest: LatestLoader,
  locations: readonly LocationRow[],
  wanted: ReadonlySet<Status | null>,
): Promise<readonly LocationRow[]> {
  const presence = presenceAt(scene.catalogue, scene.now);
  const statuses = await Promise.all(locations.map(async ({ id }) => worstStatus(scene, await latest.load(presence.seriesAt(id)))));
  return locations.filter((_, index) => wanted.has(statuses[index] ?? null));
}
