import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { linesIn, type Taken } from './download.ts';

/** A COPY of the same rows. */
export interface Copy {
  readonly name: string;
  readonly statement: string;
}

export const COPIES: readonly Copy[] = [
  {
    name: 'COPY, the same rows in the same order',
    statement: `
      copy (select to_char(reading.time, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as time, series.location_id, series.sensor_id, series.metric_id, metric.unit, reading.value, reading.derived
              from reading
              join series on series.id = reading.series_id
              join metric on metric.id = series.metric_id
             order by reading.time, series.sensor_id, series.metric_id) to stdout (format csv)`,
  },
  { name: 'COPY, the table as it lies, no join, no order', statement: 'copy (select series_id, time, value, derived from reading) to stdout (format csv)' },
];

/** Takes all rows as fast as they come, and throws them away but for counting them. */
export async function copyOut(url: string, { statement }: Copy): Promise<Taken> {
  const client = new pg.Client({ connectionString: url, options: '-c jit=off' });
  await client.connect();
  try {
    let bytes = 0;
    let rows = 0;
    let firstByteMs = 0;
    const startedAt = performance.now();
    for await (const chunk of client.query(copyTo(statement))) {
      if (!Buffer.isBuffer(chunk)) throw new Error('a COPY gave something else than bytes');
      if (bytes === 0) firstByteMs = performance.now() - startedAt;
      bytes += chunk.length;
      rows += linesIn(chunk);
    }
    return { rows, bytes, ms: performance.now() - startedAt, firstByteMs, peakMb: null };
  } finally {
    await client.end();
  }
}
