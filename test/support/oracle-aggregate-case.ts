import { answerGroup, askOracle, type OracleAsked, type OracleSeriesAnswer } from './oracle.ts';
import { type AnsweredFields, type AnsweredSeries, Differences } from './oracle-answer.ts';
import { writeDocument } from './oracle-documents.ts';
import type { OracleCase } from './oracle-gateway.ts';
import { groupsOf, keyOfPlace, keyOfSensor, type OracleGroup } from './oracle-groups.ts';
import type { AggregateRequest } from './oracle-requests.ts';
import type { OracleRecord } from './oracle-types.ts';

/** Asks both for buckets, and compares their answers. */
export function aggregateCase(request: AggregateRequest, record: OracleRecord): OracleCase {
  return async (ask) => {
    const answering = ask(writeDocument(request.plan), request.variables, request.asked.now);
    // While the database works.
    const expected = expectAggregates(request, record);
    return { differences: differencesOf(request, expected, await answering), points: expected.reduce((sum, { points }) => sum + points.length, 0) };
  };
}

/** What the gateway should answer; of a page of places, for each of them in order. */
export function expectAggregates({ plan: { holder }, id, asked }: AggregateRequest, record: OracleRecord): OracleSeriesAnswer[] {
  if (holder === 'QUERY') return askOracle(asked, record);
  const groups = groupsOf(asked, record);
  const answer = (key: OracleGroup['key']) => {
    const found = groups.find((group) => JSON.stringify(group.key) === JSON.stringify(key));
    return answerGroup(asked, found ?? { key, metric: asked.metrics[0] ?? '', series: [] });
  };
  if (holder === 'SENSOR') return record.sensors.filter((sensor) => sensor.id === id).map((sensor) => answer(keyOfSensor(sensor, record)));
  return placesOf(asked, id, record).map((place) => answer(keyOfPlace(place, 5)));
}

function placesOf({ where }: OracleAsked, id: string | null, { locations }: OracleRecord) {
  const accepts = (value: unknown, wanted: readonly unknown[] | undefined) => wanted === undefined || wanted.includes(value);
  return [...locations.values()]
    .filter((place) => id === null || place.id === id)
    .filter(
      ({ id: own, factory, building, floor, area }) =>
        where === null ||
        (accepts(own, where.ids) &&
          accepts(factory, where.factories) &&
          accepts(building, where.buildings) &&
          accepts(floor, where.floors) &&
          accepts(area, where.areas)),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The parts of an answer. */
interface Answered {
  readonly aggregates?: readonly AnsweredSeries[];
  readonly aggregateRows?: readonly AnsweredFields[];
  readonly location?: { readonly id: string; readonly aggregates: AnsweredSeries };
  readonly sensor?: { readonly id: string; readonly aggregates: AnsweredSeries };
  readonly locations?: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean };
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
    readonly nodes: readonly { readonly id: string; readonly aggregates: AnsweredSeries }[];
  };
}

/** What an answer has otherwise than it should. */
export function differencesOf({ plan, asked }: AggregateRequest, expected: readonly OracleSeriesAnswer[], data: AnsweredFields): string[] {
  const differences = new Differences();
  const { aggregates, aggregateRows, location, sensor, locations } = data as Answered;
  const as = { measures: plan.measures, span: asked, bucket: asked.bucket, timezone: asked.timezone };
  if (aggregates !== undefined) differences.allSeries(aggregates, expected, as);
  if (aggregateRows !== undefined) compareRows(differences, aggregateRows, expected, as.measures);
  if (plan.holder === 'LOCATION' || plan.holder === 'SENSOR')
    differences.allSeries(
      [location ?? sensor].flatMap((node) => node?.aggregates ?? []),
      expected,
      as,
    );
  if (locations !== undefined) {
    differences.allSeries(
      locations.nodes.map((node) => node.aggregates),
      expected,
      as,
    );
    differences.same('totalCount', locations.totalCount, expected.length);
    differences.same('hasNextPage', locations.pageInfo.hasNextPage, false);
    differences.same('edges', JSON.stringify(locations.edges.map(({ node }) => node.id)), JSON.stringify(locations.nodes.map(({ id }) => id)));
  }
  return differences.found;
}

/** A row for each point, in the order of the groups. */
function compareRows(
  differences: Differences,
  rows: readonly AnsweredFields[],
  expected: readonly OracleSeriesAnswer[],
  measures: AggregateRequest['plan']['measures'],
): void {
  let at = 0;
  for (const { group, points } of expected) {
    const key = JSON.stringify([group.metric, group.key]);
    const own = rows.slice(at, at + points.length);
    at += points.length;
    for (const { metric, factory, building, floor, area, location, sensor } of own) {
      differences.same('a row of', JSON.stringify([metric, { factory, building, floor, area, location, sensor }]), key);
    }
    differences.points(`${key} rows`, own, points, measures);
  }
  differences.same('rows', rows.length, at);
}
