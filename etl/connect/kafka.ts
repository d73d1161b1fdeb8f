import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError } from './connect-error.ts';
import type { LogConnector, StreamContext } from './connector.ts';
import { brokersUnusable, closeConsumer, createConsumer, importKafka } from './kafka-client.ts';
import { KafkaMember } from './kafka-member.ts';
import { connectKafkaPast } from './kafka-past.ts';
import type { KafkaSource } from './kafka-schema.ts';
import { untilBothEnd } from './stream.ts';

const PAUSE_MS = 1_000;

/**
 * Messages of Kafka topics, whose partitions a consumer group shares out among the instances. How far a partition is loaded is stored in the transaction that loads, and moves on only from where it was believed to be:
 * whoever was taken for dead and still loads, and whoever has its partitions now, can not both commit a message. The broker's own offsets are written afterwards, for tools that tell how far behind a group is, and never read.
 */
export const kafkaConnector: LogConnector<KafkaSource> = {
  connect: connectKafkaPast,

  async consume(source, context) {
    await importKafka();
    for (let failures = 0; !context.signal.aborted; failures += 1) {
      try {
        await consumeAsMember(source, context);
      } catch (error) {
        if (context.signal.aborted || error instanceof ConnectError) throw error;
        if (failures === 0) throw brokersUnusable(source, error);
        context.log.warn({ err: error, job: context.job.id }, 'left the consumer group; joining it again');
        await sleep(PAUSE_MS, undefined, { signal: context.signal }).catch(() => undefined);
      }
    }
  },
};

/** From joining the group until the signal aborts or the group is lost. */
async function consumeAsMember(source: KafkaSource, context: StreamContext): Promise<void> {
  // Of its own for each store: two gateways over different stores must not share out the partitions of one topic.
  const group = source.group ?? `thermograph-${context.store.id.slice(0, 8)}-${context.job.id}`;
  const consumer = await createConsumer(source, group);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const member = new KafkaMember(consumer, source, { ...context, signal }, stop);
  try {
    await member.join();
    await untilBothEnd(stop, [() => member.loader.run(), () => member.fetchAll(), () => member.watchPartitions()]);
    if (member.failure !== null) throw member.failure;
  } finally {
    stop.abort();
    await closeConsumer(consumer);
  }
}
