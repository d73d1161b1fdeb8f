import type { HeldTimes } from './held-question.ts';
import { type HeldRow, toHeldTimes } from './held-statement.ts';
import type { Queryable } from './pool.ts';
import { composeStatistics, type StatisticsQuestion } from './statistics-statement.ts';
import { type Instant, MICROS_PER_SECOND } from './time/instant.ts';

/** The statistics of one group; what was not asked for is null, as is what there are no readings for. */
export interface StatisticsResult {
  readonly group: number;
  /** Whether it had measured anything before the range's end. */
  readonly hasMeasured: boolean;
  readonly count: number;
  readonly sum: number | null;
  readonly least: number | null;
  readonly greatest: number | null;
  /** When the least and the greatest value were measured first. */
  readonly leastAt: string | null;
  readonly greatestAt: string | null;
  /** The sum of squared deviations from the mean. */
  readonly m2: number | null;
  readonly first: number | null;
  readonly firstAt: Instant | null;
  readonly last: number | null;
  readonly lastAt: Instant | null;
  /** One for each percentile of the question, in its order. */
  readonly percentiles: readonly number[] | null;
  /** In microseconds. */
  readonly cadence: number | null;
  readonly gaps: number | null;
  /** In microseconds. */
  readonly longestGap: number | null;
  readonly expectedCount: number | null;
  readonly held: HeldTimes | null;
}

/** All groups that were asked, and what else was true at their moment. */
export interface StatisticsAnswer {
  readonly catalogueVersion: number;
  /** Pairs of a series and a UTC day whose rollups were behind, and so answered from readings. */
  readonly staleDays: number;
  readonly results: readonly StatisticsResult[];
}

/** As the statement gives it: a column that is not wanted is missing. */
interface StatisticsRow extends HeldRow, Partial<Omit<StatisticsResult, 'group' | 'held' | 'firstAt' | 'lastAt'>> {
  readonly version: number;
  readonly staleDays: number;
  readonly group: number | null;
  readonly firstSecond?: number | null;
  readonly lastSecond?: number | null;
}

/** One statement, hence one moment. */
export async function selectStatistics(db: Queryable, question: StatisticsQuestion): Promise<StatisticsAnswer> {
  const { rows } = await db.query<StatisticsRow & Record<string, unknown>>(composeStatistics(question));
  const [seen] = rows;
  if (seen === undefined) throw new Error('the statement of statistics gave no row');
  return {
    catalogueVersion: seen.version,
    staleDays: seen.staleDays,
    results: rows.flatMap((row) => (row.group === null ? [] : [toResult(row, row.group, question)])),
  };
}

/** What is not wanted, and of a group without readings. */
const NONE: Omit<StatisticsResult, 'group' | 'firstAt' | 'lastAt' | 'held'> = {
  hasMeasured: false,
  count: 0,
  sum: null,
  least: null,
  greatest: null,
  leastAt: null,
  greatestAt: null,
  m2: null,
  first: null,
  last: null,
  percentiles: null,
  cadence: null,
  gaps: null,
  longestGap: null,
  expectedCount: null,
};

function toResult({ firstSecond, lastSecond, ...row }: StatisticsRow, group: number, { held }: StatisticsQuestion): StatisticsResult {
  return { ...NONE, ...row, group, firstAt: toInstant(firstSecond), lastAt: toInstant(lastSecond), held: held === null ? null : toHeldTimes(row, held) };
}

/** Seconds are exact to the microsecond until the year 2106. */
function toInstant(seconds: number | null | undefined): Instant | null {
  return seconds === null || seconds === undefined ? null : Math.round(seconds * MICROS_PER_SECOND);
}
