import DataLoader from 'dataloader';
import type { AlertRow } from '../db/alert.ts';
import { type AlertFilter, countAlerts, type FoundAlerts, selectAlerts, selectAlertsById, selectOpenAlerts } from '../db/alert-page.ts';
import type { Level, LocationRow, SeriesRow } from '../db/catalogue.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { clampInstant } from '../db/time/calendar.ts';
import { formatInstant, type Instant } from '../db/time/instant.ts';
import { parseTimeBound } from '../db/time/time-bound.ts';
import type { LatestLoader } from './latest.ts';
import { type LocationFilter, selectLocationIds } from './location-filter.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import type { Scene } from './scene.ts';
import { createSeriesTest } from './series-filter.ts';
import { readZone } from './time-arguments.ts';

export interface AlertsArguments extends PageArguments {
  readonly where?: LocationFilter | null;
  readonly metrics?: readonly string[] | null;
  readonly sensors?: readonly string[] | null;
  readonly levels?: readonly Level[] | null;
  readonly states?: readonly ('OPEN' | 'RESOLVED')[] | null;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly timezone?: string | null;
}

/** A page of alerts; how many there are is only counted where it is asked for. */
export interface AlertPage extends Page<AlertRow> {
  countAll(): Promise<number>;
}

/** Alerts, by a number of statements that depends on the document alone. */
export interface AlertLoaders {
  /** The last opened first. */
  page(args: AlertsArguments): Promise<AlertPage>;
  /** null where nobody has this id. */
  byId(id: string): Promise<AlertRow | null>;
  /** What is open at a location, the last opened first. */
  openAt(location: LocationRow): Promise<readonly AlertRow[]>;
}

/** For one request. */
export function createAlertLoaders(scene: Scene, latest: LatestLoader): AlertLoaders {
  const { catalogue, budget } = scene;
  let alerts: DataLoader<string, AlertRow | null> | null = null;
  let open: DataLoader<string, readonly AlertRow[]> | null = null;
  return {
    async page(args) {
      const page = await loadPage(scene, latest, args);
      budget.chargeNodes(page.nodes.length);
      return page;
    },
    async byId(id) {
      if (!isId(id)) return null;
      alerts ??= new DataLoader((ids) => loadById(scene, ids));
      return alerts.load(id);
    },
    async openAt({ id }) {
      open ??= new DataLoader((ids) => loadOpen(scene, ids));
      const found = await open.load(id);
      budget.chargeNodes(found.length);
      return found;
    },
  };

  async function loadOpen(from: Scene, locationIds: readonly string[]): Promise<readonly (readonly AlertRow[])[]> {
    const series = locationIds.flatMap((id) => catalogue.seriesByLocation.get(id) ?? []);
    const rows = series.length === 0 ? [] : heard(from, await selectOpenAlerts(from.db, series.map(idOf)));
    const byLocation = new Map<string | null, AlertRow[]>(locationIds.map((id) => [id, []]));
    for (const row of rows) byLocation.get(catalogue.series.get(row.seriesId)?.locationId ?? null)?.push(row);
    return locationIds.map((id) => byLocation.get(id) ?? []);
  }
}

/** A number that a bigint holds; other ids nobody has. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}

function idOf({ id }: SeriesRow): number {
  return id;
}

async function loadById(scene: Scene, ids: readonly string[]): Promise<readonly (AlertRow | null)[]> {
  const alerts = new Map(heard(scene, await selectAlertsById(scene.db, ids)).map((row) => [row.id, row]));
  return ids.map((id) => alerts.get(id) ?? null);
}

/** Of series that came after this request had looked at the catalogue nothing is told. */
function heard(scene: Scene, { rows, catalogueVersion }: FoundAlerts): readonly AlertRow[] {
  scene.witness.saw(catalogueVersion);
  return rows.filter(({ seriesId }) => scene.catalogue.series.has(seriesId));
}

async function loadPage(scene: Scene, latest: LatestLoader, args: AlertsArguments): Promise<AlertPage> {
  const first = readPageSize(args.first, 100);
  const after = readCursor('alert', args.after, isPlace);
  const filter = await readFilter(scene, latest, args);
  const found =
    filter === null
      ? null
      : await selectAlerts(scene.db, {
          ...filter,
          after: after === null ? null : { openedAt: after[0], id: after[1] },
          // One more than a page shows whether there is another.
          limit: first + 1,
        });
  const rows = found === null ? [] : heard(scene, found);
  const page = createPage(rows.slice(0, first), ({ openedAt, id }) => writeCursor('alert', [openedAt, id]), {
    hasNextPage: (found?.rows.length ?? 0) > first,
    hasPreviousPage: after !== null,
  });
  return Object.assign(page, { countAll: () => (filter === null ? Promise.resolve(0) : countAlerts(scene.db, filter)) });
}

function isPlace(key: readonly unknown[]): key is readonly [number, string] {
  return (
    key.length === 2 &&
    typeof key[0] === 'number' &&
    Number.isSafeInteger(key[0]) &&
    clampInstant(key[0]) === key[0] &&
    typeof key[1] === 'string' &&
    isId(key[1])
  );
}

/** null where nothing can match. */
async function readFilter(scene: Scene, latest: LatestLoader, args: AlertsArguments): Promise<AlertFilter | null> {
  const states = statesOf(args.states);
  const window = readBounds(scene, args);
  const level = levelOf(args.levels);
  const isWanted = createSeriesTest(
    scene.catalogue,
    { sensors: args.sensors ?? null, metrics: args.metrics ?? null },
    await selectLocationIds(scene, latest, args.where),
  );
  const seriesIds = isWanted === null ? null : [...scene.catalogue.series.values()].filter(isWanted).map(idOf);
  return states === null || level === undefined || seriesIds?.length === 0 ? null : { ...window, states, level, seriesIds };
}

function statesOf(states: AlertsArguments['states']): AlertFilter['states'] | null {
  if (states === null || states === undefined) return 'any';
  const [isOpen, isResolved] = [states.includes('OPEN'), states.includes('RESOLVED')];
  if (isOpen && isResolved) return 'any';
  if (isOpen) return 'open';
  return isResolved ? 'resolved' : null;
}

/** null where both will do, undefined where none will. */
function levelOf(levels: AlertsArguments['levels']): Level | null | undefined {
  return levels === null || levels === undefined || new Set(levels).size === 2 ? null : levels[0];
}

/** Unlike the window of readings it may be open on both sides. */
function readBounds(scene: Scene, { from, to, timezone }: AlertsArguments): { readonly from: Instant | null; readonly to: Instant | null } {
  const zone = readZone({ timezone: timezone ?? null }, scene);
  const read = (text: string | null | undefined, edge: 'from' | 'to') =>
    text === null || text === undefined ? null : clampInstant(parseTimeBound(text, { zone, edge, now: scene.now, field: edge }));
  const window = { from: read(from, 'from'), to: read(to, 'to') };
  if (window.from !== null && window.to !== null && window.from >= window.to) {
    throw new InvalidArgumentError(
      'from',
      from,
      `from must be before to, which is ${JSON.stringify(to)}; they mean ${formatInstant(window.from)} and ${formatInstant(window.to)}`,
    );
  }
  return window;
}
