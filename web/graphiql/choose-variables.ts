/** What the store has that examples can be about: the answer to store-summary.graphql. */
export interface StoreSummary {
  readonly store: { readonly newest: string | null; readonly timezone: string };
  readonly sensors: { readonly totalCount: number; readonly nodes: readonly SensorSummary[] };
  readonly thresholds: readonly { readonly metric: { readonly id: string } }[];
}

interface SensorSummary {
  readonly id: string;
  readonly lastSeen: string | null;
  readonly location: { readonly timezone: string } | null;
  readonly metrics: readonly { readonly id: string }[];
}

/** The values of an example's variables, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** A store of which nothing is known: the examples then run, and answer with nothing. */
export const NOTHING_KNOWN: StoreSummary = { store: { newest: null, timezone: 'UTC' }, sensors: { totalCount: 0, nodes: [] }, thresholds: [] };

/** The examples that can be asked of any store. */
export type ExampleName = 'Analyst' | 'Trend' | 'Operator' | 'Engineer' | 'Steward' | 'Jobs';

const DAY_MS = 86_400_000;
/** Sensors heard of within so long before the newest reading are what the store is about now: a file just loaded, rather than the sample of years ago. */
const CURRENT_MS = 7 * DAY_MS;
/** What most people look for first, where as many sensors measure it as anything else. */
const PREFERRED = ['temperature', 'humidity'];
/** A store of more sensors is asked about a few of them, so that the first answer can be read. */
const ANALYST_SENSORS = 20;
const OPERATOR_SENSORS = 100;
/** So few that the first answer can be read. */
const TREND_POINTS = 14;
const OPERATOR_METRICS = 3;
const MOST_METRICS = 8;

/** Whether the gateway has answered the question of store-summary.graphql whole. */
export function isStoreSummary(data: unknown): data is StoreSummary {
  return typeof data === 'object' && data !== null && ['store', 'sensors', 'thresholds'].every((field) => field in data);
}

/** Variables with which each example has something to say about what is in the store; `present` stands in for the newest reading of an empty one. */
export function chooseVariables({ store, sensors, thresholds }: StoreSummary, present: Date): Readonly<Record<ExampleName, Variables>> {
  const heard = sensors.nodes.filter(hasReadings).sort((one, other) => timeOf(other) - timeOf(one) || compare(one.id, other.id));
  const newest = heard[0] === undefined ? present.getTime() : timeOf(heard[0]);
  const current = heard.filter((sensor) => timeOf(sensor) > newest - CURRENT_MS);
  const first = current[0];
  const timezone = first?.location?.timezone ?? store.timezone;
  const lastDay = localDate(newest, timezone);
  const metrics = metricsByUse(current);
  const metric = metrics.find((id) => first !== undefined && measures(first, id)) ?? 'temperature';
  const firstSensors = (limit: number) => (sensors.totalCount > limit ? heard.slice(0, limit).map(({ id }) => id) : null);
  return {
    Analyst: {
      metrics: metrics.length === 0 ? PREFERRED : metrics.slice(0, 2),
      sensors: firstSensors(ANALYST_SENSORS),
      by: 'SENSOR',
      from: daysBefore(lastDay, 6),
      to: lastDay,
      bucket: '1d',
      timezone,
    },
    Trend: {
      metrics: [metric],
      sensors: first === undefined ? null : [first.id],
      from: daysBefore(lastDay, 6),
      to: lastDay,
      timezone,
      maxPoints: TREND_POINTS,
      fill: 'LINEAR',
      compare: '7d',
    },
    Operator: {
      attention: ['CRITICAL', 'WARNING', 'NO_DATA'],
      metrics: watchedMetrics(heard, new Set(thresholds.map(({ metric }) => metric.id))),
      sensors: firstSensors(OPERATOR_SENSORS),
    },
    Engineer: {
      sensor: first?.id ?? 'press-1',
      metric,
      from: lastDay,
      to: lastDay,
      bucket: '1h',
      timezone,
    },
    Steward: { first: 10 },
    Jobs: { states: null, first: 5 },
  };
}

/** Metrics by the number of sensors that measure them, the most used first. */
function metricsByUse(sensors: readonly SensorSummary[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const { metrics } of sensors) for (const { id } of metrics) uses.set(id, (uses.get(id) ?? 0) + 1);
  const rank = (id: string) => (PREFERRED.includes(id) ? PREFERRED.indexOf(id) : PREFERRED.length);
  return [...uses].sort(([one, uses1], [other, uses2]) => uses2 - uses1 || rank(one) - rank(other) || compare(one, other)).map(([id]) => id);
}

/** What has thresholds first, then as much as is needed that every sensor is seen, and a few in any case; null, which means all, where nothing was measured. */
function watchedMetrics(sensors: readonly SensorSummary[], judged: ReadonlySet<string>): readonly string[] | null {
  const metrics = metricsByUse(sensors);
  const watched = new Set(metrics.filter((metric) => judged.has(metric)));
  for (const metric of metrics) {
    const unseen = sensors.filter((sensor) => !sensor.metrics.some(({ id }) => watched.has(id)));
    if (watched.size < OPERATOR_METRICS || unseen.some((sensor) => measures(sensor, metric))) watched.add(metric);
  }
  return watched.size === 0 ? null : [...watched].slice(0, MOST_METRICS);
}

function measures({ metrics }: SensorSummary, metric: string): boolean {
  return metrics.some(({ id }) => id === metric);
}

function hasReadings({ lastSeen, metrics }: SensorSummary): boolean {
  return lastSeen !== null && metrics.length > 0;
}

function timeOf({ lastSeen }: SensorSummary): number {
  return lastSeen === null ? 0 : Date.parse(lastSeen);
}

/** The date that a zone's calendar shows; that of UTC where the browser does not know the zone. */
function localDate(time: number, timezone: string): string {
  try {
    // Sweden writes dates as ISO 8601 does.
    return new Date(time).toLocaleDateString('sv-SE', { timeZone: timezone });
  } catch {
    return new Date(time).toISOString().slice(0, 10);
  }
}

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
