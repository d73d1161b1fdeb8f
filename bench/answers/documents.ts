import type { QuestionName } from './questions.ts';

/** By question, of those that a server is asked. */
type Documents = Readonly<Partial<Record<QuestionName, string>>>;

const WALL = `query Wall($first: Int!) {
  locations(first: $first) {
    nodes { id factory building floor area latest { sensor { id } metric { id } time value } }
  }
}`;

const DAY = `query Day($sensor: ID!, $metric: ID!, $from: TimeBound!, $to: TimeBound!) {
  sensor(id: $sensor) {
    aggregates(metric: $metric, from: $from, to: $to, bucket: "1h") { points { start min max avg } }
  }
}`;

const WIDE = `query Wide($sensors: [ID!]!, $metric: ID!, $from: TimeBound!, $to: TimeBound!) {
  sensors(ids: $sensors) {
    nodes { id aggregates(metric: $metric, from: $from, to: $to, bucket: "1h") { points { start avg } } }
  }
}`;

/** The documents that are stored for files: those of the questions, as they are. */
export const STORED: Readonly<Record<string, string>> = { wall: WALL, day: DAY, wide: WIDE };

/** The questions as Thermograph's schema has them. */
export const THERMOGRAPH: Documents = {
  wall: WALL,
  day: DAY,
  wide: WIDE,
  'day-columns': DAY.replace('points { start', 'columns { start count'),
  'wide-columns': WIDE.replace('points { start', 'columns { start count'),
};

/** The same for bench/peers/apollo.mjs, whose buckets are hours and whose bounds are instants. */
export const APOLLO: Documents = {
  wall: WALL,
  day: withPlainBounds(DAY),
  wide: withPlainBounds(WIDE),
};

/** The same in the names that PostGraphile makes of tables, keys and functions. */
export const POSTGRAPHILE: Documents = {
  wall: `query Wall($first: Int!) {
  allLocations(first: $first, orderBy: [ROW_ID_ASC]) {
    nodes {
      rowId factory building floor area
      seriesByLocationId(orderBy: [SENSOR_ID_ASC, METRIC_ID_ASC]) { nodes { sensorId metricId seriesLatestBySeriesId { time value } } }
    }
  }
}`,
  day: `query Day($sensor: String!, $metric: String!, $from: Datetime!, $to: Datetime!) {
  sensorByRowId(rowId: $sensor) {
    seriesBySensorId(condition: { metricId: $metric }) { nodes { hourly(since: $from, until: $to) { nodes { start min max avg } } } }
  }
}`,
  wide: `query Wide($sensors: [String!]!, $metric: String!, $from: Datetime!, $to: Datetime!) {
  peerSeriesOf(sensors: $sensors, metric: $metric) {
    nodes { sensorId hourly(since: $from, until: $to) { nodes { start avg } } }
  }
}`,
};

function withPlainBounds(document: string): string {
  return document.replaceAll('TimeBound', 'DateTime').replace(', bucket: "1h"', '');
}
