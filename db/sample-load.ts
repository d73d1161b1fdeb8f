import type { Queryable } from './pool.ts';

/** Notes that the bundled sample is being loaded where it is to be: into a store that has nothing, or where an earlier load of it did not end. Answers whether it is. */
export async function beginSampleLoad(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ wanted: boolean }>({
    name: 'begin_sample_load',
    text: `
      with begun as (
        insert into sample_load (started_at)
        select now()
         where not exists (select from location) and not exists (select from sensor) and not exists (select from sample_load)
            on conflict do nothing
        returning true)
      select exists (select from begun) or exists (select from sample_load where finished_at is null) as wanted`,
    values: [],
  });
  return rows[0]?.wanted === true;
}

/** Notes of a store that was never asked that it is to stay without the sample, also at later starts. */
export async function declineSample(db: Queryable): Promise<void> {
  await db.query({
    name: 'decline_sample',
    text: 'insert into sample_load (started_at, finished_at) values (now(), now()) on conflict do nothing',
    values: [],
  });
}

/** Notes that the bundled sample is there whole. */
export async function finishSampleLoad(db: Queryable): Promise<void> {
  await db.query({ name: 'finish_sample_load', text: 'update sample_load set finished_at = now() where finished_at is null', values: [] });
}
