import { type GraphQLError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { RowErrors } from '../../execution/row-errors.ts';
import { formatError, toPublicError } from '../format-error.ts';
import type { PublicError } from '../http-error.ts';

/** What a client is told of what went wrong with an export: the errors that the answer in JSON would have had, or the one. */
export function toPublicErrors(error: unknown, log: Logger): readonly PublicError[] {
  if (!(error instanceof RowErrors)) return [toPublicError(error, log)];
  return error.errors.map((each) => {
    const { message, extensions: { code, ...details } = {} } = formatError(each.toJSON(), each, log);
    return forAddress(each, { message, extensions: { ...details, code: typeof code === 'string' ? code : 'BAD_REQUEST' } });
  });
}

/** A time whose offset has lost its plus sign: in an address that stands for a space. */
const LOST_PLUS = /\d:\d\d(?::\d\d(?:[.,]\d+)?)? \d\d(?::?\d\d)?"/;

/** In the words of who has written an address: it has parameters, of which a field may know nothing. */
function forAddress(error: GraphQLError, { message, extensions }: PublicError): PublicError {
  const parameter = parameterOf(error, extensions.field);
  const hint = LOST_PLUS.test(message) ? '; a plus sign is written %2B in an address' : '';
  return {
    message: `${parameter === null ? '' : `parameter ${parameter}: `}${message}${hint}`,
    extensions: {
      ...extensions,
      ...(parameter === null ? {} : { parameter }),
      ...(typeof extensions.rule === 'string' ? { rule: `${extensions.rule}${hint}` } : {}),
    },
  };
}

/** The parameter that an argument has its value from; null where it has the argument's own name, or none has. */
function parameterOf({ nodes }: GraphQLError, argument: unknown): string | null {
  const node = nodes?.[0];
  const value = node?.kind === Kind.FIELD ? node.arguments?.find(({ name }) => name.value === argument)?.value : undefined;
  return value?.kind === Kind.VARIABLE && value.name.value !== argument ? value.name.value : null;
}
