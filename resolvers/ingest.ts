import { parseEpochDigits, parseRfc3339 } from '../db/time/rfc3339.ts';
import type { IngestRecord } from './ingest-path.ts';
import type {
  MutationResolvers,
  QueryResolvers,
  ReadingInput,
  RejectedReadingConnectionResolvers,
  RejectedReadingResolvers,
  RejectionCode,
} from './types.generated.ts';

/** New readings, and what became of those that could not be loaded. */
export const ingestResolvers = {
  Query: {
    rejectedReadings: async (_root, args, { open }) => (await open()).rejectedReadings(args),
  } satisfies QueryResolvers,
  Mutation: {
    ingest: async (_root, { readings, register }, { change, ingest }) => (await change(() => ingest(readings.map(toRecord), { register }))).result,
  } satisfies MutationResolvers,
  RejectedReadingConnection: {
    totalCount: (_page, _args, { loaders }) => loaders.rejectedReadingCount(),
  } satisfies RejectedReadingConnectionResolvers,
  RejectedReading: {
    id: ({ id }) => String(id),
    code: ({ code }) => toCode(code),
  } satisfies RejectedReadingResolvers,
};

/** By the canonical rules: no zone is declared here, so a time needs its offset. */
function toRecord({ sensor, metric, time, value }: ReadingInput, index: number): IngestRecord {
  return { index, sensor, time: parseRfc3339(time) ?? parseEpochDigits(time), timeText: time, metrics: [metric], values: [value], texts: [String(value)] };
}

const CODES: readonly RejectionCode[] = [
  'UNKNOWN_SENSOR',
  'UNKNOWN_METRIC',
  'INVALID_TIME',
  'TIME_OUT_OF_RANGE',
  'INVALID_VALUE',
  'VALUE_OUT_OF_RANGE',
  'MALFORMED_RECORD',
];

function toCode(stored: string): RejectionCode {
  const code = CODES.find((known) => known === stored);
  if (code === undefined) throw new Error(`rejected_reading has the unknown code ${stored}`);
  return code;
}
