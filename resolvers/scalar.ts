import { Kind, print, type ValueNode } from 'graphql';
import { formatInstant } from '../db/time/instant.ts';

/** How a scalar is read and written; its name and description are the SDL's. */
interface TextScalar {
  readonly serialize: (value: unknown) => string;
  readonly parseValue: (value: unknown) => string;
  readonly parseLiteral: (node: ValueNode) => string;
}

/**
 * Scalars carry text: whoever reads it knows the argument's name and the query's zone, and can so refuse it with both, where a scalar could only say that
 * something somewhere is wrong. Digits may also come as a number, and what is no text at all goes on as the text that it would be written as.
 */
function createTextScalar(serialize: (value: unknown) => string): TextScalar {
  return {
    serialize,
    parseValue: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
    parseLiteral: (node) => {
      if (node.kind === Kind.FLOAT) return plainDigits(node.value);
      return 'value' in node && typeof node.value === 'string' ? node.value : print(node);
    },
  };
}

/** An epoch in milliseconds is beyond the 32 bits of an Int, so that some write it as a Float: 1714521600000.0 or 1.7145216e12. */
function plainDigits(float: string): string {
  const value = Number(float);
  return Number.isSafeInteger(value) ? String(value) : float;
}

function serializeText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`);
  return value;
}

const WHOLE_SECONDS = '2024-01-15T10:00:00Z'.length;

/** PostgreSQL writes as many digits of a fraction as it needs; here there are 3 or 6, as formatInstant has it. */
function serializeInstant(value: unknown): string {
  if (typeof value === 'number') return formatInstant(value);
  const text = serializeText(value);
  if (text.length === WHOLE_SECONDS) return text;
  const digits = text.slice(WHOLE_SECONDS, -1);
  return `${text.slice(0, WHOLE_SECONDS)}${digits.padEnd(digits.length <= 3 ? 3 : 6, '0')}Z`;
}

/** The scalars of our own. */
export const scalarResolvers = {
  DateTime: createTextScalar(serializeInstant),
  TimeBound: createTextScalar(serializeText),
  Duration: createTextScalar(serializeText),
  TimeZone: createTextScalar(serializeText),
};
