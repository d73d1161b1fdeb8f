import type { HeldLine, HeldQuestion } from '../db/held-question.ts';
import type { SeriesSpan } from '../db/series-spans.ts';
import { readingsWithin } from './aggregate-question.ts';
import type { Group } from './groups.ts';
import type { Scene } from './scene.ts';

/** So many ages are counted with their readings: a threshold or two and as many values of `maxGap` cost little beside reading. */
const FEW_AGES = 3;

/** What the database has to do for it: readings within the window, what is cut once a series and part of its time, and what is parted by many ages. */
export function chargeHeld(held: HeldQuestion, groups: readonly Group[], spans: ReadonlyMap<number, SeriesSpan>, { budget }: Scene): void {
  let toRead = 0;
  let parts = 0;
  let mostAges = 0;
  for (const [place, { series }] of groups.entries()) {
    const ofGroup = held.lineOfGroup[place] ?? -1;
    if (ofGroup < 0) continue;
    for (const { id } of series) {
      const line = held.lines[held.lineOfSeries.get(id) ?? ofGroup];
      const span = spans.get(id);
      if (line === undefined || span === undefined) continue;
      const readings = readingsWithin(span, held.window);
      toRead += readings + line.cuts.length;
      const time = Math.min(held.window.to, span.window.to) - Math.max(held.window.from, span.window.from);
      const further = mostAgeParts(line, readings, Math.max(0, time)) - FEW_AGES * (readings + 1);
      if (further <= 0) continue;
      parts += further;
      mostAges = Math.max(mostAges, line.ages.length - 1);
    }
  }
  budget.chargeReadings(toRead);
  if (parts > 0) budget.chargeReadings(Math.ceil(parts), cureOf(mostAges));
}

function cureOf(ages: number): string {
  return `values are told apart by ${ages} different ages (maxGap, and noDataAfter of the thresholds), each of which counts like a reading where a value grows so old: ask for a shorter range, a longer bucket or fewer groups, or give thresholds the same noDataAfter`;
}

/**
 * At most how many parts the ages make of so many readings of a series within so much time, beyond the first part of each. A reading is parted by the ages that it reaches, and of
 * the time only so many readings can reach an age as it goes into that. What lies in one bucket, holds alike and reaches the same ages is parted together.
 */
export function mostAgeParts({ cuts, edges, ages }: HeldLine, readings: number, time: number): number {
  const buckets = cuts.length - 1;
  const together = Math.min(readings, buckets + buckets * (2 * edges.length + 1) * ages.length);
  return ages.reduce((sum, age) => (age === 0 ? sum : sum + 1 + Math.min(together, time / age)), 0);
}
