import { describe, expect, it } from 'vitest';
import { BatchPace } from '../etl/load/batch-pace.ts';

/** The sizes of the first batches of a load in which each is loaded, at so many readings a millisecond, while the next is read. */
function sizes(most: number, perMs: number, count: number): number[] {
  const pace = new BatchPace(most);
  const taken: number[] = [];
  for (let number = 0; number < count; number += 1) {
    taken.push(pace.size);
    pace.beginNext();
    pace.loaded(taken[number] ?? 0, (taken[number] ?? 0) / perMs);
  }
  return taken;
}

describe('the batches of a long input', () => {
  it('grow to the greatest one, each at most twice as large as the one before it', () => {
    expect(sizes(400_000, 1_000_000, 6)).toEqual([50_000, 100_000, 200_000, 400_000, 400_000, 400_000]);
  });

  it('take half a second at most', () => {
    expect(sizes(400_000, 300, 5)).toEqual([50_000, 100_000, 150_000, 150_000, 150_000]);
  });

  it('are never smaller than 50,000 to be shorter', () => {
    expect(sizes(400_000, 1, 4)).toEqual([50_000, 100_000, 50_000, 50_000]);
  });

  it('have the size that is asked for, where that is no more than 50,000', () => {
    expect(sizes(2_000, 1, 4)).toEqual([2_000, 2_000, 2_000, 2_000]);
    expect(sizes(2_000, 1_000_000, 4)).toEqual([2_000, 2_000, 2_000, 2_000]);
  });

  it('grow again after one that was slow', () => {
    const pace = new BatchPace(400_000);
    pace.loaded(50_000, 10_000);
    pace.beginNext();
    expect(pace.size).toBe(50_000);
    pace.loaded(50_000, 50);
    pace.beginNext();
    expect(pace.size).toBe(100_000);
  });
});
