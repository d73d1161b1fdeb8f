import { InvalidArgumentError } from '../errors.ts';
import type { Instant } from './instant.ts';
import { parseEpoch, parseRfc3339 } from './rfc3339.ts';

const RULE = 'an instant is RFC 3339 with an offset (2024-01-15T10:00:00Z), epoch seconds (9 to 11 digits) or milliseconds (12 or more)';

/** Reads a `DateTime`; `field` names the argument in the error. */
export function parseDateTime(text: string, field: string): Instant {
  const instant = parseRfc3339(text) ?? parseEpoch(text);
  if (instant === null) throw new InvalidArgumentError(field, text, RULE);
  return instant;
}
