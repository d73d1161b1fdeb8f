import { InvalidArgumentError, NotFoundError } from '../db/errors.ts';
import { readRejectionCode } from '../db/rejection-code.ts';
import { parseEpochDigits, parseRfc3339 } from '../db/time/rfc3339.ts';
import { isRowId } from '../loaders/etl-runs.ts';
import type { IngestRecord } from './ingest-path.ts';
import type { MutationResolvers, QueryResolvers, ReadingInput, RejectedReadingConnectionResolvers, RejectedReadingResolvers } from './types.generated.ts';

/** New readings, and what became of those that could not be loaded. */
export const ingestResolvers = {
  Query: {
    rejectedReadings: async (_root, args, { open }) => (await open()).rejectedReadings(args),
  } satisfies QueryResolvers,
  Mutation: {
    ingest: async (_root, { readings, register }, { change, ingest }) => (await change(() => ingest(readings.map(toRecord), { register }))).result,
    replayRejected: async (_root, { ids }, { change, etl }) => (await change(() => etl.replay(readRejectedIds(ids)))).result,
  } satisfies MutationResolvers,
  RejectedReadingConnection: {
    totalCount: (page) => page.countAll(),
  } satisfies RejectedReadingConnectionResolvers,
  RejectedReading: {
    id: ({ id }) => String(id),
    code: ({ code }) => readRejectionCode(code),
    replayable: ({ reader }) => reader !== null,
    format: ({ reader }) => reader?.format ?? null,
    source: ({ reader }) => reader?.definition ?? null,
    runs: ({ id }, _args, { loaders }) => loaders.runs.ofRejected(id),
  } satisfies RejectedReadingResolvers,
};

const MOST_REPLAYED = 1_000;

function readRejectedIds(ids: readonly string[]): readonly number[] {
  if (ids.length === 0 || ids.length > MOST_REPLAYED)
    throw new InvalidArgumentError('ids', ids.length, `from 1 to ${MOST_REPLAYED} records are tried again in a call`);
  return ids.map((id, index) => {
    if (!isRowId(id)) throw new NotFoundError(`ids[${index}]`, id, 'rejected reading', []);
    return Number(id);
  });
}

/** By the canonical rules: no zone is declared here, so a time needs its offset. */
function toRecord({ sensor, metric, time, value }: ReadingInput, index: number): IngestRecord {
  return { index, sensor, time: parseRfc3339(time) ?? parseEpochDigits(time), timeText: time, metrics: [metric], values: [value], texts: [String(value)] };
}
