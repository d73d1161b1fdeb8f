/** The body that answers a question, by path: one text, put together by PostgreSQL. */
export const answersAsJson = {
  '/wall': (pool, parameters) =>
    textOf(pool, {
      name: 'wall',
      text: `
        select json_build_object('data', json_build_object('locations', json_build_object('nodes', json_agg(node order by id))))::text as body
          from (
            select l.id, json_build_object('id', l.id, 'factory', l.factory, 'building', l.building, 'floor', l.floor, 'area', l.area, 'latest',
                     json_agg(json_build_object('sensor', json_build_object('id', s.sensor_id), 'metric', json_build_object('id', s.metric_id), 'time', x.time, 'value', x.value)
                              order by s.sensor_id, s.metric_id)) as node
              from (select * from location order by id limit $1) as l
              join series as s on s.location_id = l.id
              join series_latest as x on x.series_id = s.id
             group by l.id, l.factory, l.building, l.floor, l.area) as nodes`,
      values: [Number(parameters.get('first'))],
    }),

  '/day': (pool, parameters) =>
    textOf(pool, {
      name: 'day',
      text: `
        select json_build_object('data', json_build_object('sensor', json_build_object('aggregates', json_build_object('points',
                 json_agg(json_build_object('start', m.bucket, 'min', m.min, 'max', m.max, 'avg', m.sum / m.n) order by m.bucket)))))::text as body
          from materialised_1h as m
         where m.series_id = (select id from series where sensor_id = $1 and metric_id = $2) and m.bucket >= $3 and m.bucket < $4`,
      values: [parameters.get('sensor'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
    }),

  '/wide': (pool, parameters) =>
    textOf(pool, {
      name: 'wide',
      text: `
        select json_build_object('data', json_build_object('sensors', json_build_object('nodes', json_agg(node order by sensor_id))))::text as body
          from (
            select s.sensor_id, json_build_object('id', s.sensor_id, 'aggregates', json_build_object('points',
                     json_agg(json_build_object('start', m.bucket, 'avg', m.sum / m.n) order by m.bucket))) as node
              from series as s
              join materialised_1h as m on m.series_id = s.id
             where s.sensor_id = any ($1) and s.metric_id = $2 and m.bucket >= $3 and m.bucket < $4
             group by s.sensor_id) as nodes`,
      values: [parameters.getAll('sensors'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
    }),
};

async function textOf(pool, statement) {
  const { rows } = await pool.query(statement);
  return rows[0].body;
}
