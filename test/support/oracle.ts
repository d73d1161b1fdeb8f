import type { Instant } from '../../db/time/instant.ts';
import { bin } from './oracle-bins.ts';
import { type Content, contentOf, fill, MOST_BEFORE, type Placed } from './oracle-fill.ts';
import { groupsOf, type OracleGroup } from './oracle-groups.ts';
import { averagesHeld, secondsIn } from './oracle-held.ts';
import type { OracleFill, OracleMeasure, OracleMeasures, OraclePoint, OracleStatusOf, OracleValue } from './oracle-measures.ts';
import { type OracleStatus, type OracleThreshold, statusOf, thresholdsFor, worseStatus } from './oracle-status.ts';
import { oracleBoundaries, shiftedBack } from './oracle-time.ts';
import type { OracleDuration, OracleQuestion, OracleRecord, Span } from './oracle-types.ts';

/** What of the groups is asked, and when. */
export interface OracleAsked extends OracleQuestion {
  readonly measures: OracleMeasures;
  readonly fill: OracleFill;
  readonly compare: OracleDuration | null;
  readonly thresholds: readonly OracleThreshold[];
  readonly now: Instant;
}

/** The points of one group and metric. */
export interface OracleSeriesAnswer {
  readonly group: OracleGroup;
  readonly points: readonly OraclePoint[];
  /** The seconds of `timeIn` over the whole range, by the name of the measure. */
  readonly totals: Readonly<Record<string, number>>;
}

/** Answers a question for all groups that have readings in its range. */
export function askOracle(asked: OracleAsked, record: OracleRecord): OracleSeriesAnswer[] {
  const answers: OracleSeriesAnswer[] = [];
  for (const group of groupsOf(asked, record)) {
    if (bin(group.series, [asked.from], asked).size > 0) answers.push(answerGroup(asked, group));
  }
  return answers;
}

/** Answers a question for one group, which may have no readings. */
export function answerGroup(asked: OracleAsked, group: OracleGroup): OracleSeriesAnswer {
  const { compare, timezone } = asked;
  const boundaries = oracleBoundaries(asked.bucket, timezone, asked, asked.fill === 'PREVIOUS' ? MOST_BEFORE : 0);
  const points = pointsOf(asked, group, boundaries, asked);
  const totals = totalsOf(asked, group);
  if (compare === null) return { group, points, totals };
  const [from = 0, to = 0] = shiftedBack([asked.from, asked.to], compare, timezone);
  const earlier = new Map(pointsOf(asked, group, shiftedBack(boundaries, compare, timezone), { from, to }).map((point) => [point.index, point]));
  return { group, points: points.map((point) => ({ ...point, compared: earlier.get(point.index) ?? null })), totals };
}

/** Answers a question for a whole range as for one bucket, which may be empty. */
export function answerRange(asked: OracleAsked, group: OracleGroup): OraclePoint {
  const [point] = pointsOf({ ...asked, fill: 'NULL' }, group, [asked.from, asked.to], asked);
  if (point === undefined) throw new Error('a range has one point');
  return point;
}

/** The points of the buckets between some boundaries, of the readings within a span. What is looked back over comes before. */
function pointsOf(asked: OracleAsked, group: OracleGroup, all: readonly Instant[], span: Span): OraclePoint[] {
  const boundaries = asked.fill === 'PREVIOUS' ? all.slice(MOST_BEFORE) : all;
  const percentiles = Object.values(asked.measures).flatMap((measure) => (measure.kind === 'percentile' ? [measure.p] : []));
  const own = new Map([...bin(group.series, boundaries, span)].map(([index, runs]) => [index, contentOf(runs, percentiles)]));
  const before = asked.fill === 'PREVIOUS' && !own.has(0) ? lastBefore(group, all, span.from, percentiles) : null;
  const contents = fill(own, boundaries, { fill: asked.fill, now: asked.now, before });
  const thresholds = thresholdsFor(asked.thresholds, group.metric, group.key);
  const columns = Object.entries(asked.measures).map(([name, measure]) => [name, columnOf(measure, asked, group, boundaries, span, thresholds)] as const);
  return [...contents].map(([index, content]) => {
    const [start = Number.NaN, end = Number.NaN] = [boundaries[index], boundaries[index + 1]];
    const values: Record<string, OracleValue> = {};
    const alternatives: Record<string, readonly OracleValue[]> = {};
    let greatest = content.greatest;
    for (const [name, column] of columns) {
      const { value, weight = 0, alternatives: others = [] } = column(index, content, start);
      values[name] = value;
      if (others.length > 0) alternatives[name] = others;
      greatest = Math.max(greatest, weight);
    }
    return {
      index,
      start,
      end,
      count: content.summary?.count ?? 0,
      filled: content.summary === null,
      provisional: end > asked.now,
      values,
      alternatives,
      greatest,
      compared: null,
    };
  });
}

