import { type Bind, instants, integers } from './parameter-text.ts';
import { type AggregatePlan, type PlanPiece, type RollupSource, sourceEdges } from './planner.ts';
import { type Instant, MICROS_PER_SECOND, type TimeWindow } from './time/instant.ts';

/** An expression for the bucket in which a time lies, and what tells its text in a tag. */
interface BucketOf {
  readonly text: string;
  readonly mark: string;
}

/** Makes the expression for each stretch: computed where its buckets are all of one length, else looked up. */
export function createBucketOf(
  plan: AggregatePlan,
  source: RollupSource,
  stretches: readonly Stretch[],
  time: string,
  bind: Bind,
): (stretch: TimeWindow) => BucketOf {
  let looked: BucketOf | null = null;
  const lookUp = (): BucketOf => {
    const { edges, buckets } = sourceEdges(plan, source);
    return { text: `(${bind(integers(buckets))}::int[])[width_bucket(${time}, ${bind(instants(edges))}::timestamptz[]) + 1]`, mark: '' };
  };
  return (asked) => {
    const stretch = stretches.find(({ from, to }) => from === asked.from && to === asked.to);
    const steps = stretch === undefined ? null : stepsOf(plan, stretch);
    if (steps !== null) return { text: bucketBySteps(steps, time, bind), mark: '/' };
    looked ??= lookUp();
    return looked;
  };
}

/** Buckets of one length, in microseconds, that follow one another from an instant on. */
interface Steps {
  readonly bucket: number;
  readonly start: Instant;
  readonly step: number;
}

/** Of whole seconds, so that a double holds a boundary as it is, and what lies a microsecond before it lies before it. */
export function bucketBySteps({ bucket, start, step }: Steps, time: string, bind: Bind): string {
  const seconds = (micros: number) => `${bind(micros / MICROS_PER_SECOND)}::double precision`;
  return `(${bind(bucket)}::int + floor((date_part('epoch', ${time}) - ${seconds(start)}) / ${seconds(step)})::int)`;
}

/** Below so many buckets looking a time up is no more work than computing its bucket. */
const FEW_BUCKETS = 64;

/** From where and in which steps the buckets of a stretch follow one another; null where they do not, and where there are so few that it does not matter. */
export function stepsOf({ boundaries }: AggregatePlan, { bucket, count }: Pick<PlanPiece, 'bucket' | 'count'>): Steps | null {
  if (count < FEW_BUCKETS) return null;
  const start = boundaries[bucket] ?? 0;
  const step = (boundaries[bucket + 1] ?? 0) - start;
  if (start % MICROS_PER_SECOND !== 0 || step % MICROS_PER_SECOND !== 0) return null;
  for (let i = bucket + 1; i <= bucket + count; i++) if ((boundaries[i] ?? 0) - (boundaries[i - 1] ?? 0) !== step) return null;
  return { bucket, start, step };
}

/** An unbroken stretch that one source answers, and its buckets. */
export interface Stretch extends TimeWindow {
  readonly bucket: number;
  readonly count: number;
}

/** What one source answers, neighbouring pieces as one. */
export function stretchesOf(plan: AggregatePlan, source: RollupSource): readonly Stretch[] {
  const stretches: { from: Instant; to: Instant; bucket: number; count: number }[] = [];
  for (const { source: answering, from, to, bucket, count } of plan.pieces) {
    if (answering !== source) continue;
    const last = stretches.at(-1);
    if (last?.to === from) {
      last.to = to;
      last.count = bucket + count - last.bucket;
    } else stretches.push({ from, to, bucket, count });
  }
  return stretches;
}
