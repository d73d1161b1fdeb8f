import { hash } from 'node:crypto';
import type { SelectionPlan } from '../../execution/operation-plan.ts';
import type { LongRows } from '../../execution/row-source.ts';
import type { ExportQuestion, ExportRequest } from './export-question.ts';

/**
 * The tag of a file that is too long to be held: it is another one as soon as anything that the file is made of has changed, be it without effect. null where that cannot be
 * told without making the file, as where a row says how something stands at present. `catalogue` names the store and the version of its catalogue.
 */
export async function stateTag({ state }: LongRows, { layout, text }: ExportQuestion, request: ExportRequest, catalogue: string): Promise<string | null> {
  if (state === null || !isTimeless(layout.plan.selection)) return null;
  const made = JSON.stringify([catalogue, await state(), text, request.search, request.format]);
  return `W/"${hash('sha1', made, 'base64url')}"`;
}

/** Fields whose values depend on the reading and the catalogue alone, by their types; all others might depend on the present or on other readings. */
const TIMELESS: Readonly<Record<string, readonly string[]>> = {
  Reading: ['sensor', 'location', 'metric', 'time', 'value', 'status', 'derived'],
  ReadingEdge: ['cursor', 'node'],
  Sensor: ['id', 'name'],
  Location: ['id', 'factory', 'building', 'floor', 'area', 'timezone', 'latitude', 'longitude'],
  Metric: ['id', 'name', 'unit', 'min', 'max', 'description'],
};

function isTimeless({ fields }: SelectionPlan): boolean {
  return fields.every(({ parentType, info, shape }) => {
    if (info.fieldName === '__typename') return true;
    if (TIMELESS[parentType.name]?.includes(info.fieldName) !== true) return false;
    return shape.kind === 'leaf' || (shape.kind === 'object' && isTimeless(shape.selection));
  });
}
