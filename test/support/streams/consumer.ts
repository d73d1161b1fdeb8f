import { connect } from 'node:net';
import type { StoreLog } from '../../../db/open-store.ts';
import type { Store } from '../../../db/store.ts';
import { CONNECTORS } from '../../../etl/connect/all-connectors.ts';
import { SYSTEM_CLOCK } from '../../../etl/jobs/clock.ts';
import { parseJob } from '../../../etl/jobs/job.ts';
import type { JobCompanion } from '../../../etl/jobs/job-companions.ts';
import { startStream } from '../../../etl/jobs/stream-consumer.ts';
import type { TestDatabase } from '../database.ts';

/** A job's consumer, as one instance runs it. */
export interface TestConsumer extends JobCompanion {
  /** What it said, the newest last. */
  readonly said: readonly string[];
}

/** Consumes a job as an instance of its own would. */
export async function startConsumer(db: TestDatabase, id: string, yaml: string, store: Store = db.store): Promise<TestConsumer> {
  const { rows } = await db.pool.query<{ id: number }>(`insert into etl_instance (host) values ('test') returning id`);
  const said: string[] = [];
  const note = (fields: object, message: string) =>
    said.push([message, 'error' in fields ? String(fields.error) : '', 'err' in fields ? String(fields.err) : ''].join(' '));
  const log: StoreLog = { info: note, warn: note, error: note };
  const job = parseJob(yaml, `${id}.yaml`, {});
  const stream = startStream({ store, job, connectors: CONNECTORS, log, clock: SYSTEM_CLOCK, sourcesFolder: 'none', instanceId: rows[0]?.id ?? 0 });
  return { ...stream, said };
}

/** What all runs of a job have counted, in readings. */
export async function countedBy(
  db: TestDatabase,
  job: string,
): Promise<Readonly<Record<'received' | 'loaded' | 'corrected' | 'unchanged' | 'rejected', number>>> {
  const { rows } = await db.pool.query(
    `select coalesce(sum(received), 0)::int as received, coalesce(sum(loaded), 0)::int as loaded, coalesce(sum(corrected), 0)::int as corrected,
            coalesce(sum(unchanged), 0)::int as unchanged, coalesce(sum(rejected), 0)::int as rejected
       from etl_run where job_id = $1`,
    [job],
  );
  return rows[0];
}

/** Every measured reading of sensors whose name begins so, as `sensor metric time value`, sorted. */
export async function readingsOf(db: TestDatabase, prefix: string): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `select concat_ws(' ', sensor_id, metric_id, to_char(time at time zone 'UTC', 'HH24:MI:SS'), value) as text
       from reading join series on series.id = series_id
      where not derived and sensor_id like $1 || '%' order by sensor_id, metric_id, time`,
    [prefix],
  );
  return rows.map(({ text }) => text);
}

/** Whether something on this machine answers on a port; says it once where not. */
export async function answers(what: string, port: number): Promise<boolean> {
  const isThere = await new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.setTimeout(1000, () => resolve(false));
    socket.once('close', () => undefined);
    socket.once('connect', () => socket.end());
  });
  if (!isThere) process.stderr.write(`NOT TESTED: ${what} does not answer on port ${port}, so nothing that the docs promise of it was tried\n`);
  return isThere;
}
