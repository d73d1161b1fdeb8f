// Apollo Server 5 with DataLoader, written as their documentation shows: SDL, a resolver where a field is not in the row, a loader for each relation, rows as pg gives them.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, options: '-c TimeZone=UTC -c jit=off' });

const typeDefs = `#graphql
  scalar DateTime

  type Query {
    locations(first: Int = 100): LocationConnection!
    sensor(id: ID!): Sensor
    sensors(ids: [ID!]!): SensorConnection!
  }
  type LocationConnection { nodes: [Location!]! }
  type SensorConnection { nodes: [Sensor!]! }
  type Location {
    id: ID!
    factory: String!
    building: String
    floor: Int
    area: String
    timezone: String!
    latest: [Reading!]!
  }
  type Sensor {
    id: ID!
    name: String
    aggregates(metric: ID!, from: DateTime!, to: DateTime!): Aggregates!
  }
  type Metric { id: ID!, name: String!, unit: String! }
  type Reading { sensor: Sensor!, metric: Metric!, time: DateTime!, value: Float! }
  type Aggregates { points: [Point!]! }
  type Point { start: DateTime!, count: Int!, min: Float!, max: Float!, avg: Float! }
`;

const resolvers = {
  Query: {
    locations: async (_root, { first }) => ({ nodes: await rowsOf('locations', 'select * from location order by id limit $1', [first]) }),
    sensor: (_root, { id }, { loaders }) => loaders.sensor.load(id),
    sensors: async (_root, { ids }) => ({ nodes: await rowsOf('sensors', 'select * from sensor where id = any ($1) order by id', [ids]) }),
  },
  Location: {
    latest: ({ id }, _arguments, { loaders }) => loaders.latest.load(id),
  },
  // The ids are in the row; a loader is asked only for what is not.
  Reading: {
    sensor: ({ sensor_id }) => ({ id: sensor_id }),
    metric: ({ metric_id }) => ({ id: metric_id }),
  },
  Metric: {
    name: async ({ id }, _arguments, { loaders }) => (await loaders.metric.load(id)).name,
    unit: async ({ id }, _arguments, { loaders }) => (await loaders.metric.load(id)).unit,
  },
  Sensor: {
    name: async ({ id }, _arguments, { loaders }) => (await loaders.sensor.load(id)).name,
    aggregates: async ({ id }, { metric, from, to }, { loaders }) => ({ points: await loaders.points(metric, from, to).load(id) }),
  },
};

/** Fresh ones for each request. */
function createLoaders() {
  const pointLoaders = new Map();
  return {
    latest: new DataLoader(async (ids) => {
      const rows = await rowsOf(
        'latest',
        `select s.location_id, s.sensor_id, s.metric_id, x.time, x.value
           from series as s join series_latest as x on x.series_id = s.id
          where s.location_id = any ($1)
          order by s.location_id, s.sensor_id, s.metric_id`,
        [ids],
      );
      return grouped(ids, rows, 'location_id');
    }),
    sensor: new DataLoader(async (ids) => oneEach(ids, await rowsOf('sensor', 'select * from sensor where id = any ($1)', [ids]))),
    metric: new DataLoader(async (ids) => oneEach(ids, await rowsOf('metric', 'select * from metric where id = any ($1)', [ids]))),
    points: (metric, from, to) => {
      const key = JSON.stringify([metric, from, to]);
      if (!pointLoaders.has(key)) pointLoaders.set(key, createPointLoader(metric, from, to));
      return pointLoaders.get(key);
    },
  };
}

function createPointLoader(metric, from, to) {
  return new DataLoader(async (ids) => {
    const rows = await rowsOf(
      'points',
      `select s.sensor_id, m.bucket as start, m.n::int as count, m.min, m.max, m.sum / m.n as avg
         from series as s join materialised_1h as m on m.series_id = s.id
        where s.sensor_id = any ($1) and s.metric_id = $2 and m.bucket >= $3 and m.bucket < $4
        order by s.sensor_id, m.bucket`,
      [ids, metric, from, to],
    );
    return grouped(ids, rows, 'sensor_id');
  });
}

async function rowsOf(name, text, values) {
  const { rows } = await pool.query({ name, text, values });
  return rows;
}

function grouped(keys, rows, column) {
  const groups = new Map(keys.map((key) => [key, []]));
  for (const row of rows) groups.get(row[column])?.push(row);
  return keys.map((key) => groups.get(key));
}

function oneEach(ids, rows) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

const server = new ApolloServer({ typeDefs, resolvers, stopOnTerminationSignals: false });
await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async () => ({ loaders: createLoaders() }),
});
