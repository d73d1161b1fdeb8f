import type { Logger } from 'pino';
import { RowErrors } from '../../execution/row-errors.ts';
import { formatError, toPublicError } from '../format-error.ts';
import type { PublicError } from '../http-error.ts';

/** What a client is told of what went wrong with an export: the errors that the answer in JSON would have had, or the one. */
export function toPublicErrors(error: unknown, log: Logger): readonly PublicError[] {
  if (!(error instanceof RowErrors)) return [toPublicError(error, log)];
  return error.errors.map((each) => {
    const { message, extensions: { code, ...details } = {} } = formatError(each.toJSON(), each, log);
    return { message, extensions: { ...details, code: typeof code === 'string' ? code : 'BAD_REQUEST' } };
  });
}
