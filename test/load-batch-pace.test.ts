import { describe, expect, it } from 'vitest';
import { BatchPace } from '../etl/load/batch-pace.ts';

/** The sizes of the first batches of a load in which each is loaded, at so many readings a millisecond, while the next is read; and in how many parts. */
function paces(pace: BatchPace, perMs: number, count: number): { size: number; parts: number }[] {
  const taken: { size: number; parts: number }[] = [];
  for (let number = 0; number < count; number += 1) {
    const { size, parts } = pace;
    taken.push({ size, parts });
    pace.beginNext();
    pace.loaded(size, size / perMs);
  }
  return taken;
}

const sizes = (most: number, perMs: number, count: number) => paces(new BatchPace(most, { isDivided: false }), perMs, count).map(({ size }) => size);

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
    const pace = new BatchPace(400_000, { isDivided: false });
    pace.loaded(50_000, 10_000);
    pace.beginNext();
    expect(pace.size).toBe(50_000);
    pace.loaded(50_000, 50);
    pace.beginNext();
    expect(pace.size).toBe(100_000);
  });
});

describe('the batches of a long input that are loaded in parts', () => {
  const divided = (most: number) => new BatchPace(most, { isDivided: true });

  it('have two parts, but the first has one', () => {
    expect(paces(divided(400_000), 1_000_000, 5)).toEqual([
      { size: 50_000, parts: 1 },
      { size: 100_000, parts: 2 },
      { size: 200_000, parts: 2 },
      { size: 400_000, parts: 2 },
      { size: 400_000, parts: 2 },
    ]);
  });

  it('grow however slow they are, and have so many parts that each takes half a second, or has 50,000 readings', () => {
    expect(paces(divided(400_000), 140, 5).slice(2)).toEqual([
      { size: 200_000, parts: 4 },
      { size: 400_000, parts: 6 },
      { size: 400_000, parts: 6 },
    ]);
    expect(paces(divided(400_000), 1, 5).at(-1)).toEqual({ size: 400_000, parts: 8 });
  });

  it('end where one part has what all may have, as where one sensor has all readings', () => {
    const pace = divided(400_000);
    pace.loaded(50_000, 1_000);
    expect(pace.partSize).toBe(50_000);
    pace.loaded(50_000, 250);
    expect(pace.partSize).toBe(100_000);
  });

  it('are not divided where they are to be smaller than 50,000', () => {
    expect(paces(divided(2_000), 1, 3)).toEqual([
      { size: 2_000, parts: 1 },
      { size: 2_000, parts: 1 },
      { size: 2_000, parts: 1 },
    ]);
  });
});
