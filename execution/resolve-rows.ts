import { type Column, type ObjectColumn, resolveSelection } from './columns.ts';
import type { Forms, StandingForm } from './forms.ts';
import type { FieldPlan, Run, SelectionPlan } from './operation-plan.ts';

/**
 * Resolves the selection of rows as `resolveSelection` does, but that a field which stands on one object of its parent, as the sensor of a reading stands on its series, is
 * resolved once for each such object: a thousand readings are of few series.
 */
export async function resolveRows(
  run: Run,
  { fields }: SelectionPlan,
  parents: readonly unknown[],
  { standing }: Pick<Forms, 'standing'>,
): Promise<readonly Column[]> {
  const known = new Map<StandingForm, Distinct>();
  const distinctBy = (form: StandingForm): Distinct => {
    const distinct = known.get(form) ?? distinguish(parents, form);
    known.set(form, distinct);
    return distinct;
  };
  return Promise.all(
    fields.map((field) => {
      const form = field.shape.kind === 'object' ? standing.get(`${field.parentType.name}.${field.info.fieldName}`) : undefined;
      return form === undefined ? resolveOne(run, field, parents) : resolveOnce(run, field, distinctBy(form));
    }),
  );
}

/** One parent for each object that a field stands on, and for each parent which of them. */
interface Distinct {
  readonly parents: readonly unknown[];
  readonly places: readonly number[];
}

function distinguish(parents: readonly unknown[], form: StandingForm): Distinct {
  const seen = new Map<object, number>();
  const first: unknown[] = [];
  const places = parents.map((parent) => {
    const key = form.keyOf(parent);
    const place = seen.get(key);
    if (place !== undefined) return place;
    seen.set(key, first.length);
    return first.push(parent) - 1;
  });
  return { parents: first, places };
}

async function resolveOnce(run: Run, field: FieldPlan, { parents, places }: Distinct): Promise<ObjectColumn> {
  const column = await resolveOne(run, field, parents);
  if (column.kind !== 'object') throw new Error(`a column of kind ${column.kind} was made for an object`);
  const { places: own } = column;
  return {
    kind: 'object',
    values: places.map((place) => column.values[place]),
    places: own === null ? places : places.map((place) => own[place] ?? -1),
    fields: column.fields,
  };
}

async function resolveOne(run: Run, field: FieldPlan, parents: readonly unknown[]): Promise<Column> {
  const [column] = await resolveSelection(run, { fields: [field] }, parents);
  if (column === undefined) throw new Error('a field was resolved to nothing');
  return column;
}
