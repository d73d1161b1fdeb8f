import type { GraphQLError } from 'graphql';

/** A subscription that cannot be: its document, operation or variables do not fit. Its errors are told as those of a request are. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }
}
