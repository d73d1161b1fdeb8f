import { InvalidArgumentError } from '../errors.ts';
import { formatInstant, type TimeWindow } from './instant.ts';

/** Refuses a window that holds no time. */
export function checkWindow({ from, to }: TimeWindow): void {
  if (from >= to) throw new InvalidArgumentError('from', formatInstant(from), `from must be before to, which is ${formatInstant(to)}`);
}
