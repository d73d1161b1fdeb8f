import DataLoader from 'dataloader';
import type { SeriesRow } from '../db/catalogue.ts';
import type { BatchRow } from '../db/etl/batch.ts';
import { type ReadingKey, selectBatchesById, selectBatchesOfRuns, selectBatchIdsOfReadings } from '../db/etl/batch-page.ts';
import type { CorrectionRow } from '../db/etl/correction.ts';
import { type CorrectionKey, selectCorrections, selectCorrectionsOfBatches } from '../db/etl/correction-page.ts';
import { formatInstant, type Instant } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { isRowId } from './etl-runs.ts';
import { rowsInOrder } from './groups-in-order.ts';
import type { LatestLoader, ReadingNode } from './latest.ts';
import { lazily } from './lazily.ts';
import { createNestedPages } from './nested-pages.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import type { Scene } from './scene.ts';
import { type SeriesFilter, selectSeries } from './select-series.ts';

export interface CorrectionsArguments extends PageArguments, SeriesFilter {}

/** Where readings came from and what they were before, by a number of statements that depends on the document alone. */
export interface LineageLoaders {
  /** null where there is none with this id. */
  batch(id: string): Promise<BatchRow | null>;
  batchByNumber(id: number): Promise<BatchRow | null>;
  /** The batch that wrote a reading last. */
  batchOf(reading: ReadingNode): Promise<BatchRow | null>;
  batchesOfRun(runId: number, page: PageArguments): Promise<Page<BatchRow>>;
  /** The last first. */
  corrections(args: CorrectionsArguments): Promise<Page<CorrectionRow>>;
  correctionsOf(batchId: number, page: PageArguments): Promise<Page<CorrectionRow>>;
}

const MAX_INT = 2_147_483_647;

/** For one request. */
export function createLineageLoaders(scene: Scene, latest: LatestLoader): LineageLoaders {
  const { db, budget } = scene;
  const charge = (nodes: number) => budget.chargeNodes(nodes);
  const batches = lazily(() => new DataLoader(async (ids: readonly number[]) => rowsInOrder(ids, await selectBatchesById(db, ids), ({ id }) => id)));
  const batchIds = lazily(() => new DataLoader((keys: readonly ReadingKey[]) => loadBatchIds(scene, keys), { cacheKeyFn: readingKey }));
  return {
    batch: async (id) => (isRowId(id, MAX_INT) ? batches().load(Number(id)) : null),
    batchByNumber: (id) => batches().load(id),
    async batchOf({ series, time }) {
      const id = await batchIds().load({ seriesId: series.id, time: parseRfc3339(time) ?? Number.NaN });
      return id === null ? null : batches().load(id);
    },
    batchesOfRun: createNestedPages({
      kind: 'batch',
      isKey: isNumber,
      keyOf: ({ id }: BatchRow) => [id] as const,
      parentOf: ({ runId }) => runId ?? 0,
      select: (runIds, after, limit) => selectBatchesOfRuns(db, runIds, { afterId: after?.[0] ?? 0, limit }),
      charge,
    }),
    async corrections(args) {
      const page = await loadCorrections(scene, latest, args);
      charge(page.nodes.length);
      return page;
    },
    correctionsOf: createNestedPages({
      kind: 'correction',
      isKey: isCorrectionKey,
      keyOf: keyOfCorrection,
      parentOf: ({ batchId }: CorrectionRow) => batchId,
      select: (ids, after, limit) => selectCorrectionsOfBatches(db, ids, { before: readKey(after), limit }),
      charge,
    }),
  };
}

async function loadCorrections(scene: Scene, latest: LatestLoader, { first, after, ...filter }: CorrectionsArguments): Promise<Page<CorrectionRow>> {
  const size = readPageSize(first, 100);
  const position = readCursor('correction', after, isCorrectionKey);
  const isAll = [filter.where, filter.sensors, filter.metrics].every((part) => part === null || part === undefined);
  const series = isAll ? null : await selectSeries(scene, latest, scene.catalogue.series.values(), filter);
  const ids = series?.map(({ id }: SeriesRow) => id) ?? null;
  const found = await selectCorrections(scene.db, ids, { before: readKey(position), limit: size + 1 });
  const nodes = untilUnknown(scene, found).slice(0, size);
  return createPage(nodes, (row) => writeCursor('correction', keyOfCorrection(row)), {
    hasNextPage: nodes.length < found.length,
    hasPreviousPage: position !== null,
  });
}

/** A series that came after this request had looked at the catalogue waits for the next page. */
function untilUnknown({ catalogue }: Scene, rows: readonly CorrectionRow[]): readonly CorrectionRow[] {
  const end = rows.findIndex(({ seriesId }) => !catalogue.series.has(seriesId));
  return end === -1 ? rows : rows.slice(0, end);
}

async function loadBatchIds({ db }: Scene, keys: readonly ReadingKey[]): Promise<(number | null)[]> {
  const found = new Map((await selectBatchIdsOfReadings(db, keys)).map(({ seriesId, time, batchId }) => [`${seriesId} ${parseRfc3339(time)}`, batchId]));
  return keys.map((key) => found.get(readingKey(key)) ?? null);
}

function readingKey({ seriesId, time }: ReadingKey): string {
  return `${seriesId} ${time}`;
}

type CorrectionText = readonly [number, number, string];

function keyOfCorrection({ batchId, seriesId, time }: CorrectionRow): CorrectionText {
  return [batchId, seriesId, formatInstant(instantOf(time))];
}

function readKey(key: CorrectionText | null): CorrectionKey | null {
  return key === null ? null : { batchId: key[0], seriesId: key[1], time: instantOf(key[2]) };
}

function isCorrectionKey(key: readonly unknown[]): key is CorrectionText {
  return key.length === 3 && isInt(key[0]) && isInt(key[1]) && typeof key[2] === 'string' && parseRfc3339(key[2]) !== null;
}

function isInt(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= MAX_INT;
}

function instantOf(text: string): Instant {
  const instant = parseRfc3339(text);
  if (instant === null) throw new Error(`${text} is no instant`);
  return instant;
}

function isNumber(key: readonly unknown[]): key is readonly [number] {
  return key.length === 1 && isInt(key[0]);
}
