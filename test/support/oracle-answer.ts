import { parse } from 'graphql';
import type { Store } from '../../db/store.ts';
import { JsonText } from '../../execution/json-text.ts';
import { createContext } from '../../resolvers/context.ts';
import type { ContextSource, RequestExecutor } from '../../server/execute-request.ts';
import type { OracleAnswer, OracleGrouping, OraclePoint, OracleQuestion } from './oracle.ts';
import type { OracleRequest } from './oracle-requests.ts';
import { temporal } from './zoned-time.ts';

/** The answer of the gateway, as it comes. */
export interface GatewaySeries {
  readonly group: {
    readonly factory: string | null;
    readonly building: string | null;
    readonly floor: number | null;
    readonly area: string | null;
    readonly location: { readonly id: string } | null;
    readonly sensor: { readonly id: string } | null;
  };
  readonly metric: { readonly id: string };
  readonly plan: { readonly staleDays: number; readonly pieces: readonly { readonly source: string; readonly from: string; readonly to: string }[] };
  readonly columns: {
    readonly start: readonly string[];
    readonly end: readonly string[];
    readonly count: readonly number[];
  } & Readonly<Record<Measure, readonly (number | null)[]>>;
}

type Measure = 'min' | 'max' | 'sum' | 'avg' | 'stddev' | 'first' | 'last';

const MEASURES = ['min', 'max', 'sum', 'avg', 'stddev', 'first', 'last'] as const satisfies readonly Measure[];

/** The promise: within this share of the larger of the result and the greatest value. */
const TOLERANCE = 1e-9;

const DOCUMENT = parse(`
  query ($metrics: [ID!]!, $by: Grouping!, $where: LocationFilter, $sensors: [ID!], $from: TimeBound!, $to: TimeBound, $bucket: Duration, $timezone: TimeZone) {
    aggregates(metrics: $metrics, by: $by, where: $where, sensors: $sensors, from: $from, to: $to, bucket: $bucket, timezone: $timezone) {
      group { factory building floor area location { id } sensor { id } }
      metric { id }
      plan { staleDays pieces { source from to } }
      columns { start end count min max sum avg stddev first last }
    }
  }`);

/** Asks the gateway in process, over the real store. */
export async function askGateway(store: Store, executeRequest: RequestExecutor, { question, from, to }: OracleRequest): Promise<readonly GatewaySeries[]> {
  const { metrics, by, where, sensors, timezone } = question;
  const contexts: ContextSource = {
    knownCatalogue: () => store.catalogue.known,
    createContext: (assumed) =>
      createContext(store, {
        assumed,
        limits: { maxPoints: 100_000, maxReadings: 5_000_000 },
        ingest: () => Promise.reject(new Error('a question loads nothing')),
      }),
  };
  const variables = { metrics, by, where, sensors, from, to, bucket: question.bucket.text, timezone };
  const { data, errors } = await executeRequest({ document: DOCUMENT, operationName: null, variables }, contexts);
  if (errors !== undefined || !(data instanceof JsonText)) throw new Error(`the gateway answered ${JSON.stringify(errors)}`, { cause: errors?.[0] });
  return seriesOf(JSON.parse(data.text));
}

/** GraphQL answers in the shape of its document. */
function seriesOf(data: Readonly<Record<string, unknown>>): readonly GatewaySeries[] {
  return data.aggregates as readonly GatewaySeries[];
}

/** What an answer has otherwise than the oracle: one line each. */
export function differences(question: OracleQuestion, expected: OracleAnswer, answered: readonly GatewaySeries[]): string[] {
  const found: string[] = [];
  const answeredByKey = new Map(answered.map((series) => [`${series.metric.id} ${keyOf(question.by, series.group)}`, series]));
  if (answeredByKey.size !== answered.length) found.push('a group is there twice');
  for (const key of answeredByKey.keys()) if (!expected.has(key)) found.push(`${key}: the oracle has no such group`);
  for (const [key, points] of expected) {
    const series = answeredByKey.get(key);
    if (series === undefined) found.push(`${key}: missing, the oracle has ${points.length} buckets`);
    else found.push(...differencesOfSeries(points, series).map((difference) => `${key} ${difference}`));
  }
  for (const series of answered) found.push(...faultsOfPlan(question, series));
  return found;
}

function keyOf(by: OracleGrouping, group: GatewaySeries['group']): string {
  const depth = { ALL: 0, FACTORY: 1, BUILDING: 2, FLOOR: 3, AREA: 4 } as const;
  if (by === 'LOCATION') return JSON.stringify([group.location?.id ?? null]);
  if (by === 'SENSOR') return JSON.stringify([group.sensor?.id ?? null]);
  return JSON.stringify([group.factory, group.building, group.floor, group.area].slice(0, depth[by]));
}

function differencesOfSeries(points: readonly OraclePoint[], { columns }: GatewaySeries): string[] {
  if (columns.start.length !== points.length) return [`has ${columns.start.length} buckets, the oracle ${points.length}`];
  return points.flatMap((point, i) => {
    const found: string[] = [];
    const start = temporal(point.start).toString();
    const say = (field: string, value: unknown, wanted: unknown) => found.push(`${start} ${field} ${String(value)}, the oracle ${String(wanted)}`);
    if (columns.start[i] !== start) say('start', columns.start[i], start);
    if (columns.end[i] !== temporal(point.end).toString()) say('end', columns.end[i], temporal(point.end).toString());
    if (columns.count[i] !== point.count) say('count', columns.count[i], point.count);
    const greatest = Math.max(Math.abs(point.min), Math.abs(point.max));
    for (const measure of MEASURES) {
      const value = columns[measure][i] ?? null;
      if (!isClose(value, point[measure], greatest)) say(measure, value, point[measure]);
    }
    return found;
  });
}

function isClose(value: number | null, wanted: number | null, greatest: number): boolean {
  if (value === null || wanted === null) return value === wanted;
  return Math.abs(value - wanted) <= TOLERANCE * Math.max(Math.abs(wanted), greatest);
}

/** The pieces follow one another without a gap, inside what was asked. */
function faultsOfPlan({ from, to }: OracleQuestion, { metric, plan }: GatewaySeries): string[] {
  const { pieces } = plan;
  const isGapless = pieces.every((piece, i) => i === 0 || piece.from === pieces[i - 1]?.to);
  const first = Date.parse(pieces[0]?.from ?? '') * 1000;
  const last = Date.parse(pieces.at(-1)?.to ?? '') * 1000;
  // Date knows milliseconds only.
  const isInside = first >= from - 1000 && last <= to + 1000;
  return isGapless && isInside ? [] : [`${metric.id}: the plan is ${JSON.stringify(pieces)}`];
}
