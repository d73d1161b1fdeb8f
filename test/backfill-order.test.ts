import { describe, expect, it } from 'vitest';
import { BySensor } from '../etl/jobs/by-sensor.ts';
import type { Place } from '../etl/jobs/piece-position.ts';
import type { RecordChunk } from '../etl/read/reader.ts';
import type { RawRecord } from '../etl/record.ts';
import { createRandom, type Random } from './support/random.ts';

describe('records sensor by sensor', () => {
  it('are all loaded, each once where the source can begin anywhere or is short, however batches, chunks and attempts end', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = createRandom(seed);
      const count = random.whole(1, 90_000);
      // The source can begin anywhere, at pages, or at its beginning alone.
      const page = random.pick([1, random.whole(2, 30_000), count]);
      const all = Array.from({ length: count }, (_, index) => recordOf(index, `s-${random.whole(0, 3)}`));
      const loaded: number[] = [];
      let place: Place | null = null;
      for (let attempts = 0, isOver = false; !isOver; attempts += 1) {
        const most = attempts < 5 ? random.whole(0, 40_000) : count;
        const attempt: LoadedStretch = await loadUpTo(all, place, { most, page, size: random.pick([700, 7_000, 50_000]), random });
        loaded.push(...attempt.loaded);
        ({ place, isOver } = attempt);
      }

      const isExact = page === 1 || (page === count && count <= 80_000);
      expect({ seed, different: new Set(loaded).size, loaded: isExact ? loaded.length : count }).toEqual({ seed, different: count, loaded: count });
    }
  }, 60_000);
});

interface LoadedStretch {
  /** The times of the records in batches that were committed. */
  readonly loaded: readonly number[];
  readonly place: Place | null;
  readonly isOver: boolean;
}

/** Loads from a place on, in batches, until so many records are loaded. */
async function loadUpTo(
  all: readonly RawRecord[],
  place: Place | null,
  { most, page, size, random }: { readonly most: number; readonly page: number; readonly size: number; readonly random: Random },
): Promise<LoadedStretch> {
  const order = new BySensor({ select: (chunk) => chunk, bookmarkOf: (index) => (index % page === 0 ? index : undefined), place });
  const committed = { loaded: [] as number[], place, numbers: 0 };
  let batch: RawRecord[] = [];
  const commit = () => {
    const next = committed.numbers + batch.length;
    committed.loaded.push(...batch.map(({ time }) => time ?? 0));
    committed.place = order.placeAfter(committed.numbers, next);
    committed.numbers = next;
    batch = [];
  };
  const begin = typeof place?.bookmark === 'number' ? place.bookmark : 0;
  for await (const chunk of order.records(cut(all.slice(begin), page, random)))
    for (const record of chunk) {
      if (batch.length === size) commit();
      if (committed.numbers >= most) return { ...committed, isOver: false };
      if ('sensor' in record) batch.push(record);
    }
  if (batch.length > 0) commit();
  return { ...committed, isOver: true };
}

/** Chunks of any length, none of which reaches into another page. */
async function* cut(records: readonly RawRecord[], page: number, random: Random): AsyncGenerator<RecordChunk> {
  for (let from = 0; from < records.length; ) {
    const index = records[from]?.index ?? 0;
    const left = page === 1 ? records.length : page - (index % page);
    const to = from + Math.min(left, random.whole(1, 5_000));
    yield records.slice(from, to);
    from = to;
  }
}

/** Its time tells it from others. */
function recordOf(index: number, sensor: string): RawRecord {
  return { index, sensor, time: index, timeText: '', metrics: ['temperature'], values: [1], texts: ['1'] };
}
