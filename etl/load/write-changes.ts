import type pg from 'pg';
import { insertCorrections } from '../../db/etl/correction.ts';
import { copyReadings } from '../../db/load/copy-readings.ts';
import { markStaleDays } from '../../db/load/mark-stale-days.ts';
import { correctReadings, deleteReadings } from '../../db/load/rewrite-readings.ts';
import { selectSeriesEdges, updateSeriesLatest } from '../../db/load/series-latest.ts';
import { correctedColumns, notedColumns } from './corrected-columns.ts';
import type { SeriesWork } from './series-work.ts';

/** Writes what a batch changes, series by series in the order of their ids: readings, then markers, then what the store knows of each series. */
export async function writeChanges(client: pg.PoolClient, works: readonly SeriesWork[], batchId: number): Promise<void> {
  const changed = works.filter((work) => work.isChanged);
  if (changed.length === 0) return;
  await writeDeleted(client, changed);
  await writeCorrected(client, changed, batchId);
  const runs = changed.flatMap((work) => work.runs);
  if (runs.length > 0) await copyReadings(client, runs, batchId);

  const days = changed.map((work) => work.touchedDays());
  await markStaleDays(client, { seriesIds: changed.flatMap((work, position) => (days[position] ?? []).map(() => work.id)), since: days.flat() });
  await writeLatest(client, changed);
}

async function writeDeleted(client: pg.PoolClient, changed: readonly SeriesWork[]): Promise<void> {
  const times = changed.flatMap((work) => work.deleted);
  if (times.length === 0) return;
  const seriesIds = changed.flatMap((work) => work.deleted.map(() => work.id));
  await deleteReadings(client, seriesIds, times);
}

async function writeCorrected(client: pg.PoolClient, changed: readonly SeriesWork[], batchId: number): Promise<void> {
  const corrected = correctedColumns(changed);
  if (corrected.times.length === 0) return;
  await correctReadings(client, batchId, corrected);
  const noted = notedColumns(changed);
  if (noted.times.length > 0) await insertCorrections(client, batchId, noted);
}

async function writeLatest(client: pg.PoolClient, changed: readonly SeriesWork[]): Promise<void> {
  const curtailed = changed.filter((work) => work.losesAnEdge).map((work) => work.id);
  const edges = new Map(curtailed.length === 0 ? [] : (await selectSeriesEdges(client, curtailed)).map((row) => [row.seriesId, row]));
  await updateSeriesLatest(
    client,
    changed.map((work) => ({ ...work.latestAfterwards(), ...edges.get(work.id) })),
  );
}
