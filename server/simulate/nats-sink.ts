import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { BrokerUrl } from './broker-url.ts';
import { messagesOf } from './messages.ts';
import { publishInOrder } from './publish-in-order.ts';
import type { SeriesTable } from './reading-batch.ts';
import { onlySent, type Sink, type Waiting } from './sink.ts';
import { SinkError, sinkAway } from './sink-error.ts';
import { withPatience } from './with-patience.ts';

const PUBLISH_MS = 10_000;
const RECONNECT_MS = 500;

/** NATS JetStream: each message is acknowledged by the stream that stores it. With ?stream=NAME the stream is made where it is not there. Without message ids, as what is sent again has to stand behind what it was overtaken by. */
export async function openNatsSink({ servers, username, password, topic, parameters }: BrokerUrl, table: SeriesTable, waiting: Waiting): Promise<Sink> {
  const [{ connect }, { jetstream, jetstreamManager }] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
  const name = `nats://${servers[0]}`;
  const connection = await withPatience(
    waiting,
    () =>
      connect({
        servers: [...servers],
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_MS,
        ...(username === null ? {} : { user: username, pass: password ?? '' }),
      }).then(
        (done) => ({ done }),
        (error: unknown) => ({ passing: { reason: error instanceof Error ? error.message : String(error), waitMs: 0 } }),
      ),
    (reason) => sinkAway(name, reason),
  );
  const close = () => connection.close();
  try {
    await findStream(await jetstreamManager(connection), topic, parameters.get('stream'));
  } catch (error) {
    await close();
    throw error;
  }
  const client: JetStreamClient = jetstream(connection);
  return {
    async send(batch) {
      const publish = ({ topic: to, value }: { readonly topic: string; readonly value: string }) => client.publish(to, value, { timeout: PUBLISH_MS });
      await publishInOrder(messagesOf(batch, table, topic), publish, { name, waiting, onFailure: () => undefined });
      return onlySent(batch.length);
    },
    close,
  };
}

/** A subject that no stream stores is heard by nobody who is not there. */
async function findStream(manager: JetStreamManager, topic: string, stream: string | null): Promise<void> {
  const subject = topic.replaceAll(/\{\w+\}/g, '*');
  const isThere = await manager.streams.find(topic.replaceAll(/\{\w+\}/g, 'any')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  if (stream === null) {
    throw new SinkError(
      'SINK_REFUSED',
      `no JetStream stream stores the subject ${subject}: make one, or have it made by a name in --sink, …/${topic}?stream=READINGS`,
    );
  }
  await manager.streams.add({ name: stream, subjects: [subject] });
}
