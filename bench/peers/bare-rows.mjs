/** The body that answers a question, by path: from rows. */
export const answersFromRows = {
  '/wall': async (pool, parameters) => {
    const { rows } = await pool.query({
      name: 'wall',
      text: `
        select l.id, l.factory, l.building, l.floor, l.area, s.sensor_id, s.metric_id, x.time, x.value
          from (select * from location order by id limit $1) as l
          join series as s on s.location_id = l.id
          join series_latest as x on x.series_id = s.id
         order by l.id, s.sensor_id, s.metric_id`,
      values: [Number(parameters.get('first'))],
    });
    const nodes = [];
    let node;
    for (const { id, factory, building, floor, area, sensor_id, metric_id, time, value } of rows) {
      if (node?.id !== id) {
        node = { id, factory, building, floor, area, latest: [] };
        nodes.push(node);
      }
      node.latest.push({ sensor: { id: sensor_id }, metric: { id: metric_id }, time, value });
    }
    return JSON.stringify({ data: { locations: { nodes } } });
  },

  '/day': async (pool, parameters) => {
    const { rows } = await pool.query({
      name: 'day',
      text: `
        select m.bucket as start, m.min, m.max, m.sum / m.n as avg
          from materialised_1h as m
         where m.series_id = (select id from series where sensor_id = $1 and metric_id = $2) and m.bucket >= $3 and m.bucket < $4
         order by m.bucket`,
      values: [parameters.get('sensor'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
    });
    return JSON.stringify({ data: { sensor: { aggregates: { points: rows } } } });
  },

  '/wide': async (pool, parameters) => {
    const { rows } = await pool.query({
      name: 'wide',
      text: `
        select s.sensor_id, m.bucket as start, m.sum / m.n as avg
          from series as s
          join materialised_1h as m on m.series_id = s.id
         where s.sensor_id = any ($1) and s.metric_id = $2 and m.bucket >= $3 and m.bucket < $4
         order by s.sensor_id, m.bucket`,
      values: [parameters.getAll('sensors'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
    });
    const nodes = [];
    let node;
    for (const { sensor_id, start, avg } of rows) {
      if (node?.id !== sensor_id) {
        node = { id: sensor_id, aggregates: { points: [] } };
        nodes.push(node);
      }
      node.aggregates.points.push({ start, avg });
    }
    return JSON.stringify({ data: { sensors: { nodes } } });
  },
};