type Column = (
  index: number,
  content: Content,
  start: Instant,
) => { readonly value: OracleValue; readonly weight?: number; readonly alternatives?: readonly OracleValue[] };

/** How a measure is read off a bucket. */
function columnOf(
  measure: OracleMeasure,
  asked: OracleAsked,
  { series }: OracleGroup,
  boundaries: readonly Instant[],
  span: Span,
  thresholds: readonly OracleThreshold[],
): Column {
  switch (measure.kind) {
    case 'summary':
      return (_index, { summary, level }) => ({ value: summary?.[measure.field] ?? level?.[measure.field] ?? null });
    case 'percentile':
      return (_index, { level }) => ({ value: level?.[measure.p] ?? null });
    case 'timeWeightedAvg': {
      const held = averagesHeld({ series, boundaries, span, now: asked.now }, measure.maxGap);
      return (index) => ({ value: held.get(index)?.average ?? null, weight: held.get(index)?.greatest ?? 0 });
    }
    case 'timeIn': {
      const seconds = secondsIn({ series, boundaries, span, now: asked.now }, thresholds, measure);
      return (index) => ({ value: seconds.get(index) ?? 0 });
    }
    case 'status':
      return (_index, { summary, level, greatest }, start) => {
        const judged = (off: number) => statusOfLevel(measure.of, level, thresholds, { start, off: off * greatest });
        // A value that was measured is what it is; one that was computed may be off by the last digit.
        const isComputed = summary === null || measure.of === 'AVG';
        return { value: judged(0), alternatives: isComputed ? [judged(EDGE), judged(-EDGE)] : [] };
      };
  }
}

/** How far from the edge of a band a computed value may be taken for either side: as far as it may be off. */
const EDGE = 1e-9;

function statusOfLevel(
  of: OracleStatusOf,
  level: Content['level'],
  thresholds: readonly OracleThreshold[],
  { start, off }: { readonly start: Instant; readonly off: number },
): OracleStatus | null {
  const judge = (name: string) => (level?.[name] === undefined ? null : statusOf(thresholds, start, level[name] + off, 0));
  return of === 'WORST' ? worseStatus(judge('min'), judge('max')) : judge(of.toLowerCase());
}

/** The last bucket with readings before the range. */
function lastBefore(group: OracleGroup, boundaries: readonly Instant[], to: Instant, percentiles: readonly number[]): Placed | null {
  const bins = bin(group.series, boundaries, { from: boundaries[0] ?? to, to });
  const index = Math.max(...bins.keys());
  const runs = bins.get(index);
  return runs === undefined ? null : { index: index - MOST_BEFORE, content: contentOf(runs, percentiles) };
}

function totalsOf(asked: OracleAsked, group: OracleGroup): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [name, measure] of Object.entries(asked.measures)) {
    if (measure.kind !== 'timeIn') continue;
    const held = { series: group.series, boundaries: [asked.from, asked.to], span: asked, now: asked.now };
    totals[name] = secondsIn(held, thresholdsFor(asked.thresholds, group.metric, group.key), measure).get(0) ?? 0;
  }
  return totals;
}
