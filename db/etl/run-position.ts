import type { Queryable } from '../pool.ts';
import type { Json } from './position.ts';

/** How far a run has come in its pieces, by their keys, over all of its attempts. */
export async function selectRunPositions(db: Queryable, runId: number): Promise<ReadonlyMap<string, Json>> {
  const { rows } = await db.query<{ piece: string; position: Json }>({
    name: 'select_run_positions',
    text: 'select piece, position from etl_run_position where run_id = $1',
    values: [runId],
  });
  return new Map(rows.map(({ piece, position }) => [piece, position]));
}

/** Notes how far a run has come in a piece, in a transaction that sees whether it is still this attempt's. */
export async function saveRunPosition(
  db: Queryable,
  { runId, piece, position }: { readonly runId: number; readonly piece: string; readonly position: Json },
): Promise<void> {
  await db.query({
    name: 'save_run_position',
    text: `
      insert into etl_run_position (run_id, piece, position) values ($1, $2, $3::jsonb)
          on conflict (run_id, piece) do update set position = excluded.position`,
    values: [runId, piece, JSON.stringify(position)],
  });
}

/** Forgets how far a run has come in a piece. */
export async function deleteRunPosition(db: Queryable, runId: number, piece: string): Promise<void> {
  await db.query({ name: 'delete_run_position', text: 'delete from etl_run_position where run_id = $1 and piece = $2', values: [runId, piece] });
}
