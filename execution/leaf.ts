import { GraphQLEnumType, type GraphQLLeafType, GraphQLScalarType } from 'graphql';
import type { LeafWriter } from './operation-plan.ts';

/** Makes the writer of a scalar or an enum. What is plainly of the type is written at once; all else goes the way that the type itself says. */
export function createLeafWriter(type: GraphQLLeafType): LeafWriter {
  const serialize = createSerializer(type);
  if (type instanceof GraphQLEnumType) return createEnumWriter(type, serialize);
  switch (type.name) {
    case 'Float':
      return (value) => writeFloat(value) ?? serialize(value);
    case 'Int':
      return (value) => (typeof value === 'number' && (value | 0) === value ? String(value) : serialize(value));
    case 'String':
    case 'ID':
      return (value) => (typeof value === 'string' ? quote(value) : serialize(value));
    case 'Boolean':
      return (value) => (typeof value === 'boolean' ? String(value) : serialize(value));
    default:
      return serialize;
  }
}

/** What JSON takes for a number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** A text that is a number already is shown as it is: neither reading nor writing it again would change its value. null for what is neither. */
function writeFloat(value: unknown): string | null {
  // String() writes a finite number as JSON.stringify does, also negative zero, as 0.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value !== 'string' || !NUMBER.test(value)) return null;
  return value === '-0' ? '0' : value;
}

/** The way of graphql-js: the type's own serialisation, then JSON. */
function createSerializer(type: GraphQLLeafType): LeafWriter {
  return (value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === undefined || serialized === null) {
      throw new Error(`Expected \`${type.name}.serialize(${JSON.stringify(value)})\` to return non-nullable value, returned: ${String(serialized)}`);
    }
    return typeof serialized === 'string' ? quote(serialized) : JSON.stringify(serialized);
  };
}

function createEnumWriter(type: GraphQLEnumType, serialize: LeafWriter): LeafWriter {
  const texts = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, quote(name)]));
  return (value) => texts.get(value) ?? serialize(value);
}

/** What JSON wants escaped, and a little more: quotes, backslashes, control characters, and halves of characters beyond the basic plane that stand alone. */
const SPECIAL = /["\\\p{Cc}\p{Cs}]/u;

/** A text as JSON writes it. */
export function quote(text: string): string {
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
}

/** Whether JSON has a text between quotes as it stands. */
function isPlain(text: string): boolean {
  return !SPECIAL.test(text);
}

/** Whether a type is a scalar or an enum. */
export function isLeaf(type: unknown): type is GraphQLLeafType {
  return type instanceof GraphQLScalarType || type instanceof GraphQLEnumType;
}
