import type { Instant } from '../../db/time/instant.ts';
import { type AnsweredFields, Differences, writeInstant } from './oracle-answer.ts';
import { mostReadings } from './oracle-draw-measures.ts';
import { type DrawnRange, drawRange, drawZone } from './oracle-draw-range.ts';
import { drawMetrics, drawScope } from './oracle-draw-scope.ts';
import type { AskGateway, OracleCase } from './oracle-gateway.ts';
import { groupsOf, keyOfPlace } from './oracle-groups.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import { statusOf, thresholdsFor } from './oracle-status.ts';
import type { OracleWorld } from './oracle-world.ts';
import type { Random } from './random.ts';

/** A list of readings that is paged through. */
interface ReadingsRequest {
  readonly text: string;
  readonly field: 'readings' | 'location' | 'sensor';
  readonly variables: Readonly<Record<string, unknown>>;
  readonly now: Instant;
  /** The whole list, as it should be answered. */
  readonly all: readonly AnsweredFields[];
  readonly pages: readonly Page[];
}

/** How many are asked for, from the beginning or the end, or on from where the page before stopped. */
interface Page {
  readonly size: number;
  readonly way: 'forward' | 'backward';
  readonly goesOn: boolean;
}

interface Connection {
  readonly nodes: readonly AnsweredFields[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const DECLARED = '$from: TimeBound! $to: TimeBound $timezone: TimeZone $order: TimeOrder! $first: Int $after: String $last: Int $before: String';
const GIVEN = 'from: $from, to: $to, timezone: $timezone, order: $order, first: $first, after: $after, last: $last, before: $before';
const SHOWN = `{ nodes { sensor { id } location { id } metric { id } time value status derived } edges { cursor }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
/** Pages of longer lists are no different. */
const MOST_READINGS = 3000;

/** Readings of any places and devices, a few pages of them in either direction. */
export function drawReadingsRequest(random: Random, world: OracleWorld): ReadingsRequest {
  const of = drawMetrics(random, world);
  const timezone = drawZone(random);
  let range: DrawnRange;
  do range = drawRange(random, timezone, world.readingsOf(of.sensor.id, of.metric).times);
  while (mostReadings(world, of.metric, range) > MOST_READINGS);
  const { holder, scope, variables } = drawScope(random, world, of);
  const field = ({ LOCATION: 'location', SENSOR: 'sensor', QUERY: 'readings', CONNECTION: 'readings' } as const)[holder];
  const all = readingsWithin(world, scope, range.from, range.to);
  const order = random.pick(['ASCENDING', 'DESCENDING']);
  const ofAll = `query ($where: LocationFilter $sensors: [ID!] $metrics: [ID!] ${DECLARED}) {
    readings(where: $where, sensors: $sensors, metrics: $metrics, ${GIVEN}) ${SHOWN} }`;
  const ofOne = `query ($id: ID! $metric: ID! ${DECLARED}) { ${field}(id: $id) { readings(metric: $metric, ${GIVEN}) ${SHOWN} } }`;
  const { by: _, ...filter } = scope;
  return {
    text: field === 'readings' ? ofAll : ofOne,
    field,
    variables: { ...(field === 'readings' ? filter : variables), ...range.said, timezone, order },
    now: range.now,
    all: order === 'ASCENDING' ? all : all.toReversed(),
    pages: drawPages(random, all.length),
  };
}

/** Pages through a list, and compares each page with its part of the whole list. */
export function readingsCase(request: ReadingsRequest): OracleCase {
  return async (ask) => {
    const differences = new Differences();
    let place: Place = { begin: 0, end: 0, startCursor: null, endCursor: null };
    let points = 0;
    for (const [i, page] of request.pages.entries()) {
      const { begin, end, args } = nextPage(page, place, request.all.length);
      const connection = await askPage(ask, request, args);
      const ends = { isFirst: begin === 0, isLast: end === request.all.length };
      comparePage(differences, `page ${i} ${page.way}`, connection, request.all.slice(begin, end), ends);
      const { startCursor, endCursor } = connection.pageInfo;
      place = { begin, end, startCursor, endCursor };
      points += end - begin;
    }
    return { differences: differences.found, points };
  };
}

/** Where the page before stood. */
interface Place {
  readonly begin: number;
  readonly end: number;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** Which part of the list comes next, and what asks for it. An empty page has no cursor to go on from. */
function nextPage({ size, way, goesOn }: Page, { begin, end, startCursor, endCursor }: Place, length: number) {
  if (way === 'forward') {
    const from = goesOn && endCursor !== null ? end : 0;
    return { begin: from, end: Math.min(from + size, length), args: { first: size, ...(goesOn && endCursor !== null ? { after: endCursor } : {}) } };
  }
  const to = goesOn && startCursor !== null ? begin : length;
  return { begin: Math.max(0, to - size), end: to, args: { last: size, ...(goesOn && startCursor !== null ? { before: startCursor } : {}) } };
}

async function askPage(ask: AskGateway, { text, variables, now, field }: ReadingsRequest, page: Readonly<Record<string, unknown>>): Promise<Connection> {
  const data = await ask(text, { ...variables, ...page }, now);
  return field === 'readings' ? (data.readings as Connection) : (data[field] as { readonly readings: Connection }).readings;
}

function comparePage(
  differences: Differences,
  place: string,
  { nodes, edges, pageInfo }: Connection,
  wanted: readonly AnsweredFields[],
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): void {
  differences.same(`${place} length`, nodes.length, wanted.length);
  for (const [i, node] of nodes.entries()) differences.same(`${place} ${i}`, JSON.stringify(node), JSON.stringify(wanted[i]));
  differences.same(`${place} hasNextPage`, pageInfo.hasNextPage, !isLast);
  differences.same(`${place} hasPreviousPage`, pageInfo.hasPreviousPage, !isFirst);
  differences.same(`${place} edges`, edges.length, nodes.length);
  differences.same(`${place} startCursor`, pageInfo.startCursor, edges[0]?.cursor ?? null);
  differences.same(`${place} endCursor`, pageInfo.endCursor, edges.at(-1)?.cursor ?? null);
}

/** Up to four pages, most of them on in one direction. */
function drawPages(random: Random, length: number): Page[] {
  const way = random.pick(['forward', 'backward'] as const);
  const opposite = way === 'forward' ? 'backward' : 'forward';
  const count = random.whole(1, 4);
  return Array.from({ length: count }, (_, i) => ({
    size: Math.min(1000, random.pick([1, 2, 7, 50, Math.max(1, Math.ceil(length / 2)), Math.max(1, length), 1000])),
    way: i > 0 && random.chance(0.2) ? opposite : way,
    goesOn: i > 0,
  }));
}

/** By time, then sensor, then metric. */
function readingsWithin(world: OracleWorld, scope: ReturnType<typeof drawScope>['scope'], from: Instant, to: Instant): AnsweredFields[] {
  const found: { time: Instant; sensor: string; metric: string; node: AnsweredFields }[] = [];
  for (const { metric, series } of groupsOf(scope, world)) {
    for (const { sensor, location, readings, begin, end } of series) {
      const thresholds = thresholdsFor(world.thresholds(), metric, { ...keyOfPlace(location, 5), sensor: sensor.id });
      const last = Math.min(end, firstAtOrAfter(readings.times, to));
      for (let i = Math.max(begin, firstAtOrAfter(readings.times, from)); i < last; i++) {
        const [time = 0, value = 0] = [readings.times[i], readings.values[i]];
        const node = {
          sensor: { id: sensor.id },
          location: location === null ? null : { id: location.id },
          metric: { id: metric },
          time: writeInstant(time),
          value,
          status: statusOf(thresholds, time, value, 0),
          derived: world.isDerived(sensor.id, metric, time),
        };
        found.push({ time, sensor: sensor.id, metric, node });
      }
    }
  }
  return found.sort((a, b) => a.time - b.time || compare(a.sensor, b.sensor) || compare(a.metric, b.metric)).map(({ node }) => node);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
