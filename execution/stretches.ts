import { defaultFieldResolver, TypeNameMetaFieldDef } from 'graphql';
import type { Forms, StandingForm } from './forms.ts';
import type { FieldPlan } from './operation-plan.ts';

/** On what of its parent a field stands. */
export type Key = (parent: unknown) => unknown;

/** Neighbouring fields that stand on one object which never changes; `key` null for a field by itself. */
export interface Stretch {
  readonly fields: readonly FieldPlan[];
  readonly key: Key | null;
}

/** Parts the fields of a selection into stretches, in their order. */
export type PartFields = (fields: readonly FieldPlan[]) => readonly Stretch[];

/** Rows stand on themselves. */
const ITSELF: Key = (parent) => parent;
/** The name of a type stands on nothing. */
const ANYTHING: Key = () => null;
const MANY: Key = () => null;

/** Finds stretches by what a schema knows of its fields. */
export function createPartFields(forms: Pick<Forms, 'lasting' | 'standing'>): PartFields {
  const keys = new Map<StandingForm, Key>();
  const keyOfForm = (form: StandingForm): Key => {
    const known = keys.get(form) ?? ((parent: unknown) => form.keyOf(parent));
    keys.set(form, known);
    return known;
  };

  /** null where a field stands on more than one object which never changes. */
  const keyOf = (field: FieldPlan): Key | null => {
    if (isTypeName(field)) return ANYTHING;
    if (field.shape.kind === 'leaf') return field.resolve === defaultFieldResolver && forms.lasting.has(field.parentType.name) ? ITSELF : null;
    const form = forms.standing.get(nameOf(field));
    if (form === undefined || field.shape.kind !== 'object') return null;
    const isStill = field.shape.selection.fields.every((below) => [ANYTHING, ITSELF].includes(keyOf(below) ?? MANY) || isStretchOfItself(below));
    return isStill ? keyOfForm(form) : null;
  };

  /** The fields from `start` on that stand on the same; at least one. */
  const endOfStretch = (fields: readonly FieldPlan[], start: number): number => {
    let common: Key | null = null;
    let end = start;
    for (; end < fields.length; end++) {
      const field = fields[end];
      const key = field === undefined ? null : keyOf(field);
      if (key === null) break;
      if (key === ANYTHING) continue;
      if (common !== null && common !== key) break;
      common = key;
    }
    return Math.max(end, start + 1);
  };

  return (fields) => {
    const parted: Stretch[] = [];
    for (let start = 0; start < fields.length; ) {
      const end = endOfStretch(fields, start);
      const stretch = fields.slice(start, end);
      const key = stretch.map(keyOf).find((each) => each !== null && each !== ANYTHING) ?? null;
      const isWorthIt = key !== null && (stretch.length > 1 || stretch[0]?.shape.kind === 'object');
      if (isWorthIt) parted.push({ fields: stretch, key });
      else parted.push(...stretch.map((field) => ({ fields: [field], key: null })));
      start = end;
    }
    return parted;
  };
}

function isStretchOfItself({ shape }: FieldPlan): boolean {
  return shape.kind === 'stretch' && shape.key === ITSELF;
}

/** Whether a field is the name of its type. */
export function isTypeName({ info }: FieldPlan): boolean {
  return info.fieldName === TypeNameMetaFieldDef.name;
}

/** A field as forms name it. */
export function nameOf({ parentType, info }: FieldPlan): string {
  return `${parentType.name}.${info.fieldName}`;
}
