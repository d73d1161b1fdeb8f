import DataLoader from 'dataloader';
import { thresholdIndexOf } from '../alerts/threshold-index.ts';
import { staysAt } from '../db/catalogue.ts';
import type { HeldQuestion } from '../db/held-question.ts';
import { type AggregatePlan, planBoundaries, planOfReadings } from '../db/planner.ts';
import type { SeriesSpan } from '../db/series-spans.ts';
import { type StatisticsResult, selectStatistics } from '../db/statistics.ts';
import type { Stay } from '../db/statistics-spacing.ts';
import type { StatisticsMeasures } from '../db/statistics-statement.ts';
import type { TimeWindow } from '../db/time/instant.ts';
import { readingsToRead, readingsWithin } from './aggregate-question.ts';
import { askedSeries } from './asked-series.ts';
import { chargeHeld } from './charge-held.ts';
import { explainPlan } from './explained-plan.ts';
import type { Group } from './groups.ts';
import { asksForHeld, partHeld } from './held.ts';
import { type HeldSummary, NOTHING_HELD, summariseHeld } from './held-times.ts';
import type { Scene } from './scene.ts';
import { readWindow, readZone, type WindowArguments } from './time-arguments.ts';

/** The row of one group. */
export interface StatisticsNode {
  readonly group: Group;
  readonly window: TimeWindow;
  readonly measures: StatisticsMeasures;
  /** null where there was no series to ask for. */
  readonly result: StatisticsResult | null;
  /** How long values held in the range, its only bucket. */
  readonly held: HeldSummary;
}

/** Rows of groups that share arguments, any number of them with one statement. Groups of one loader must not share series. */
export type StatisticsLoader = DataLoader<Group, StatisticsNode, string>;

/** One loader for each set of arguments and for each kind of holder; a request asks with few. */
export function createStatisticsLoaders(scene: Scene): (kind: 'location' | 'sensor', args: WindowArguments, measures: StatisticsMeasures) => StatisticsLoader {
  const loaders = new Map<string, StatisticsLoader>();
  return (kind, args, measures) => {
    const name = JSON.stringify([kind, args.from, args.to ?? null, args.timezone ?? null, measures]);
    const known = loaders.get(name);
    if (known !== undefined) return known;
    const loader: StatisticsLoader = new DataLoader(async (groups) => answerStatistics(scene, groups, args, measures), {
      // No text in PostgreSQL has the character between them.
      cacheKeyFn: ({ key, metricId }) => `${key.locationId}\0${key.sensorId}\0${metricId}`,
    });
    loaders.set(name, loader);
    return loader;
  };
}

/** The row of every group, in the groups' order. Two statements: how much there is, and all the rest. */
export async function answerStatistics(
  scene: Scene,
  groups: readonly Group[],
  args: WindowArguments,
  measures: StatisticsMeasures,
): Promise<readonly StatisticsNode[]> {
  const zone = readZone(args, scene);
  const window = readWindow(args, zone, scene);
  const asked = askedSeries(scene, groups);
  if (asked.seriesIds.length === 0) return groups.map((group) => ({ group, window, measures, result: null, held: NOTHING_HELD }));
  const index = thresholdIndexOf(scene.catalogue);
  const rules = groups.map(({ metricId, key }) => (asksForHeld(measures) ? index.rulesFor(metricId, key) : []));
  const boundaries = [window.from, window.to];
  const tiled = planBoundaries(boundaries, window);
  const plan = measures.percentiles.length === 0 ? tiled : planOfReadings(tiled);
  const judged = groups.map(({ series }, place) => ({ series, rules: rules[place] ?? [] }));
  const held = partHeld({ boundaries, window, measures }, judged, scene);
  chargeBudget(scene, groups, { plan, held, measures }, await scene.spans.load(scene.db, asked.seriesIds));
  const stays = measures.spacing ? staysOf(scene, groups, window) : [];
  const { catalogueVersion, staleDays, results } = await selectStatistics(scene.db, { ...asked, plan, measures, stays, held });
  scene.witness.saw(catalogueVersion);
  // The range is one bucket.
  scene.explain?.(explainPlan(groups, plan, { bucket: { months: 0, days: 0, micros: window.to - window.from }, zone, staleDays }));
  const byGroup = new Map(results.map((result) => [result.group, result]));
  return groups.map((group, place) => {
    const result = byGroup.get(place) ?? null;
    const line = held?.lines[held.lineOfGroup[place] ?? -1];
    const times = result?.held ?? null;
    const summary = line === undefined || times === null ? NOTHING_HELD : summariseHeld({ line, times, boundaries, rules: rules[place] ?? [], now: scene.now });
    return { group, window, measures, result, held: summary };
  });
}

const CURE = 'ask for a shorter range or fewer sensors, or leave out what takes every reading: cadence, gaps, expected counts, percentiles';

/** Rollups cost nothing here; how readings follow one another takes each of them. */
function chargeBudget(
  scene: Scene,
  groups: readonly Group[],
  { plan, held, measures }: { readonly plan: AggregatePlan; readonly held: HeldQuestion | null; readonly measures: StatisticsMeasures },
  known: ReadonlyMap<number, SeriesSpan>,
): void {
  const spans = groups.flatMap(({ series }) => series.flatMap(({ id }) => known.get(id) ?? []));
  scene.budget.chargePoints(groups.length, 'ask for fewer groups');
  scene.budget.chargeReadings(readingsToRead(plan, spans), CURE);
  if (measures.spacing)
    scene.budget.chargeReadings(
      spans.reduce((sum, span) => sum + readingsWithin(span, plan.window), 0),
      CURE,
    );
  if (held !== null) chargeHeld(held, groups, known, scene);
}

/** When each series can be expected to measure: while its sensor was there, and not beyond now. */
function staysOf({ catalogue, now }: Scene, groups: readonly Group[], { from, to }: TimeWindow): readonly Stay[] {
  return groups.flatMap(({ series }, group) =>
    series.flatMap((row) => {
      const sensor = catalogue.sensors.get(row.sensorId);
      return (sensor === undefined ? [] : staysAt(sensor, row.locationId)).flatMap((stay): Stay[] => {
        const cut = { from: Math.max(stay.from, from), to: Math.min(stay.to, to, now) };
        return cut.from < cut.to ? [{ ...cut, seriesId: row.id, group }] : [];
      });
    }),
  );
}
