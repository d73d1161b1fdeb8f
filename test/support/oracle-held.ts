import { type Instant, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { lastAtOrBefore } from './oracle-bins.ts';
import type { OracleSeries } from './oracle-groups.ts';
import { type OracleStatus, type OracleThreshold, statusOf } from './oracle-status.ts';
import { CompensatedSum } from './oracle-sum.ts';
import type { Span } from './oracle-types.ts';

/** Which values hold where. */
interface HeldQuestion {
  readonly series: readonly OracleSeries[];
  readonly boundaries: readonly Instant[];
  readonly span: Span;
  readonly now: Instant;
}

/** What of `timeIn` is asked. */
export interface TimeInQuestion {
  readonly status: OracleStatus;
  readonly thresholdsAsOf: 'THEN' | 'NOW';
  readonly maxGap: number;
}

/** By the index of a bucket, the average of what was held in it, each value weighed by how long; and the greatest of these values. */
export function averagesHeld(asked: HeldQuestion, maxGap: number): Map<number, { readonly average: number; readonly greatest: number }> {
  const totals = new Map<number, { product: CompensatedSum; micros: number; greatest: number }>();
  eachStretch(asked, (bucket, from, to, value, since) => {
    const micros = Math.min(to, since + maxGap) - from;
    if (micros <= 0) return;
    const total = totals.get(bucket) ?? { product: new CompensatedSum(), micros: 0, greatest: 0 };
    totals.set(bucket, total);
    total.product.add(value * micros);
    total.micros += micros;
    total.greatest = Math.max(total.greatest, Math.abs(value));
  });
  return new Map([...totals].map(([bucket, { product, micros, greatest }]) => [bucket, { average: product.total() / micros, greatest }]));
}

/** By the index of a bucket, the seconds that the values of the group had a status in it, summed over its series. */
export function secondsIn(
  asked: HeldQuestion,
  thresholds: readonly OracleThreshold[],
  { status, thresholdsAsOf, maxGap }: TimeInQuestion,
): Map<number, number> {
  const micros = new Map<number, number>();
  const edges = thresholdsAsOf === 'THEN' ? thresholds.flatMap(({ from, to }) => [from, to]) : [];
  const ages = [maxGap, ...thresholds.flatMap(({ noDataAfter }) => noDataAfter ?? [])];
  const judge = (at: Instant, value: number, age: number) =>
    statusOf(thresholds, thresholdsAsOf === 'THEN' ? at : asked.now, age <= maxGap ? value : null, age) === status;
  if (thresholds.length === 0) return new Map();
  eachStretch(asked, (bucket, from, to, value, since) => {
    let start = from;
    for (const end of instantsBetween(from, to, edges, ages, since)) {
      // Nothing changes between two edges, so what holds in the middle holds all through.
      const middle = start + (end - start) / 2;
      if (judge(middle, value, middle - since)) micros.set(bucket, (micros.get(bucket) ?? 0) + end - start);
      start = end;
    }
  });
  return new Map([...micros].map(([bucket, sum]) => [bucket, sum / MICROS_PER_SECOND]));
}

/** The instants after `from` at which something may change, in order, with `to` as the last. */
function instantsBetween(from: Instant, to: Instant, edges: readonly Instant[], ages: readonly number[], since: Instant): Instant[] {
  const found: Instant[] = [];
  for (const edge of edges) if (edge > from && edge < to) found.push(edge);
  for (const age of ages) if (since + age > from && since + age < to) found.push(since + age);
  if (found.length > 1) found.sort((a, b) => a - b);
  found.push(to);
  return found;
}

/** From each reading to the next of its series, or until its sensor leaves the place, cut to the span, the present and the buckets. */
function eachStretch({ series, boundaries, span, now }: HeldQuestion, visit: Visit): void {
  const end = Math.min(span.to, now);
  for (const { readings, begin, end: after, until } of series) {
    const { times, values } = readings;
    // The last reading before, of this place: it may have been the last there ever.
    for (let i = Math.max(begin, Math.min(after - 1, lastAtOrBefore(times, span.from))); i < after && (times[i] ?? end) < end; i++) {
      const since = times[i] ?? 0;
      const next = i + 1 < after ? (times[i + 1] ?? end) : until;
      eachPart(boundaries, Math.max(since, span.from), Math.min(end, next), (bucket, from, to) => visit(bucket, from, to, values[i] ?? Number.NaN, since));
    }
  }
}

type Visit = (bucket: number, from: Instant, to: Instant, value: number, since: Instant) => void;

/** What of a stretch lies in each bucket. */
function eachPart(boundaries: readonly Instant[], from: Instant, to: Instant, visit: (bucket: number, from: Instant, to: Instant) => void): void {
  let at = from;
  for (let bucket = at < to ? lastAtOrBefore(boundaries, at) : 0; at < to; bucket++) {
    const end = Math.min(to, boundaries[bucket + 1] ?? to);
    if (at < end) visit(bucket, at, end);
    at = Math.max(at, end);
  }
}
