import { GraphQLScalarType, Kind } from 'graphql';
import { InvalidArgumentError } from '../db/errors.ts';
import { formatInstant } from '../db/time/instant.ts';

/**
 * Scalars carry text: whoever reads it knows the argument's name and the query's zone, and can so refuse it with both (a scalar could only say that
 * something somewhere is wrong). Digits may also come as an integer.
 */
function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Number.isSafeInteger(value)) return String(value);
  throw new InvalidArgumentError(name, value, 'it must be text');
}

function createTextScalar(name: string, serialize: (value: unknown) => string): GraphQLScalarType<string, string> {
  return new GraphQLScalarType({
    name,
    serialize,
    parseValue: (value) => readText(name, value),
    parseLiteral: (node) => readText(name, node.kind === Kind.STRING || node.kind === Kind.INT ? integerOrText(node) : null),
  });
}

function integerOrText(node: { readonly kind: string; readonly value: string }): string {
  return node.value;
}

function serializeText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`);
  return value;
}

/** As PostgreSQL's text has it a fraction may have any number of digits; on output it has 3 or 6, as formatInstant writes it. */
function serializeInstant(value: unknown): string {
  if (typeof value === 'number') return formatInstant(value);
  const text = serializeText(value);
  if (text.length === WHOLE_SECONDS) return text;
  const fraction = text.slice(WHOLE_SECONDS, -1);
  return `${text.slice(0, WHOLE_SECONDS)}${fraction.padEnd(fraction.length <= 3 ? 3 : 6, '0')}Z`;
}

const WHOLE_SECONDS = '2024-01-15T10:00:00Z'.length;

/** How each scalar is read and written. The SDL describes them. */
export const scalarResolvers = {
  DateTime: createTextScalar('DateTime', serializeInstant),
  TimeBound: createTextScalar('TimeBound', serializeText),
  Duration: createTextScalar('Duration', serializeText),
  TimeZone: createTextScalar('TimeZone', serializeText),
};
