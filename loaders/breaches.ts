import DataLoader from 'dataloader';
import { breachMessage } from '../alerts/breach-message.ts';
import { numberBehind, readBreachCursor, writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import type { AlertRow } from '../db/alert.ts';
import type { BreachRow } from '../db/breach.ts';
import { selectBreaches, selectBreachesOfAlerts } from '../db/breach-page.ts';
import type { ThresholdRow } from '../db/catalogue.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { type BreachFilter, selectBreachSeries } from './breach-filter.ts';
import { createPage, type Page, type PageArguments, readPageSize } from './page.ts';
import type { PlaceLoaders } from './place-loaders.ts';
import type { Scene } from './scene.ts';

export interface BreachesArguments extends PageArguments {
  readonly where?: BreachFilter | null;
}

/** What happened, and how it is told. */
export interface BreachLoaders {
  /** In the order of their numbers. Throws CursorExpiredError where the cursor is not of what this store keeps. */
  page(args: BreachesArguments): Promise<Page<BreachRow>>;
  /** The latest of an alert, by number. */
  ofAlert(alert: AlertRow): Promise<readonly BreachRow[]>;
  /** As it was then. */
  thresholdOf(breach: BreachRow): ThresholdRow | null;
  messageOf(breach: BreachRow): string;
}

/** Of one alert: what goes up and down for months has thousands, which `breaches` gives in pages. */
const MAX_PER_ALERT = 100;

/** For one request. */
export function createBreachLoaders(scene: Scene, places: PlaceLoaders): BreachLoaders {
  const { budget } = scene;
  let byAlert: DataLoader<string, readonly BreachRow[]> | null = null;
  const thresholdOf = ({ thresholdId, time }: BreachRow) => (thresholdId === null ? null : places.thresholdAt(thresholdId, parseRfc3339(time) ?? 0));
  return {
    async page(args) {
      const page = await loadPage(scene, args);
      budget.chargeNodes(page.nodes.length);
      return page;
    },
    async ofAlert({ id }) {
      byAlert ??= new DataLoader((ids) => loadOfAlerts(scene, ids));
      const breaches = await byAlert.load(id);
      budget.chargeNodes(breaches.length);
      return breaches;
    },
    thresholdOf,
    messageOf: (breach) =>
      breachMessage(breach, {
        sensor: places.sensorOfSeries(breach.seriesId),
        metric: places.metricOfSeries(breach.seriesId),
        location: places.locationOfSeries(breach.seriesId),
        threshold: thresholdOf(breach),
      }),
  };
}

async function loadPage(scene: Scene, { where, ...page }: BreachesArguments): Promise<Page<BreachRow>> {
  const { catalogue, storeId } = scene;
  const first = readPageSize(page.first, 100);
  const position = page.after === null || page.after === undefined ? null : readBreachCursor(page.after);
  const { seriesIds, levels } = selectBreachSeries(catalogue, where);
  const found = await selectBreaches(scene.db, {
    seriesIds: seriesIds === null ? null : [...seriesIds],
    levels: levels === null ? null : [...levels],
    after: position?.number ?? 0,
    // One more than a page shows whether there is another.
    limit: first + 1,
  });
  if (position !== null) numberBehind(position, { storeId, ...found });
  scene.witness.saw(found.catalogueVersion);
  const nodes = untilUnknown(scene, found.rows).slice(0, first);
  return createPage(nodes, ({ number }) => writeBreachCursor(storeId, number), {
    hasNextPage: nodes.length < found.rows.length,
    hasPreviousPage: position !== null,
  });
}

/** A series that came after this request had looked at the catalogue waits for the next page: nothing behind it may be told before it. */
function untilUnknown({ catalogue }: Scene, rows: readonly BreachRow[]): readonly BreachRow[] {
  const end = rows.findIndex(({ seriesId }) => !catalogue.series.has(seriesId));
  return end === -1 ? rows : rows.slice(0, end);
}

async function loadOfAlerts(scene: Scene, alertIds: readonly string[]): Promise<readonly (readonly BreachRow[])[]> {
  const breaches = new Map<string, BreachRow[]>(alertIds.map((id) => [id, []]));
  for (const row of await selectBreachesOfAlerts(scene.db, alertIds, MAX_PER_ALERT)) breaches.get(row.alertId)?.push(row);
  return alertIds.map((id) => breaches.get(id) ?? []);
}
