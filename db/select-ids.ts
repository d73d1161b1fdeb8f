import { MOST_NAMES } from './nearest-name.ts';
import type { Queryable } from './pool.ts';

const STATEMENTS = {
  location: { name: 'select_location_names', text: 'select id from location limit $1' },
  metric: { name: 'select_metric_names', text: 'select id from metric limit $1' },
  sensor: { name: 'select_sensor_names', text: 'select id from sensor limit $1' },
} as const;

/** The ids of a kind, where one was not found, to offer the one that was probably meant: all, or too many to compare. */
export async function selectIds(client: Queryable, kind: keyof typeof STATEMENTS): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>({ ...STATEMENTS[kind], values: [MOST_NAMES + 1] });
  return rows.map(({ id }) => id);
}
