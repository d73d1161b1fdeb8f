import DataLoader from 'dataloader';
import { judge, type Status, worse } from '../alerts/status.ts';
import { thresholdIndexOf } from '../alerts/threshold-index.ts';
import type { SeriesRow } from '../db/catalogue.ts';
import { type LatestRow, selectLatest } from '../db/latest.ts';
import type { NumberText } from '../db/text-list.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import type { Scene } from './scene.ts';

/** A reading with the series that it belongs to. */
export interface ReadingNode {
  readonly series: SeriesRow;
  readonly time: string;
  /** Of the newest readings as PostgreSQL writes it. */
  readonly value: number | NumberText;
  readonly derived: boolean;
  /** Whether it is judged by what was in force at its time, or, as the newest of its series, by what is now. */
  readonly judgedAt: 'itsTime' | 'now';
}

/** The newest readings of any number of lists of series, in their order, with one statement. */
export interface LatestLoader {
  load(series: readonly SeriesRow[]): Promise<readonly ReadingNode[]>;
}

/** For one request. The key is a list, because a promise for every series of a factory costs more than asking for them. */
export function createLatestLoader(scene: Scene): LatestLoader {
  let loader: DataLoader<readonly SeriesRow[], readonly ReadingNode[]> | null = null;
  return {
    load(series) {
      loader ??= createLoader(scene);
      return loader.load(series);
    },
  };
}

function createLoader(scene: Scene): DataLoader<readonly SeriesRow[], readonly ReadingNode[]> {
  return new DataLoader(async (lists: readonly (readonly SeriesRow[])[]) => {
    const seriesIds = new Set<number>();
    for (const list of lists) for (const { id } of list) seriesIds.add(id);
    if (seriesIds.size === 0) return lists.map(() => []);
    const { catalogueVersion, rows } = await selectLatest(scene.db, [...seriesIds]);
    scene.witness.saw(catalogueVersion);
    return lists.map((list) => toNodes(list, rows));
  });
}

function toNodes(list: readonly SeriesRow[], rows: ReadonlyMap<number, LatestRow>): readonly ReadingNode[] {
  const nodes: ReadingNode[] = [];
  for (const series of list) {
    const row = rows.get(series.id);
    if (row !== undefined) nodes.push({ series, time: row.time, value: row.value, derived: row.derived, judgedAt: 'now' });
  }
  return nodes;
}

/** How a reading stands. */
export function statusOfReading({ catalogue, now }: Scene, reading: ReadingNode): Status | null {
  const rules = thresholdIndexOf(catalogue).rulesForSeries(reading.series);
  if (rules.length === 0) return null;
  const time = parseRfc3339(reading.time) ?? Number.NaN;
  const value = Number(reading.value);
  return reading.judgedAt === 'now' ? judge(rules, now, value, now - time) : judge(rules, time, value);
}

/** The worst of the readings' statuses. */
export function worstStatus(scene: Scene, readings: readonly ReadingNode[]): Status | null {
  return readings.map((reading) => statusOfReading(scene, reading)).reduce(worse<Status | null>, null);
}
