import { randomUUID } from 'node:crypto';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ThermographError } from '../db/errors.ts';
import { IngestInterruptedError } from '../etl/ingest-interrupted-error.ts';
import { asDatabaseError } from './database-error.ts';
import { HttpError, type PublicError } from './http-error.ts';

/** The failure as a client may see it. What is nobody's fault but ours is masked: the log has all of it, and both have the same error id. */
export function toPublicError(error: unknown, log: Logger): PublicError {
  if (error instanceof HttpError) return error;
  if (error instanceof IngestInterruptedError) {
    const why = toPublicError(error.cause, log);
    return { message: `${why.message}; ${error.message}`, extensions: { ...why.extensions, ...error.details } };
  }
  const typed = findTyped(error);
  if (typed !== null) {
    if (typed.code === 'DATABASE_UNAVAILABLE') log.warn({ err: error }, 'database unavailable');
    return { message: typed.message, extensions: { ...typed.details, code: typed.code } };
  }
  const errorId = randomUUID();
  log.error({ err: error, errorId }, 'internal error');
  return { message: `internal error: the log has the details under ${errorId}`, extensions: { code: 'INTERNAL_SERVER_ERROR', errorId } };
}

/**
 * The error of a GraphQL response. `formatted` is as GraphQL and Apollo made it. Their own errors (parse, validation, coercion, malformed requests) keep
 * their words and codes; what a resolver or a scalar threw decides by itself what a client sees.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const cause = rootCause(error);
  const typed = findTyped(cause);
  if (typed === null && isGraphQLError(cause)) return ownError(formatted);
  const { message, extensions } = toPublicError(cause, log);
  // A scalar's error came wrapped in words that say which variable or argument it was.
  return { ...formatted, message: typed !== null && formatted.message.includes(message) ? formatted.message : message, extensions };
}

/** What graphql-js says of an argument for which a variable is null, although its type allows none: the name and the type are nowhere but in its words. */
const NULL_ARGUMENT = /^Argument "(\w+)" of non-null type "([^"]+)" must not be null\.$/;

/** Errors that graphql-js raises by itself while it executes, such as an argument that is null, and Apollo's of persisted queries carry no code. */
function ownError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = formatted.extensions ?? {};
  const [, field, type] = NULL_ARGUMENT.exec(formatted.message) ?? [];
  if (field !== undefined) {
    // A variable that may be null is let through only where there is a default, of its own or of the argument.
    const rule = `it is of type ${type}, which null is not: leave it out of the variables, and the default holds`;
    return { ...formatted, message: `${field} is null, but ${rule}`, extensions: { ...extensions, field, value: null, rule, code: 'BAD_USER_INPUT' } };
  }
  return { ...formatted, extensions: { ...extensions, code: code === 'INTERNAL_SERVER_ERROR' ? 'BAD_REQUEST' : code } };
}

/** What was thrown at first, below the wrappers that GraphQL put around it. */
function rootCause(error: unknown): unknown {
  let cause = error;
  while (isGraphQLError(cause) && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

/** By its tag, because Apollo may have loaded another copy of graphql-js, as CommonJS, whose classes are not ours. */
function isGraphQLError(error: unknown): error is GraphQLError {
  return Object.prototype.toString.call(error) === '[object GraphQLError]';
}

function findTyped(error: unknown): ThermographError | null {
  return error instanceof ThermographError ? error : asDatabaseError(error);
}
