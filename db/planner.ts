import { type Bucket, bucketBoundaries } from './time/buckets.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, type TimeWindow } from './time/instant.ts';

/** A relation that can answer for a stretch of time: rolled up by UTC day, hour or quarter of an hour, or not at all. */
export type RollupSource = 'rollup_1d' | 'rollup_1h' | 'rollup_15m' | 'reading';

/** A stretch of time that one relation answers for one bucket or for some that follow one another: a hundred thousand seconds are one piece. */
export interface PlanPiece {
  readonly source: RollupSource;
  readonly from: Instant;
  readonly to: Instant;
  /** The index of the first bucket, which begins at `boundaries[bucket]`. */
  readonly bucket: number;
  /** How many buckets these are; the boundaries between them part the piece. */
  readonly count: number;
}

/** From what every bucket of a question is put together. */
export interface AggregatePlan {
  /** Of whole buckets: one more than there are buckets. */
  readonly boundaries: readonly Instant[];
  readonly window: TimeWindow;
  /** In order of time; together they are the window. */
  readonly pieces: readonly PlanPiece[];
}

/** A stretch of time that one relation answers, whatever the buckets. */
export interface ReportedPiece {
  readonly source: RollupSource;
  readonly from: Instant;
  readonly to: Instant;
}

/** What one relation answers of a plan, as `width_bucket` wants it. */
export interface SourceEdges {
  /** Strictly increasing. */
  readonly edges: readonly Instant[];
  /** For each value of width_bucket(time, edges), 0 to edges.length: the bucket answered there, or -1 where another relation answers. */
  readonly buckets: readonly number[];
}

/** Coarsest first. */
const ROLLUPS = [
  { source: 'rollup_1d', width: MICROS_PER_DAY },
  { source: 'rollup_1h', width: MICROS_PER_HOUR },
  { source: 'rollup_15m', width: 15 * MICROS_PER_MINUTE },
] as const;

/** What is planned. */
interface PlanQuestion {
  readonly bucket: Bucket;
  readonly zone: string;
  readonly window: TimeWindow;
}

/** Dashboards ask for the same days of many sensors, and for a day a plan costs as much as executing the rest. Some fifteen megabytes, with the boundaries' texts, where each is as long as it may be. */
const MOST_REMEMBERED = 500;
/** In boundaries: an answer has up to 500 points where nobody says how many. */
const LONGEST_REMEMBERED = 502;
const remembered = new Map<string, AggregatePlan>();

/** Serves each bucket's part of the window from the coarsest relations that tile it. A short plan is remembered, so it may be the same object each time. */
export function planAggregate(question: PlanQuestion): AggregatePlan {
  const { bucket, zone, window } = question;
  const key = `${bucket.months} ${bucket.days} ${bucket.micros} ${window.from} ${window.to} ${zone}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const plan = makePlan(question);
  if (plan.boundaries.length > LONGEST_REMEMBERED) return plan;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, plan);
  return plan;
}

function makePlan({ bucket, zone, window }: PlanQuestion): AggregatePlan {
  return planBoundaries(bucketBoundaries(bucket, zone, window), window);
}

/** The same for buckets whose boundaries are known: ascending, around the window or beyond it. A bucket that ends as it begins is empty. */
export function planBoundaries(boundaries: readonly Instant[], window: TimeWindow): AggregatePlan {
  const pieces: GrowingPiece[] = [];
  for (let i = 0; i + 1 < boundaries.length; i++) {
    tile(Math.max(boundaries[i] ?? 0, window.from), Math.min(boundaries[i + 1] ?? 0, window.to), 0, i, pieces);
  }
  return { boundaries, window, pieces };
}

/** The same buckets, all of them from readings: for what no rollup knows, so that all of an answer is of the same readings. */
export function planOfReadings({ boundaries, window }: AggregatePlan): AggregatePlan {
  const pieces: GrowingPiece[] = [];
  for (let bucket = 0; bucket + 1 < boundaries.length; bucket++) {
    const from = Math.max(boundaries[bucket] ?? 0, window.from);
    const to = Math.min(boundaries[bucket + 1] ?? 0, window.to);
    if (from < to) append(pieces, 'reading', from, to, bucket);
  }
  return { boundaries, window, pieces };
}

/** The edges between what a relation answers and what it does not, and between buckets. */
export function sourceEdges(plan: AggregatePlan, source: RollupSource): SourceEdges {
  const edges: Instant[] = [];
  const buckets = [-1];
  for (const piece of plan.pieces) {
    if (piece.source !== source) continue;
    appendEdges(plan, piece, edges, (bucket, isNeighbour) => {
      if (isNeighbour) buckets.pop();
      buckets.push(bucket, -1);
    });
  }
  return { edges, buckets };
}

/** Appends the edges of a piece's buckets; tells each bucket, and whether it begins where the one before has ended. */
export function appendEdges({ boundaries }: AggregatePlan, piece: PlanPiece, edges: Instant[], tell: (bucket: number, isNeighbour: boolean) => void): void {
  const end = piece.bucket + piece.count;
  for (let bucket = piece.bucket; bucket < end; bucket++) {
    const from = bucket === piece.bucket ? piece.from : (boundaries[bucket] ?? 0);
    const isNeighbour = edges.length > 0 && edges[edges.length - 1] === from;
    if (!isNeighbour) edges.push(from);
    edges.push(bucket === end - 1 ? piece.to : (boundaries[bucket + 1] ?? 0));
    tell(bucket, isNeighbour);
  }
}

/** The pieces as a caller wants to see them: in order of time, neighbours from one relation as one. */
export function reportPieces(plan: AggregatePlan): readonly ReportedPiece[] {
  const merged: { source: RollupSource; from: Instant; to: Instant }[] = [];
  for (const { source, from, to } of plan.pieces) {
    const last = merged.at(-1);
    if (last?.source === source) last.to = to;
    else merged.push({ source, from, to });
  }
  return merged;
}

/** Appends the pieces of [from, to): what the rollup tiles, with its ragged ends from the next finer one. */
function tile(from: Instant, to: Instant, finest: number, bucket: number, pieces: GrowingPiece[]): void {
  if (from >= to) return;
  const rollup = ROLLUPS[finest];
  if (rollup === undefined) {
    append(pieces, 'reading', from, to, bucket);
    return;
  }
  const first = Math.ceil(from / rollup.width) * rollup.width;
  const last = Math.floor(to / rollup.width) * rollup.width;
  if (first >= last) {
    tile(from, to, finest + 1, bucket, pieces);
    return;
  }
  tile(from, first, finest + 1, bucket, pieces);
  append(pieces, rollup.source, first, last, bucket);
  tile(last, to, finest + 1, bucket, pieces);
}

/** A piece that later buckets may still join. */
type GrowingPiece = { -readonly [key in keyof PlanPiece]: PlanPiece[key] };

/** Adds what one relation answers of one bucket, to the piece before it where it goes on with that one's next bucket. */
function append(pieces: GrowingPiece[], source: RollupSource, from: Instant, to: Instant, bucket: number): void {
  const last = pieces[pieces.length - 1];
  if (last !== undefined && last.source === source && last.to === from && last.bucket + last.count === bucket) {
    last.to = to;
    last.count++;
  } else pieces.push({ source, from, to, bucket, count: 1 });
}
