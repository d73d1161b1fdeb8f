import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICROS_PER_DAY } from '../db/time/instant.ts';
import { SettledDays } from '../etl/settled-days.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 5_000;

const stale = (day: number, touches: number) => ({ day: day * MICROS_PER_DAY, markers: 1, touches });
const daysOf = (chosen: readonly { readonly day: number }[]) => chosen.map(({ day }) => day / MICROS_PER_DAY);

describe('the stale days that are refreshed', () => {
  it('are those to which nothing was written since the look before', () => {
    const settled = new SettledDays(WAIT_MS);

    expect(daysOf(settled.choose([stale(1, 3), stale(2, 4)], 0))).toEqual([]);
    expect(daysOf(settled.choose([stale(1, 3), stale(2, 5), stale(3, 1)], LOOK_MS))).toEqual([1]);
    settled.refreshed();
    expect(daysOf(settled.choose([stale(2, 5), stale(3, 1)], 2 * LOOK_MS))).toEqual([2, 3]);
  });

  it('are those, too, to which somebody writes all the time, each time after the wait', () => {
    const settled = new SettledDays(WAIT_MS);
    const chosenAt: number[] = [];
    for (let look = 0; look < 12; look += 1) {
      if (settled.choose([stale(1, look)], look * LOOK_MS).length > 0) chosenAt.push(look * LOOK_MS);
      settled.refreshed();
    }

    expect(chosenAt).toEqual([20_000, 45_000]);
  });

  it('are chosen again at the next look where a pass has failed', () => {
    const settled = new SettledDays(WAIT_MS);

    settled.choose([stale(1, 1), stale(2, 1)], 0);
    expect(daysOf(settled.choose([stale(1, 1), stale(2, 2)], WAIT_MS))).toEqual([1, 2]);
    expect(daysOf(settled.choose([stale(1, 1), stale(2, 3)], WAIT_MS + LOOK_MS))).toEqual([1, 2]);
  });

  it('are all of them at once where nothing is to wait', () => {
    expect(daysOf(new SettledDays(0).choose([stale(1, 1), stale(2, 7)], 0))).toEqual([1, 2]);
  });

  it('leave no day waiting for as long as the wait, whatever is written', () => {
    const looks = fc.array(fc.record({ pauseMs: fc.integer({ min: 1, max: 9_000 }), isWritten: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(looks, (drawn) => {
        expect(Math.max(0, ...waitsOf(drawn))).toBeLessThan(WAIT_MS);
      }),
    );
  });
});

/** How long a day that is written to before some of the looks has been stale at each look that leaves it so. */
function waitsOf(looks: readonly { readonly pauseMs: number; readonly isWritten: boolean }[]): readonly number[] {
  const settled = new SettledDays(WAIT_MS);
  const waits: number[] = [];
  let nowMs = 0;
  let sinceMs: number | null = null;
  for (const [look, { pauseMs, isWritten }] of looks.entries()) {
    nowMs += pauseMs;
    if (isWritten) sinceMs ??= nowMs;
    if (sinceMs === null) continue;
    // Whatever is written raises the count.
    const touches = looks.slice(0, look + 1).filter((before) => before.isWritten).length;
    const isChosen = settled.choose([stale(1, touches)], nowMs).length > 0;
    settled.refreshed();
    if (isChosen) sinceMs = null;
    else waits.push(nowMs - sinceMs);
  }
  return waits;
}
