/** A command has said what went wrong and only has to end with exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
