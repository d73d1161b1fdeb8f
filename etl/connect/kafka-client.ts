import { setTimeout as sleep } from 'node:timers/promises';
import type * as Kafka from '@platformatic/kafka';
import { readTls } from './broker-tls.ts';
import { ConnectError } from './connect-error.ts';
import type { KafkaSource } from './kafka-schema.ts';

/** What a broker answers to a request for messages. */
export type FetchAnswer = Awaited<ReturnType<Kafka.Consumer['fetch']>>;

/** What it answers of one partition. */
export type PartitionAnswer = FetchAnswer['responses'][number]['partitions'][number];

/** The client's package, which is optional: it brings binaries for compression that not every system has. */
export async function importKafka(): Promise<typeof Kafka> {
  try {
    return await import('@platformatic/kafka');
  } catch (cause) {
    throw new ConnectError(
      'jobs of the kind kafka need the package @platformatic/kafka, which is not installed: npm install @platformatic/kafka@1.22.0 beside thermograph',
      { cause },
    );
  }
}

/** A member of the job's consumer group that has not joined it yet. */
export async function createConsumer(source: KafkaSource, group: string): Promise<Kafka.Consumer> {
  const { Consumer } = await importKafka();
  const tls = await readTls(source.tls);
  const sessionTimeout = source.sessionTimeout / 1000;
  const consumer = new Consumer({
    clientId: 'thermograph',
    groupId: group,
    bootstrapBrokers: [...source.brokers],
    // A failure is told at once: what to do about it is decided in one place.
    retries: 0,
    autocommit: false,
    sessionTimeout,
    rebalanceTimeout: sessionTimeout,
    heartbeatInterval: Math.min(3_000, sessionTimeout / 4),
    ...(tls === null ? {} : { tls: { ...tls } }),
    ...(source.sasl === null ? {} : { sasl: source.sasl }),
  });
  for (const topic of source.topics) consumer.topics.track(topic);
  return consumer;
}

/** What to say where a topic of a source is not there. */
export function topicUnknown({ topics }: KafkaSource, cause: unknown): ConnectError {
  return new ConnectError(`the Kafka brokers know no such topic: one of ${topics.join(', ')}; make it first, or mend the job`, { cause });
}

/** What to say where the brokers do not answer, or not to us. */
export function brokersUnusable({ brokers }: KafkaSource, cause: unknown): ConnectError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConnectError(`the Kafka brokers ${brokers.join(', ')} cannot be used: ${reason}; are they there, and are sasl and tls as they want them?`, {
    cause,
  });
}

const CLOSES_WITHIN_MS = 3_000;

/** Leaves the group and disconnects, whether the brokers could be told or not. */
export async function closeConsumer(consumer: Kafka.Consumer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    consumer.close(true, () => resolve());
  });
  await Promise.race([closed, sleep(CLOSES_WITHIN_MS)]);
}

/** Numbers of the protocol's errors that decide what is done. */
export const KAFKA_ERRORS = { offsetOutOfRange: 1, unknownTopicOrPartition: 3, unsupportedForMessageFormat: 43, unknownTopicId: 100 } as const;

/** Whether an error of the client, or one in it, is the protocol's of that number. */
export function isKafkaError(error: unknown, code: number): boolean {
  if (!(error instanceof Error)) return false;
  if ('apiCode' in error && error.apiCode === code) return true;
  return error instanceof AggregateError && error.errors.some((one) => isKafkaError(one, code));
}

/** What an answer brought for other partitions, where it brought an error for one. */
export function responseOf(error: unknown): FetchAnswer | null {
  const response: unknown = error instanceof Error && 'response' in error ? error.response : null;
  return isFetchResponse(response) ? response : null;
}

function isFetchResponse(response: unknown): response is FetchAnswer {
  return typeof response === 'object' && response !== null && 'responses' in response && Array.isArray(response.responses);
}
