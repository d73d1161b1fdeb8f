import type { Forms } from './forms.ts';
import type { LeafShape, ListForm } from './operation-plan.ts';

/** The texts of frozen lists, which cannot change. */
type FrozenTexts = WeakMap<object, string>;

/** Writes lists of scalars and enums. */
export function createLeavesForm(item: LeafShape, forms: Pick<Forms, 'membersText'>): ListForm {
  const frozen: FrozenTexts = new WeakMap();
  return {
    membersOf: null,
    write(list) {
      if (!Array.isArray(list)) return null;
      const known = frozen.get(list) ?? forms.membersText(list);
      if (known !== null) return `[${known}]`;
      const texts = writeLeaves(item, list);
      if (texts === null) return null;
      const text = texts.join(',');
      if (Object.isFrozen(list)) frozen.set(list, text);
      return `[${text}]`;
    },
  };
}

/** The JSON of each member; null where one of them has to be looked at by itself: it fails, is not there yet, or is null and must not be. */
export function writeLeaves({ write, isNullable }: LeafShape, list: readonly unknown[]): readonly string[] | null {
  const texts: string[] = [];
  // Neighbours are often the same.
  let last: unknown = null;
  let lastText = 'null';
  for (const member of list) {
    const value = member ?? null;
    if (value !== last) {
      if (typeof value === 'object' && value !== null) return null;
      last = value;
      lastText = value === null ? 'null' : write(value);
    }
    if (value === null && !isNullable) return null;
    texts.push(lastText);
  }
  return texts;
}
