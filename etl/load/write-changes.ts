import type pg from 'pg';
import { insertCorrections } from '../../db/etl/correction.ts';
import { copyReadings } from '../../db/load/copy-readings.ts';
import { markStaleDays } from '../../db/load/mark-stale-days.ts';
import { correctReadings, deleteReadings } from '../../db/load/rewrite-readings.ts';
import { selectSeriesEdges, updateSeriesLatest } from '../../db/load/series-latest.ts';
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
  const rows = changed.flatMap(({ id, corrected }) =>
    corrected.times.map((time, at) => ({
      id,
      time,
      value: corrected.values[at] ?? 0,
      derived: corrected.derived[at] ?? false,
      old: corrected.old[at] ?? null,
    })),
  );
  if (rows.length === 0) return;
  // Measured ones were noted before derived ones of the same series.
  rows.sort((a, b) => a.id - b.id || a.time - b.time);
  await correctReadings(client, batchId, {
    seriesIds: rows.map((row) => row.id),
    times: rows.map((row) => row.time),
    values: rows.map((row) => row.value),
    derived: rows.map((row) => row.derived),
  });
  const noted = rows.filter((row) => row.old !== null);
  if (noted.length === 0) return;
  await insertCorrections(client, batchId, {
    seriesIds: noted.map((row) => row.id),
    times: noted.map((row) => row.time),
    oldValues: noted.map((row) => row.old?.value ?? 0),
    newValues: noted.map((row) => row.value),
    oldBatchIds: noted.map((row) => row.old?.batchId ?? 0),
  });
}

async function writeLatest(client: pg.PoolClient, changed: readonly SeriesWork[]): Promise<void> {
  const curtailed = changed.filter((work) => work.losesAnEdge).map((work) => work.id);
  const edges = new Map(curtailed.length === 0 ? [] : (await selectSeriesEdges(client, curtailed)).map((row) => [row.seriesId, row]));
  await updateSeriesLatest(
    client,
    changed.map((work) => ({ ...work.latestAfterwards(), ...edges.get(work.id) })),
  );
}
