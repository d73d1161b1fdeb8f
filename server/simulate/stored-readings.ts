import { z } from 'zod';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import { askGateway, reasonOf, unreachable, wordsOf } from './gateway-client.ts';
import { GatewayError } from './gateway-error.ts';

/** A reading that a gateway has. */
export interface StoredReading {
  readonly time: Instant;
  readonly sensor: string;
  readonly metric: string;
  readonly value: number;
  readonly isDerived: boolean;
}

/** Which readings of a gateway are meant. */
export interface StoredScope {
  readonly sensors: readonly string[];
  readonly window: { readonly from: Instant; readonly to: Instant };
}

/** Count and sum of a sensor and metric, as the rollups have them. */
export interface StoredSummary {
  readonly sensor: string;
  readonly metric: string;
  readonly count: number;
  readonly sum: number | null;
}

const exportedRow = z.object({ time: z.string(), 'sensor.id': z.string(), 'metric.id': z.string(), value: z.number(), derived: z.boolean() });

const summaries = z.object({
  statistics: z.array(
    z.object({
      group: z.object({ sensor: z.object({ id: z.string() }).nullable() }),
      metric: z.object({ id: z.string() }),
      count: z.number(),
      sum: z.number().nullable(),
    }),
  ),
});

const SUMMARIES = `query Summaries($metrics: [ID!]!, $sensors: [ID!]!, $from: TimeBound!, $to: TimeBound!) {
  statistics(metrics: $metrics, sensors: $sensors, by: SENSOR, from: $from, to: $to) { group { sensor { id } } metric { id } count sum }
}`;

/** Every reading of these sensors, by time: one GET /export, so of one moment. Throws GatewayError, also where the file breaks. */
export async function* exportedReadings(gateway: URL, { sensors, window }: StoredScope, signal: AbortSignal): AsyncGenerator<StoredReading> {
  const url = new URL('export/readings.ndjson', gateway);
  url.searchParams.set('from', formatInstant(window.from));
  url.searchParams.set('to', formatInstant(window.to));
  for (const sensor of sensors) url.searchParams.append('sensors', sensor);
  for await (const line of linesOf(gateway, url, signal)) {
    const row = rowOf(line, gateway);
    const time = parseRfc3339(row.time);
    if (time === null) throw new GatewayError('GATEWAY_REFUSED', `the gateway at ${gateway.origin} answered with the time ${row.time}`);
    yield { time, sensor: row['sensor.id'], metric: row['metric.id'], value: row.value, isDerived: row.derived };
  }
}

/** What the gateway's statistics say of sensors and metrics, derived readings too. Throws GatewayError. */
export async function storedSummaries(gateway: URL, { sensors, window }: StoredScope, metrics: readonly string[]): Promise<readonly StoredSummary[]> {
  const variables = { metrics, sensors, from: formatInstant(window.from), to: formatInstant(window.to) };
  const { statistics } = await askGateway(gateway, SUMMARIES, variables, summaries);
  return statistics.flatMap(({ group, metric, count, sum }) => (group.sensor === null ? [] : [{ sensor: group.sensor.id, metric: metric.id, count, sum }]));
}

/** The metrics that a gateway knows. Throws GatewayError. */
export async function knownMetrics(gateway: URL): Promise<ReadonlySet<string>> {
  const { metrics } = await askGateway(gateway, '{ metrics { id } }', {}, z.object({ metrics: z.array(z.object({ id: z.string() })) }));
  return new Set(metrics.map(({ id }) => id));
}

function rowOf(line: string, gateway: URL): z.infer<typeof exportedRow> {
  const row = exportedRow.safeParse(JSON.parse(line));
  if (row.success) return row.data;
  throw new GatewayError('GATEWAY_REFUSED', `the gateway at ${gateway.origin} exports other rows of readings than expected: ${line.slice(0, 200)}`);
}

async function* linesOf(gateway: URL, url: URL, signal: AbortSignal): AsyncGenerator<string> {
  const failed = (cause: unknown) => unreachable(gateway, reasonOf(cause), { cause });
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined);
    throw new GatewayError(
      'GATEWAY_REFUSED',
      `the gateway at ${gateway.origin} refused to export readings: ${wordsOf({ status: response.status, body, retryAfterMs: 0 })}`,
    );
  }
  let rest = '';
  try {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    throw failed(cause);
  }
  if (rest !== '') yield rest;
}
