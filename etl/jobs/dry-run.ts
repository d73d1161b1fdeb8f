import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { saveWouldChange } from '../../db/etl/backfill.ts';
import type { Written } from '../../db/etl/batch.ts';
import { updateRunProgress } from '../../db/etl/run.ts';
import { selectSeriesNames } from '../../db/etl/series-name.ts';
import { selectAlertStates, selectReadingCounts, selectTrialAlerts, selectTrialBreaches, selectTrialReadings } from '../../db/etl/trial.ts';
import type { Store } from '../../db/store.ts';
import type { TimeWindow } from '../../db/time/instant.ts';
import type { Piece } from '../connect/connector.ts';
import { ingest } from '../ingest.ts';
import type { RecordChunk } from '../read/reader.ts';
import { type Attempt, recorderOf } from './attempt.ts';
import { backfillChunks } from './backfill-chunks.ts';
import { connectWindow, isAskedByTime, shareOf, within, withSmallBatches } from './backfill-source.ts';
import { withTrialStore } from './trial-store.ts';
import { WouldChangeSums } from './would-change.ts';
import { WrittenSums } from './written-sums.ts';

/**
 * So many readings are tried as one: a transaction in which each batch sees what those before it did, and which is rolled back. Meanwhile live loads of its
 * series wait, for about a second. A longer window is tried part by part, and what lasts over several is seen by each.
 */
const TRIED_AS_ONE = 50_000;
/** Others have the series for so many times as long as a trial had them. */
const REST = 2;

/** What is to be tried: records of one piece, which is where a batch ends. */
interface Gathered {
  readonly piece: Piece;
  readonly chunks: RecordChunk[];
}

/** Finds out what loading a window would change, by loading it and undoing that. Keeps what it found with the run. */
export async function attemptDryRun(attempt: Attempt, window: TimeWindow): Promise<void> {
  const { store, claim, signal } = attempt;
  const steps = recorderOf(attempt);
  const sums = new WouldChangeSums();
  const whole = await steps.record(
    'connect',
    () => connectWindow(attempt, window, signal),
    ({ found = null }) => found,
  );
  const isInParts = isAskedByTime(attempt.job, whole);
  if (isInParts) await whole.close();
  await steps.recordTurns(
    async () => {
      const trial = new Trial(attempt, sums);
      for (const part of isInParts ? backfillChunks(window, attempt.job) : [window]) {
        const connected = isInParts ? await connectWindow(attempt, part, signal) : whole;
        try {
          await trial.gather(connected.pieces(), within(part));
        } finally {
          await connected.close();
        }
        await updateRunProgress(store.writePool, claim, shareOf(window, part.to));
      }
      await trial.end();
      return sums.sum();
    },
    ({ received, exact }) => ({ received, exact }),
  );
  signal.throwIfAborted();
  await saveWouldChange(store.writePool, claim, sums.sum());
}

/** Gathers records until there are enough for a part, and tries them. */
class Trial {
  readonly #attempt: Attempt;
  readonly #sums: WouldChangeSums;
  #gathered: Gathered[] = [];
  #readings = 0;

  constructor(attempt: Attempt, sums: WouldChangeSums) {
    this.#attempt = attempt;
    this.#sums = sums;
  }

  async gather(pieces: AsyncIterable<Piece>, select: (chunk: RecordChunk) => RecordChunk): Promise<void> {
    for await (const piece of pieces) {
      let gathered: Gathered | null = null;
      for await (const chunk of piece.records) {
        this.#attempt.signal.throwIfAborted();
        const selected = select(chunk);
        if (selected.length === 0) continue;
        if (this.#readings >= TRIED_AS_ONE) {
          await this.end();
          gathered = null;
        }
        if (gathered === null) {
          gathered = { piece, chunks: [] };
          this.#gathered.push(gathered);
        }
        gathered.chunks.push(selected);
        this.#readings += readingsOf(selected);
      }
    }
  }

  /** Tries what is gathered. */
  async end(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#readings = 0;
    if (gathered.length === 0) return;
    const { store, signal } = this.#attempt;
    const startedMs = performance.now();
    await withTrialStore(store, (trial, client) => this.#try(trial, client, gathered));
    await sleep(REST * (performance.now() - startedMs), undefined, { signal });
  }

  async #try(trial: Store, client: pg.PoolClient, gathered: readonly Gathered[]): Promise<void> {
    this.#sums.begin();
    const { limits, mapping } = withSmallBatches(this.#attempt.job);
    const written = new WrittenSums();
    for (const { piece, chunks } of gathered) {
      await ingest(trial, given(chunks), {
        register: mapping.register,
        batchSize: limits.batchSize,
        onBatch: (_soFar, _records, outcome) => {
          this.#sums.addOutcome(outcome);
          written.add(outcome);
        },
        origin: { source: piece.source, run: null, reader: piece.reader, ...(piece.positionOf === undefined ? {} : { positionOf: piece.positionOf }) },
      });
    }
    await this.#look(trial, client, written.all());
  }

  /** What there is now inside of the trial, beside what others see. Not over the pool of writers: those may all be waiting for what the trial has locked. */
  async #look(trial: Store, client: pg.PoolClient, { batchIds, series }: Written): Promise<void> {
    const { store } = this.#attempt;
    const catalogue = await trial.catalogue.current(client);
    this.#sums.addReadings(await selectTrialReadings(client, batchIds, series), catalogue);
    // Derived series of the same sensors change too.
    const names = await selectSeriesNames(
      client,
      series.map(({ seriesId }) => seriesId),
    );
    const touched = [...new Set(names.flatMap(({ sensor }) => (catalogue.seriesBySensor.get(sensor) ?? []).map(({ id }) => id)))];
    const before = new Map((await selectReadingCounts(store.readPool, touched)).map((row) => [row.seriesId, row.readings]));
    const after = new Map((await selectReadingCounts(client, touched)).map((row) => [row.seriesId, row.readings]));
    for (const { seriesId, ...name } of await selectSeriesNames(client, touched))
      this.#sums.addCounts(name, before.get(seriesId) ?? 0, after.get(seriesId) ?? 0);
    this.#sums.addBreaches(await selectTrialBreaches(client, touched));
    const would = await selectTrialAlerts(client, touched);
    const are = await selectAlertStates(
      store.readPool,
      would.map(({ id }) => id),
    );
    this.#sums.addAlerts(would, new Map(are.map((alert) => [alert.id, alert])));
  }
}

async function* given(chunks: readonly RecordChunk[]): AsyncGenerator<RecordChunk> {
  yield* chunks;
}

function readingsOf(chunk: RecordChunk): number {
  let readings = 0;
  for (const record of chunk) readings += 'values' in record ? record.values.length : 1;
  return readings;
}
