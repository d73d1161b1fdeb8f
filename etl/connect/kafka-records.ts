import type { RecordChunk } from '../read/reader.ts';
import type { PartitionAnswer } from './kafka-client.ts';
import type { KafkaSource } from './kafka-schema.ts';
import { payloadReader } from './payload.ts';

type RecordsBatch = NonNullable<PartitionAnswer['records']>[number];
type KafkaRecord = RecordsBatch['records'][number];

/** A message of a partition. */
export interface PartitionMessage {
  readonly offset: number;
  /** When it was written, in microseconds. */
  readonly time: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** How the messages of a source are taken apart; indexes begin at `index`. */
export function kafkaReader({ payload, keyIsSensor }: KafkaSource, timezone: string | null): (message: PartitionMessage, index: number) => RecordChunk {
  const read = payloadReader(payload, timezone);
  return ({ time, key, value }, index) => {
    const text = key.length === 0 ? undefined : key.toString();
    return read(value, { time, key: text, ...(keyIsSensor ? { sensor: text } : {}) }, index);
  };
}

const LOG_APPEND_TIME = 0b1000;
const TRANSACTIONAL = 0b10000;
const CONTROL = 0b100000;
const ABORT = 0;

/**
 * The messages of an answer from an offset on, without those of transactions that were aborted, which brokers send along; and the offset that comes next.
 * A batch is sent whole: what stands in it before the offset was read already.
 */
export function readPartition(
  { records = [], abortedTransactions }: PartitionAnswer,
  from: number,
): { readonly messages: readonly PartitionMessage[]; readonly next: number } {
  const isAborted = abortedOf(abortedTransactions ?? []);
  const messages: PartitionMessage[] = [];
  let next = from;
  for (const batch of records) {
    const first = Number(batch.firstOffset);
    if (!isAborted(batch)) for (const record of batch.records) if (first + record.offsetDelta >= from) messages.push(messageOf(batch, record));
    next = Math.max(next, first + batch.lastOffsetDelta + 1);
  }
  return { messages, next };
}

/** Whether a batch, asked in their order, has no messages: it is a marker, or of a transaction that was aborted. */
function abortedOf(transactions: PartitionAnswer['abortedTransactions']): (batch: RecordsBatch) => boolean {
  const coming = [...transactions].sort((one, other) => Number(one.firstOffset - other.firstOffset));
  const aborting = new Set<bigint>();
  return ({ attributes, firstOffset, producerId, records }) => {
    for (let [begun] = coming; begun !== undefined && begun.firstOffset <= firstOffset; [begun] = coming) {
      aborting.add(begun.producerId);
      coming.shift();
    }
    if ((attributes & CONTROL) === 0) return (attributes & TRANSACTIONAL) !== 0 && aborting.has(producerId);
    if (records.some(isAbort)) aborting.delete(producerId);
    return true;
  };
}

/** The marker at the end of a transaction: version and kind. */
function isAbort({ key }: KafkaRecord): boolean {
  return key.length >= 4 && key.readInt16BE(2) === ABORT;
}

function messageOf(batch: RecordsBatch, { offsetDelta, timestampDelta, key, value }: KafkaRecord): PartitionMessage {
  const millis = (batch.attributes & LOG_APPEND_TIME) !== 0 ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta;
  return { offset: Number(batch.firstOffset) + offsetDelta, time: Number(millis) * 1000, key, value };
}
