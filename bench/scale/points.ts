/** One value of one series: least, greatest and average of the bucket that begins then. */
export type Point = readonly [sensor: string, start: number, min: number, max: number, avg: number];

interface Answer {
  readonly data: {
    readonly aggregates?: readonly {
      readonly group: { readonly sensor: { readonly id: string } };
      readonly columns: {
        readonly start: readonly string[];
        readonly min: readonly number[];
        readonly max: readonly number[];
        readonly avg: readonly number[];
      };
    }[];
    readonly latest?: readonly unknown[];
  };
}

/** How many points or readings an answer has. */
export function countPoints(body: Buffer): number {
  const { aggregates, latest } = (JSON.parse(body.toString()) as Answer).data;
  return latest?.length ?? aggregates?.reduce((sum, { columns }) => sum + columns.start.length, 0) ?? 0;
}

/** The points of an answer, by sensor and time. */
export function pointsOf(body: Buffer): readonly Point[] {
  const { aggregates = [] } = (JSON.parse(body.toString()) as Answer).data;
  const points = aggregates.flatMap(({ group, columns: { start, min, max, avg } }) =>
    start.map((text, at): Point => [group.sensor.id, Date.parse(text), min[at] ?? Number.NaN, max[at] ?? Number.NaN, avg[at] ?? Number.NaN]),
  );
  return inOrder(points);
}

/** By sensor, then time. */
export function inOrder(points: readonly Point[]): readonly Point[] {
  return [...points].sort(([sensor, start], [otherSensor, otherStart]) => {
    if (sensor === otherSensor) return start - otherStart;
    return sensor < otherSensor ? -1 : 1;
  });
}

/** Throws where two lists of points differ; sums of floating point numbers may, in their last digits, by the order in which they were added. */
export function checkSame(what: string, ours: readonly Point[], theirs: readonly Point[]): void {
  if (ours.length !== theirs.length || ours.length === 0) throw new Error(`${what}: ${ours.length} points beside ${theirs.length}`);
  for (const [at, point] of ours.entries()) {
    const other = theirs[at];
    const isSame = other !== undefined && point.every((value, place) => isNear(value, other[place]));
    if (!isSame) throw new Error(`${what}: ${JSON.stringify(point)} beside ${JSON.stringify(other)}`);
  }
}

function isNear(a: string | number, b: string | number | undefined): boolean {
  if (typeof a === 'string' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
}
