import { GraphQLEnumType, type GraphQLLeafType, GraphQLScalarType } from 'graphql';
import type { LeafWriter } from './operation-plan.ts';

/** Makes the writer of a scalar or an enum. What is plainly of the type is written at once; all else goes the way that the type itself says. */
export function createLeafWriter(type: GraphQLLeafType): LeafWriter {
  const serialize = createSerializer(type);
  if (type instanceof GraphQLEnumType) return createEnumWriter(type, serialize);
  switch (type.name) {
    case 'Float':
      // String() writes a finite number as JSON.stringify does, also negative zero, as 0.
      return (value, parts) => void (typeof value === 'number' && Number.isFinite(value) ? parts.push(String(value)) : serialize(value, parts));
    case 'Int':
      return (value, parts) => void (typeof value === 'number' && (value | 0) === value ? parts.push(String(value)) : serialize(value, parts));
    case 'String':
    case 'ID':
      return (value, parts) => (typeof value === 'string' ? pushText(value, parts) : serialize(value, parts));
    case 'Boolean':
      return (value, parts) => void (typeof value === 'boolean' ? parts.push(String(value)) : serialize(value, parts));
    default:
      return serialize;
  }
}

/** The way of graphql-js: the type's own serialisation, then JSON. */
function createSerializer(type: GraphQLLeafType): LeafWriter {
  return (value, parts) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === undefined || serialized === null) {
      throw new Error(`Expected \`${type.name}.serialize(${JSON.stringify(value)})\` to return non-nullable value, returned: ${String(serialized)}`);
    }
    if (typeof serialized === 'string') pushText(serialized, parts);
    else parts.push(JSON.stringify(serialized));
  };
}

function createEnumWriter(type: GraphQLEnumType, serialize: LeafWriter): LeafWriter {
  const texts = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, quote(name)]));
  return (value, parts) => {
    const text = texts.get(value);
    if (text === undefined) serialize(value, parts);
    else parts.push(text);
  };
}

/** In parts, so that no text is copied before all are joined. */
function pushText(text: string, parts: string[]): void {
  if (SPECIAL.test(text)) parts.push(JSON.stringify(text));
  else parts.push('"', text, '"');
}

/** Needs an escape: quotes, backslashes, control characters, and halves of characters beyond the basic plane, which may stand alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON wants escaped.
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A text as JSON writes it. */
export function quote(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Whether a type is a scalar or an enum. */
export function isLeaf(type: unknown): type is GraphQLLeafType {
  return type instanceof GraphQLScalarType || type instanceof GraphQLEnumType;
}
