import { type CatalogueChange, changeCatalogue } from './change-catalogue.ts';
import { checkBounds, checkDistinctIds, checkOptionalText, checkText } from './check-input.ts';
import { InvalidArgumentError } from './errors.ts';
import type { Pool, Queryable } from './pool.ts';

/** A metric as it is to be stored. An absent field keeps what is stored, null clears it; the name falls back to the id. */
export interface MetricInput {
  readonly id: string;
  readonly name?: string | null;
  readonly unit: string;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly description?: string | null;
}

interface StoredMetric {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly description: string | null;
  readonly builtIn: boolean;
}

/** Registers metrics and changes known ones, all or none. Saving the same again changes nothing. */
export async function saveMetrics(pool: Pool, inputs: readonly MetricInput[]): Promise<void> {
  checkDistinctIds('metrics', inputs);
  for (const [index, input] of inputs.entries()) checkMetric(`metrics[${index}]`, input);
  if (inputs.length === 0) return;
  await changeCatalogue(pool, async (client) => {
    const known = new Map((await selectMetrics(client, inputs)).map((row) => [row.id, row]));
    const merged = inputs.map((input, index) => merge(`metrics[${index}]`, input, known.get(input.id)));
    return upsertMetrics(client, merged);
  });
}

function checkMetric(field: string, input: MetricInput): void {
  checkText(`${field}.id`, input.id);
  checkText(`${field}.unit`, input.unit);
  checkOptionalText(`${field}.name`, input.name);
  checkDescription(`${field}.description`, input.description);
}

function checkDescription(field: string, value: string | null | undefined): void {
  if (value?.includes('\u0000') || (value?.length ?? 0) > 2000)
    throw new InvalidArgumentError(field, value, 'it must have at most 2000 characters, none of them NUL');
}

/** What will be stored: its bounds are judged as a whole, given and kept ones together. */
function merge(field: string, input: MetricInput, known: StoredMetric | undefined): Omit<StoredMetric, 'builtIn'> {
  if (known?.builtIn && known.unit !== input.unit) {
    throw new InvalidArgumentError(`${field}.unit`, input.unit, `the metric is built in and keeps its unit, which is ${known.unit}`);
  }
  const min = input.min === undefined ? (known?.min ?? null) : input.min;
  const max = input.max === undefined ? (known?.max ?? null) : input.max;
  checkBounds(field, min, max);
  return {
    id: input.id,
    name: (input.name === undefined ? known?.name : input.name) ?? input.id,
    unit: input.unit,
    min,
    max,
    description: input.description === undefined ? (known?.description ?? null) : input.description,
  };
}

async function selectMetrics(client: Queryable, inputs: readonly MetricInput[]): Promise<readonly StoredMetric[]> {
  const { rows } = await client.query<StoredMetric & Record<string, unknown>>({
    name: 'select_metrics',
    text: `select id, name, unit, min, max, description, built_in as "builtIn" from metric where id = any ($1::text[])`,
    values: [inputs.map(({ id }) => id)],
  });
  return rows;
}

async function upsertMetrics(client: Queryable, metrics: readonly Omit<StoredMetric, 'builtIn'>[]): Promise<CatalogueChange<void>> {
  const { rowCount } = await client.query({
    name: 'upsert_metrics',
    text: `
      insert into metric as stored (id, name, unit, min, max, description)
      select id, name, unit, min, max, description
        from json_to_recordset($1) as given (id text, name text, unit text, min double precision, max double precision, description text)
          on conflict (id) do update set
             name = excluded.name, unit = excluded.unit, min = excluded.min, max = excluded.max, description = excluded.description
       where (stored.name, stored.unit, stored.min, stored.max, stored.description)
             is distinct from (excluded.name, excluded.unit, excluded.min, excluded.max, excluded.description)`,
    values: [JSON.stringify(metrics)],
  });
  return { result: undefined, changed: (rowCount ?? 0) > 0 };
}
