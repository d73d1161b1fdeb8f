import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { MockCluster } from '../kafka/mock-cluster.ts';
import { payload, type Sent } from './sent.ts';

/** A broker that keeps what it hands over. */
export interface LogBroker {
  /** The part of a job's YAML that says where its topic is. */
  source(topic: string): string;
  send(topic: string, readings: readonly Sent[]): Promise<void>;
  /** What the broker has noted of how far the job is. */
  noted(topic: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A Kafka cluster of its own. */
export async function openKafka(): Promise<LogBroker> {
  const cluster = await MockCluster.start();
  return {
    source: (topic) => `{ kind: kafka, brokers: ${JSON.stringify(cluster.brokers)}, topics: ${topic}, group: ${topic}, sessionTimeout: 6s }`,
    send: (topic, readings) =>
      cluster.produce(
        topic,
        readings.map((reading) => ({ key: reading.sensor, value: payload(reading) })),
      ),
    noted: (topic) => Promise.all([0, 1, 2, 3].map((partition) => cluster.committedOffset(topic, topic, partition))),
    close: () => cluster.close(),
  };
}

/** A stream of its own. */
export async function openNats(): Promise<LogBroker> {
  const stream = `thermograph_past_${process.pid}`;
  const connection: NatsConnection = await connect({ servers: '127.0.0.1:4222' });
  const manager: JetStreamManager = await jetstreamManager(connection);
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  return {
    source: (topic) => `{ kind: nats, servers: 127.0.0.1:4222, stream: ${stream}, subjects: "${stream}.${topic}", consumer: ${topic} }`,
    send: async (topic, readings) => {
      for (let at = 0; at < readings.length; at += 500)
        await Promise.all(readings.slice(at, at + 500).map((reading) => jetstream(connection).publish(`${stream}.${topic}`, payload(reading))));
    },
    noted: async (topic) => {
      const { delivered, ack_floor: floor, num_ack_pending: held, num_pending: waiting } = await manager.consumers.info(stream, topic);
      return [delivered.consumer_seq, delivered.stream_seq, floor.consumer_seq, floor.stream_seq, held, waiting];
    },
    close: async () => {
      await manager.streams.delete(stream);
      await connection.close();
    },
  };
}
