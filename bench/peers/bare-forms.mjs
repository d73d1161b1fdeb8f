/** The bodies of the questions in their other forms, by path: points as parallel arrays, and rows as CSV. */
export const answersInForms = {
  '/day-columns': async (pool, parameters) => {
    const { rows } = await pool.query(dayOf(parameters, 'day-columns', ', m.n'));
    const columns = { start: [], count: [], min: [], max: [], avg: [] };
    for (const { start, n, min, max, avg } of rows) {
      columns.start.push(start);
      columns.count.push(Number(n));
      columns.min.push(min);
      columns.max.push(max);
      columns.avg.push(avg);
    }
    return JSON.stringify({ data: { sensor: { aggregates: { columns } } } });
  },

  '/wide-columns': async (pool, parameters) => {
    const { rows } = await pool.query(wideOf(parameters, 'wide-columns', ', m.n'));
    const nodes = [];
    let node;
    for (const { sensor_id, start, n, avg } of rows) {
      if (node?.id !== sensor_id) {
        node = { id: sensor_id, aggregates: { columns: { start: [], count: [], avg: [] } } };
        nodes.push(node);
      }
      const { columns } = node.aggregates;
      columns.start.push(start);
      columns.count.push(Number(n));
      columns.avg.push(avg);
    }
    return JSON.stringify({ data: { sensors: { nodes } } });
  },

  '/wall-csv': async (pool, parameters) => {
    const { rows } = await pool.query({
      name: 'wall-csv',
      text: `
        select l.id, l.factory, l.building, l.floor, l.area, s.sensor_id, s.metric_id, x.time, x.value
          from (select * from location order by id limit $1) as l
          join series as s on s.location_id = l.id
          join series_latest as x on x.series_id = s.id
         order by l.id, s.sensor_id, s.metric_id`,
      values: [Number(parameters.get('first'))],
    });
    let text = 'id,factory,building,floor,area,latest.sensor.id,latest.metric.id,latest.time,latest.value\r\n';
    for (const row of rows) {
      text += `${cell(row.id)},${cell(row.factory)},${cell(row.building)},${row.floor},${cell(row.area)},${cell(row.sensor_id)},${cell(row.metric_id)},${time(row.time)},${row.value}\r\n`;
    }
    return text;
  },

  '/day-csv': async (pool, parameters) => {
    const { rows } = await pool.query(dayOf(parameters, 'day-csv', ''));
    let text = 'start,min,max,avg\r\n';
    for (const { start, min, max, avg } of rows) text += `${time(start)},${min},${max},${avg}\r\n`;
    return text;
  },

  '/wide-csv': async (pool, parameters) => {
    const { rows } = await pool.query(wideOf(parameters, 'wide-csv', ''));
    let text = 'id,aggregates.points.start,aggregates.points.avg\r\n';
    for (const { sensor_id, start, avg } of rows) text += `${cell(sensor_id)},${time(start)},${avg}\r\n`;
    return text;
  },
};

function dayOf(parameters, name, more) {
  return {
    name,
    text: `
      select m.bucket as start, m.min, m.max, m.sum / m.n as avg${more}
        from materialised_1h as m
       where m.series_id = (select id from series where sensor_id = $1 and metric_id = $2) and m.bucket >= $3 and m.bucket < $4
       order by m.bucket`,
    values: [parameters.get('sensor'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
  };
}

function wideOf(parameters, name, more) {
  return {
    name,
    text: `
      select s.sensor_id, m.bucket as start, m.sum / m.n as avg${more}
        from series as s
        join materialised_1h as m on m.series_id = s.id
       where s.sensor_id = any ($1) and s.metric_id = $2 and m.bucket >= $3 and m.bucket < $4
       order by s.sensor_id, m.bucket`,
    values: [parameters.getAll('sensors'), parameters.get('metric'), parameters.get('from'), parameters.get('to')],
  };
}

function time(value) {
  return value instanceof Date ? value.toISOString() : value;
}

/** By RFC 4180. */
function cell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
