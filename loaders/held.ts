import type { Rule } from '../alerts/status.ts';
import type { Measures, TimesIn } from '../db/aggregate-values.ts';
import { type Catalogue, staysAt } from '../db/catalogue.ts';
import type { HeldLine, HeldQuestion } from '../db/held-question.ts';
import { type Instant, MICROS_PER_DAY, type TimeWindow } from '../db/time/instant.ts';
import type { Group } from './groups.ts';
import type { Scene } from './scene.ts';

/** What is looked at of values that hold. */
export interface HeldScope {
  /** The bounds of the buckets, which may reach over the window at both ends; for one range its two ends. */
  readonly boundaries: readonly Instant[];
  readonly window: TimeWindow;
  readonly measures: Pick<Measures, 'averages' | 'timesIn'>;
}

/** Older than every reading and beyond it: the store begins in 1970. */
const FOREVER = 1000 * 366 * MICROS_PER_DAY;

/** Whether an answer shows anything that depends on how long values held. */
export function asksForHeld({ averages, timesIn }: Pick<Measures, 'averages' | 'timesIn'>): boolean {
  return averages.length > 0 || timesIn.length > 0;
}

/** A group with the rules that judge it. */
export interface HeldGroup {
  readonly series: Group['series'];
  readonly rules: readonly Rule[];
}

/**
 * Parts the time, the values and the ages of each group so that within a part every reading is judged alike; groups with the same rules share a line. null where no group
 * asks for anything: without rules no value has a status.
 */
export function partHeld(scope: HeldScope, groups: readonly HeldGroup[], { catalogue, now }: Pick<Scene, 'catalogue' | 'now'>): HeldQuestion | null {
  const { boundaries, window: asked, measures } = scope;
  const window = { from: asked.from, to: Math.min(asked.to, now) };
  if (!asksForHeld(measures) || window.from >= window.to) return null;
  const lines = new Map<string, { readonly number: number; readonly line: HeldLine; readonly hasSilence: boolean }>();
  const numbers = new Map<Rule, number>();
  const numberOf = (rule: Rule) => {
    const known = numbers.get(rule) ?? numbers.size;
    numbers.set(rule, known);
    return known;
  };
  const lineOfGroup = groups.map(({ rules }) => {
    const judging = judgingRules(rules, measures.timesIn, window, now);
    if (judging.length === 0 && measures.averages.length === 0) return null;
    const name = judging.map(numberOf).join();
    const known = lines.get(name) ?? { number: lines.size, line: createLine(boundaries, window, measures, judging), hasSilence: judging.some(hasSilence) };
    lines.set(name, known);
    return known.number;
  });
  if (lines.size === 0) return null;
  const greatestGap = Math.max(...measures.averages, ...measures.timesIn.map(({ maxGap }) => maxGap));
  const reach = greatestGap > FOREVER || [...lines.values()].some(({ hasSilence: isEndless }) => isEndless) ? null : greatestGap;
  const ofGroups = [...lines.values()].map(({ line }) => line);
  const { lines: ofSeries, lineOfSeries } = partStays(catalogue, groups, ofGroups, lineOfGroup);
  return { window, lookBack: reach, reach, lines: [...ofGroups, ...ofSeries], lineOfGroup, lineOfSeries, isWeighted: measures.averages.length > 0 };
}

/** A series ends when its sensor moves away: nothing holds of it any more, and its silence is nobody's concern. It goes on when the sensor comes back. */
function partStays(
  { sensors }: Catalogue,
  groups: readonly HeldGroup[],
  lines: readonly HeldLine[],
  lineOfGroup: readonly (number | null)[],
): { readonly lines: readonly HeldLine[]; readonly lineOfSeries: ReadonlyMap<number, number> } {
  const added: HeldLine[] = [];
  const known = new Map<string, number>();
  const lineOfSeries = new Map<number, number>();
  for (const [place, { series }] of groups.entries()) {
    const number = lineOfGroup[place] ?? -1;
    const line = lines[number];
    if (line === undefined) continue;
    for (const { id, sensorId, locationId } of series) {
      const sensor = sensors.get(sensorId);
      if (sensor === undefined || sensor.placements.length < 2) continue;
      const stays = cutTo(staysAt(sensor, locationId), line);
      const name = JSON.stringify([number, stays.map(({ from, to }) => [from, to])]);
      const found = known.get(name) ?? numberOfStays(line, number, stays, lines.length, added);
      known.set(name, found);
      lineOfSeries.set(id, found);
    }
  }
  return { lines: added, lineOfSeries };
}

/** The line itself where the sensor was there all the time, as most of those were that moved years ago; −1, none, where it never was; else one more. */
function numberOfStays(line: HeldLine, number: number, stays: readonly TimeWindow[], first: number, added: HeldLine[]): number {
  const cut = cutToStays(line, stays);
  if (cut.cells?.every((cell) => cell >= 0)) return number;
  return stays.length === 0 ? -1 : first + added.push(cut) - 1;
}

/** What of some stays lies on a line. */
function cutTo(stays: readonly TimeWindow[], { cuts }: HeldLine): readonly TimeWindow[] {
  const [first = 0, last = 0] = [cuts[0], cuts.at(-1)];
  return stays.map(({ from, to }) => ({ from: Math.max(from, first), to: Math.min(to, last) })).filter(({ from, to }) => from < to);
}

function cutToStays({ cuts, edges, ages }: HeldLine, stays: readonly TimeWindow[]): HeldLine {
  const [first = 0, last = 0] = [cuts[0], cuts.at(-1)];
  const parts = ascending([...cuts, ...stays.flatMap(({ from, to }) => [from, to]).filter((instant) => instant > first && instant < last)]);
  let cell = 0;
  const cells = parts.slice(0, -1).map((from) => {
    while ((cuts[cell + 1] ?? Number.POSITIVE_INFINITY) <= from) cell++;
    return stays.some((stay) => stay.from <= from && from < stay.to) ? cell : -1;
  });
  return { cuts: parts, cells, edges, ages };
}

/** The rules that judge anything within the window. */
function judgingRules(rules: readonly Rule[], timesIn: readonly TimesIn[], window: TimeWindow, now: Instant): readonly Rule[] {
  const then = timesIn.some(({ asOf }) => asOf === 'THEN');
  const present = timesIn.some(({ asOf }) => asOf === 'NOW');
  return rules.filter(({ from, to }) => (then && from < window.to && to > window.from && from < to) || (present && from <= now && now < to));
}

function createLine(boundaries: readonly Instant[], window: TimeWindow, { averages, timesIn }: HeldScope['measures'], rules: readonly Rule[]): HeldLine {
  const changes = timesIn.some(({ asOf }) => asOf === 'THEN') ? rules.flatMap(({ from, to }) => [from, to]) : [];
  const inside = [...boundaries, ...changes].filter((instant) => instant > window.from && instant < window.to);
  const gaps = timesIn.map(({ maxGap }) => maxGap);
  return {
    cuts: ascending([window.from, ...inside, window.to]),
    cells: null,
    edges: ascending(rules.flatMap(({ min, max }) => [min, max]).filter(Number.isFinite)),
    ages: ascending([0, ...averages, ...gaps, ...rules.map(({ noDataAfter }) => noDataAfter)].filter(Number.isFinite)),
  };
}

function hasSilence({ noDataAfter }: Rule): boolean {
  return Number.isFinite(noDataAfter);
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
