import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** What is loaded again. */
export interface HistoryOptions {
  /** The first instant and the one after the last, in milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly series: number;
  /** Minutes between two readings of a series. */
  readonly stepMinutes: number;
}

/** Makes the table `history` of a reading of each series at each step, and a CSV file of the same readings in the order of time; answers how many there are. */
export async function makeHistory(url: string, file: string, { from, to, series, stepMinutes }: HistoryOptions): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    // Neither `create table as` nor `copy` takes parameters.
    const { rowCount } = await client.query(`
      create table history as
      select time as measured_at, 'b-' || sensor as tag, round((20 + 9 * sin(extract(epoch from time) / 86400 + sensor))::numeric, 2) as amount
        from generate_series('${new Date(from).toISOString()}'::timestamptz, '${new Date(to).toISOString()}'::timestamptz - interval '1 second', make_interval(mins => ${stepMinutes})) as time,
             generate_series(1, ${series}) as sensor
       order by time, sensor`);
    await client.query('create unique index on history (measured_at, tag)');
    await client.query('analyze history');
    await pipeline(
      client.query(
        copyTo(`
          copy (select to_char(measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as time, tag as sensor, amount as temperature from history order by measured_at, tag)
            to stdout (format csv, header)`),
      ),
      createWriteStream(file),
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
