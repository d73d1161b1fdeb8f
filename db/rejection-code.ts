const CODES = ['UNKNOWN_SENSOR', 'UNKNOWN_METRIC', 'INVALID_TIME', 'TIME_OUT_OF_RANGE', 'INVALID_VALUE', 'VALUE_OUT_OF_RANGE', 'MALFORMED_RECORD'] as const;

/** The rule that a record breaks. */
export type RejectionCode = (typeof CODES)[number];

/** A code as it is stored. */
export function readRejectionCode(stored: string): RejectionCode {
  const code = CODES.find((known) => known === stored);
  if (code === undefined) throw new Error(`rejected_reading has the unknown code ${stored}`);
  return code;
}
