import type { BrokerUrl } from './broker-url.ts';
import { messagesOf } from './messages.ts';
import type { SeriesTable } from './reading-batch.ts';
import { onlySent, type Sink, type Waiting } from './sink.ts';
import { SinkError, sinkAway } from './sink-error.ts';
import { withPatience } from './with-patience.ts';

const REQUEST_MS = 10_000;

/** Kafka, acknowledged by all replicas. Keyed by sensor: one partition has all of a sensor, in order. A batch that is not acknowledged whole is sent again whole. */
export async function openKafkaSink({ servers, topic, username, password }: BrokerUrl, table: SeriesTable, waiting: Waiting): Promise<Sink> {
  const { Producer, ProduceAcks, stringSerializers } = await import('@platformatic/kafka').catch((cause: unknown) => {
    throw new SinkError('SINK_NOT_INSTALLED', 'sending to Kafka needs the package @platformatic/kafka: npm install @platformatic/kafka', { cause });
  });
  const name = `kafka://${servers[0]}`;
  const producer = new Producer({
    clientId: 'thermograph-simulate',
    bootstrapBrokers: [...servers],
    serializers: stringSerializers,
    timeout: REQUEST_MS,
    autocreateTopics: true,
    ...(username === null ? {} : { sasl: { mechanism: 'PLAIN' as const, username, password: password ?? '' } }),
  });
  return {
    async send(batch) {
      const messages = messagesOf(batch, table, topic).map(({ topic: to, key, value }) => ({ topic: to, key, value }));
      await withPatience(
        waiting,
        () =>
          producer.send({ messages, acks: ProduceAcks.ALL }).then(
            () => ({ done: null }),
            (error: unknown) => ({ passing: { reason: reasonOf(error), waitMs: 0 } }),
          ),
        (reason) => sinkAway(name, reason),
      );
      return onlySent(batch.length);
    },
    close: () => producer.close(),
  };
}

/** Of several attempts the client says only that all failed. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors.at(-1));
  return error instanceof Error ? error.message : String(error);
}
