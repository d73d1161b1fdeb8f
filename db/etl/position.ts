import { ThermographError } from '../errors.ts';
import type { Queryable } from '../pool.ts';

/** What can be written as JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** How far a job has come in one of its sources. */
export interface PositionRow {
  readonly source: string;
  readonly position: Json;
  readonly updatedAt: string;
}

/** A step forward from where the caller believes the job to be; `expected` null: the source has not been begun. */
export interface PositionAdvance {
  readonly jobId: string;
  readonly source: string;
  readonly expected: Json;
  readonly position: Json;
}

/** Somebody else has brought the job on from there: what was read from there on is loaded already, and the batch is rolled back. */
export class PositionConflictError extends ThermographError {
  override readonly name = 'PositionConflictError';
  readonly code = 'POSITION_TAKEN';
  readonly source: string;

  constructor({ jobId, source, expected }: PositionAdvance) {
    super(
      `job ${jobId} has left position ${JSON.stringify(expected)} of ${source}: another instance loaded what came after it; read the position again and go on from there`,
    );
    this.source = source;
  }
}

/** The positions of a job, by source. */
export async function selectPositions(db: Queryable, jobId: string): Promise<readonly PositionRow[]> {
  const { rows } = await db.query<PositionRow>({
    name: 'select_positions',
    text: `select source, position, updated_at as "updatedAt" from etl_position where job_id = $1 order by source collate "C"`,
    values: [jobId],
  });
  return rows;
}

/** The position of a job in one source; undefined where it has not begun. */
export async function selectPosition(db: Queryable, jobId: string, source: string): Promise<Json | undefined> {
  const { rows } = await db.query<{ position: Json }>({
    name: 'select_position',
    text: 'select position from etl_position where job_id = $1 and source = $2',
    values: [jobId, source],
  });
  return rows[0]?.position;
}

/**
 * Moves a position from where it is believed to be, in the transaction of the batch that was read from there, so that of two batches read from one position only one is committed.
 * Waits for whoever is moving it. Throws PositionConflictError where it has been moved.
 */
export async function advancePosition(db: Queryable, advance: PositionAdvance): Promise<void> {
  const { jobId, source, expected, position } = advance;
  const { rowCount } = await db.query(
    expected === null
      ? {
          name: 'begin_position',
          text: 'insert into etl_position (job_id, source, position) values ($1, $2, $3::jsonb) on conflict (job_id, source) do nothing',
          values: [jobId, source, JSON.stringify(position)],
        }
      : {
          name: 'advance_position',
          text: 'update etl_position set position = $3::jsonb, updated_at = now() where job_id = $1 and source = $2 and position = $4::jsonb',
          values: [jobId, source, JSON.stringify(position), JSON.stringify(expected)],
        },
  );
  if (rowCount === 0) throw new PositionConflictError(advance);
}

/** Puts a position down, whatever was there: for what only one instance at a time writes. */
export async function savePosition(db: Queryable, { jobId, source, position }: Pick<PositionAdvance, 'jobId' | 'source' | 'position'>): Promise<void> {
  await db.query({
    name: 'save_position',
    text: `
      insert into etl_position (job_id, source, position) values ($1, $2, $3::jsonb)
          on conflict (job_id, source) do update set position = excluded.position, updated_at = now()`,
    values: [jobId, source, JSON.stringify(position)],
  });
}

/** Forgets where a job stands in its sources, or in one of them, so that it begins anew there. */
export async function deletePositions(db: Queryable, jobId: string, source: string | null): Promise<void> {
  await db.query({
    name: 'delete_positions',
    text: 'delete from etl_position where job_id = $1 and ($2::text is null or source = $2)',
    values: [jobId, source],
  });
}
