import { ThermographError } from '../../db/errors.ts';

/** A source does not answer, or not as its job says. The message names what does not and what to do, without passwords. */
export class ConnectError extends ThermographError {
  override readonly name = 'ConnectError';
  readonly code = 'SOURCE_UNAVAILABLE';
}
