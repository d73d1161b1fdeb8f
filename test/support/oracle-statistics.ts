import { type Instant, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { answerRange, type OracleAsked } from './oracle.ts';
import { type AnsweredFields, type AnsweredSeries, Differences, flat, writeInstant } from './oracle-answer.ts';
import { bin } from './oracle-bins.ts';
import { measureVariables, selectionOf, variablesOf } from './oracle-documents.ts';
import { ALL_SUMMARIES, drawMeasures } from './oracle-draw-measures.ts';
import { drawRange, drawZone } from './oracle-draw-range.ts';
import { drawMetrics, drawScope } from './oracle-draw-scope.ts';
import type { OracleCase } from './oracle-gateway.ts';
import { groupsOf, keyOfPlace, keyOfSensor, type OracleGroup } from './oracle-groups.ts';
import type { OracleMeasures } from './oracle-measures.ts';
import { isoTime, spacingOf } from './oracle-spacing.ts';
import type { OracleRecord, Span } from './oracle-types.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** A question for one row a group. */
interface StatisticsRequest {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly asked: OracleAsked;
  readonly measures: OracleMeasures;
  /** The place or device that is asked for; null where it is groups. */
  readonly holder: { readonly field: 'location' | 'sensor'; readonly id: string } | null;
}

const DECLARED = '$from: TimeBound! $to: TimeBound $timezone: TimeZone';
const GIVEN = 'from: $from, to: $to, timezone: $timezone';
const FIELDS = `group { factory building floor area location { id } sensor { id } } metric { id } from to count
  expectedCount cadence gaps longestGap firstAt lastAt minAt maxAt`;

/** Any groups over any range; of very long ones only where few readings are asked about. */
export function drawStatisticsRequest(random: Random, world: OracleWorld): StatisticsRequest {
  const of = drawMetrics(random, world);
  const timezone = drawZone(random);
  const range = drawRange(random, timezone, world.readingsOf(of.sensor.id, of.metric).times);
  const { holder, scope, id, variables } = drawScope(random, world, of);
  const measures = { ...ALL_SUMMARIES, ...drawMeasures(random, world, of.metric, range) };
  const withoutStatus = Object.fromEntries(Object.entries(measures).filter(([, measure]) => measure.kind !== 'status'));
  const shown = `{ ${FIELDS} ${selectionOf(withoutStatus)} }`;
  const isOne = holder === 'LOCATION' || holder === 'SENSOR';
  const field = holder === 'SENSOR' ? 'sensor' : 'location';
  const ofGroups = `query ($metrics: [ID!]! $by: Grouping! $where: LocationFilter $sensors: [ID!] ${DECLARED} ${variablesOf(withoutStatus)}) {
    statistics(metrics: $metrics, by: $by, where: $where, sensors: $sensors, ${GIVEN}) ${shown} }`;
  const ofOne = `query ($id: ID! $metric: ID! ${DECLARED} ${variablesOf(withoutStatus)}) { ${field}(id: $id) { statistics(metric: $metric, ${GIVEN}) ${shown} } }`;
  const { from, to, now } = range;
  return {
    text: isOne ? ofOne : ofGroups,
    variables: { ...(isOne ? variables : scope), ...range.said, timezone, ...measureVariables(withoutStatus) },
    asked: {
      ...scope,
      from,
      to,
      now,
      timezone,
      bucket: { months: 0, days: 1, micros: 0 },
      fill: 'NULL',
      compare: null,
      measures: withoutStatus,
      thresholds: world.thresholds(),
    },
    measures: withoutStatus,
    holder: isOne && id !== null ? { field, id } : null,
  };
}

/** Asks both for statistics, and compares their answers. */
export function statisticsCase(request: StatisticsRequest, record: OracleRecord): OracleCase {
  return async (ask) => {
    const answering = ask(request.text, request.variables, request.asked.now);
    const groups = groupsAsked(request, record);
    const expected = groups.map((group) => ({ group, point: answerRange(request.asked, group) }));
    const differences = new Differences();
    const rows = rowsOf(await answering, request.holder?.field ?? null);
    const keys = rows.map(({ group, metric }) => JSON.stringify([metric.id, flat(group)]));
    differences.same('groups', JSON.stringify(keys), JSON.stringify(groups.map(({ key, metric }) => JSON.stringify([metric, key]))));
    for (const [i, row] of rows.entries()) {
      const wanted = expected[i];
      if (wanted !== undefined) compareRow(differences, keys[i] ?? '', row, wanted, request);
    }
    return { differences: differences.found, points: rows.length };
  };
}

type Row = AnsweredFields & Pick<AnsweredSeries, 'group' | 'metric'>;

function rowsOf(data: AnsweredFields, field: 'location' | 'sensor' | null): readonly Row[] {
  if (field === null) return data.statistics as readonly Row[];
  return [(data[field] as { readonly statistics: Row }).statistics];
}

/** Those that have measured anything before the range's end; the one that is asked for in any case. */
function groupsAsked({ asked, holder }: StatisticsRequest, record: OracleRecord): OracleGroup[] {
  const groups = groupsOf(asked, record);
  if (holder === null) return groups.filter(({ series }) => series.some(({ readings, begin }) => (readings.times[begin] ?? asked.to) < asked.to));
  if (groups.length > 0) return groups;
  const sensor = record.sensors.find(({ id }) => id === holder.id);
  const key = holder.field === 'sensor' && sensor !== undefined ? keyOfSensor(sensor, record) : keyOfPlace(record.locations.get(holder.id) ?? null, 5);
  return [{ key, metric: asked.metrics[0] ?? '', series: [] }];
}

function compareRow(
  differences: Differences,
  key: string,
  row: Row,
  { group, point }: { readonly group: OracleGroup; readonly point: ReturnType<typeof answerRange> },
  { asked, measures }: StatisticsRequest,
): void {
  const { cadence, expectedCount, gaps, longestGap } = spacingOf(group, asked, asked.now);
  const times = timesOf(group, asked);
  const wanted: Record<string, unknown> = {
    from: writeInstant(asked.from),
    to: writeInstant(asked.to),
    count: point.count,
    expectedCount,
    gaps,
    cadence: cadence === null ? null : isoTime(cadence),
    longestGap: longestGap === null ? null : isoTime(longestGap),
    ...Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time === null ? null : writeInstant(time)])),
  };
  for (const [name, value] of Object.entries(wanted)) differences.same(`${key} ${name}`, row[name], value);
  for (const [name, measure] of Object.entries(measures)) {
    const greatest = measure.kind === 'timeIn' ? (asked.to - asked.from) / MICROS_PER_SECOND : point.greatest;
    differences.close(`${key} ${name}`, row[measure.kind === 'summary' ? measure.field : name], point.values[name] ?? null, greatest);
  }
}

/** When the first, the last, the least and the greatest value were measured; the earliest of several. */
function timesOf({ series }: OracleGroup, span: Span): Record<'firstAt' | 'lastAt' | 'minAt' | 'maxAt', Instant | null> {
  const runs = bin(series, [span.from], span).get(0) ?? [];
  const { times, values } = {
    times: runs.flatMap(({ readings, begin, end }) => readings.times.slice(begin, end)),
    values: runs.flatMap(({ readings, begin, end }) => readings.values.slice(begin, end)),
  };
  if (times.length === 0) return { firstAt: null, lastAt: null, minAt: null, maxAt: null };
  const [least, greatest] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const earliestOf = (wanted: number) => times.filter((_, i) => values[i] === wanted).reduce((a, b) => Math.min(a, b));
  return {
    firstAt: times.reduce((a, b) => Math.min(a, b)),
    lastAt: times.reduce((a, b) => Math.max(a, b)),
    minAt: earliestOf(least),
    maxAt: earliestOf(greatest),
  };
}
