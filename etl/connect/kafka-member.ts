import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '@platformatic/kafka';
import { advancePosition, PositionConflictError } from '../../db/etl/position.ts';
import type { StreamContext } from './connector.ts';
import { type FetchAnswer, isKafkaError, KAFKA_ERRORS, type PartitionAnswer, responseOf, topicUnknown } from './kafka-client.ts';
import { boundOf, moveTo, type Partition, positionAt, restorePartitions } from './kafka-positions.ts';
import { kafkaReader, type PartitionMessage, readPartition } from './kafka-records.ts';
import type { KafkaSource } from './kafka-schema.ts';
import { type Delivery, StreamLoader } from './stream.ts';

const PAUSE_MS = 1_000;
/** How long a broker may wait for messages before it answers that there are none. */
const MAX_WAIT_MS = 500;
/** How often is looked for partitions that were added. */
const COUNT_MS = 10_000;

interface KafkaDelivery extends Delivery {
  readonly partition: Partition;
  readonly offset: number;
}

/** One instance as a member of the group. */
export class KafkaMember {
  readonly loader: StreamLoader<KafkaDelivery>;
  /** Why the group was lost; null: it was not. */
  failure: Error | null = null;
  readonly #consumer: Consumer;
  readonly #source: KafkaSource;
  readonly #context: StreamContext;
  readonly #stop: AbortController;
  readonly #read: ReturnType<typeof kafkaReader>;
  /** By name. What is fetched, or waits, of others is dropped. */
  #partitions = new Map<string, Partition>();
  #generation = 0;
  #counts = '';
  readonly #fetching = new Map<number, Promise<void>>();

  constructor(consumer: Consumer, source: KafkaSource, context: StreamContext, stop: AbortController) {
    this.#consumer = consumer;
    this.#source = source;
    this.#context = context;
    this.#stop = stop;
    this.#read = kafkaReader(source, context.job.mapping.timezone);
    this.loader = new StreamLoader<KafkaDelivery>(context, {
      source: `kafka ${source.topics.join(' ')}`,
      maxWait: source.maxWait,
      alongside: (client, deliveries) => this.#store(client, deliveries),
      committed: (deliveries) => this.#committed(deliveries),
      afterError: (error, deliveries) => this.#afterError(error, deliveries),
    });
  }

  async join(): Promise<void> {
    this.#consumer.on('error', (error: unknown) => this.#fail(error));
    this.#consumer.on('consumer:group:join', () => {
      this.#restore().catch((error: unknown) => this.#fail(error));
    });
    this.#failWhenSilent();
    await this.#topicCounts();
    await this.#consumer.joinGroup({});
  }

  /** Who is not heard for as long as a session lasts is no member any more. The client asks the same coordinator for ever, even where the group has another one by now. */
  #failWhenSilent(): void {
    let silentSince: number | null = null;
    this.#consumer.on('consumer:heartbeat:end', () => {
      silentSince = null;
    });
    this.#consumer.on('consumer:heartbeat:error', ({ error }: { readonly error: unknown }) => {
      silentSince ??= performance.now();
      if (performance.now() - silentSince > this.#source.sessionTimeout / 1000) this.#fail(error);
    });
  }

  /** Asks each broker that leads partitions of ours, all of them at the same time, as long as there is room for messages. */
  async fetchAll(): Promise<void> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      await this.loader.room();
      const leaders = await this.#leaders();
      for (const [node, partitions] of leaders) {
        if (this.#fetching.has(node)) continue;
        const fetching = this.#fetch(node, partitions).finally(() => this.#fetching.delete(node));
        this.#fetching.set(node, fetching);
      }
      // Without the signal: where answers come one upon the other, so many would listen to it.
      await Promise.race([...this.#fetching.values(), sleep(MAX_WAIT_MS / 5)]);
    }
  }

  /** Has the group share out anew where topics have got more partitions. */
  async watchPartitions(): Promise<void> {
    const { signal, log, job } = this.#context;
    while (!signal.aborted) {
      await sleep(COUNT_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const before = this.#counts;
      await this.#topicCounts();
      if (this.#counts === before) continue;
      log.info({ job: job.id, partitions: this.#counts }, 'topics have other partitions; the group shares them out anew');
      await this.#consumer.joinGroup({});
    }
  }

  #fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
    this.#stop.abort();
  }

  async #topicCounts(): Promise<void> {
    const { topics } = this.#source;
    try {
      const metadata = await this.#consumer.metadata({ topics: [...topics], forceUpdate: true });
      this.#counts = topics.map((topic) => `${topic} ${metadata.topics.get(topic)?.partitionsCount ?? 0}`).join(', ');
    } catch (error) {
      if (!isKafkaError(error, KAFKA_ERRORS.unknownTopicOrPartition)) throw error;
      throw topicUnknown(this.#source, error);
    }
  }

  /** The group has shared out: what waits may be somebody else's, and all positions are read from the store. */
  async #restore(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    this.#partitions = new Map();
    this.loader.forget(() => true);
    const given = (this.#consumer.assignments ?? []).filter(({ partitions }) => partitions.length > 0);
    const restored = await this.#patiently(() => restorePartitions(this.#consumer, this.#source, this.#context, given));
    if (restored === null || generation !== this.#generation) return;
    this.#partitions = new Map(restored.map((partition) => [partition.source, partition]));
    this.#context.log.info({ job: this.#context.job.id, partitions: restored.map(({ source, next }) => `${source}@${next}`) }, 'was given partitions');
  }

  /** Reads one partition's position again, which somebody else has moved. */
  async #restoreOne(lost: Partition): Promise<void> {
    this.loader.forget(({ partition }) => partition === lost);
    if (this.#partitions.get(lost.source) !== lost) return;
    this.#partitions.delete(lost.source);
    const generation = this.#generation;
    const [restored] =
      (await this.#patiently(() => restorePartitions(this.#consumer, this.#source, this.#context, [{ topic: lost.topic, partitions: [lost.partition] }]))) ??
      [];
    if (restored !== undefined && generation === this.#generation) this.#partitions.set(restored.source, restored);
  }

  /** What needs database and brokers is tried until both are there; null where it is not wanted any more. */
  async #patiently<T>(work: () => Promise<T>): Promise<T | null> {
    const { signal, log, job } = this.#context;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (failures === 0) log.warn({ err: error, job: job.id }, 'positions in Kafka cannot be read at present; trying again');
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return null;
  }

  async #leaders(): Promise<ReadonlyMap<number, readonly Partition[]>> {
    const leaders = new Map<number, Partition[]>();
    const metadata = this.#partitions.size === 0 ? null : await this.#metadata();
    if (metadata === null) {
      await sleep(MAX_WAIT_MS / 10);
      return leaders;
    }
    for (const partition of this.#partitions.values()) {
      const leader = metadata.topics.get(partition.topic)?.partitions[partition.partition]?.leader ?? -1;
      if (leader < 0) continue;
      const led = leaders.get(leader);
      if (led === undefined) leaders.set(leader, [partition]);
      else led.push(partition);
    }
    return leaders;
  }

  async #metadata(): Promise<Awaited<ReturnType<Consumer['metadata']>> | null> {
    const topics = [...this.#source.topics];
    return this.#consumer.metadata({ topics }).catch(async (error: unknown) => {
      await this.#troubled(error);
      return null;
    });
  }

  async #fetch(node: number, partitions: readonly Partition[]): Promise<void> {
    const metadata = await this.#metadata();
    if (metadata === null) return;
    const idOf = (topic: string) => metadata.topics.get(topic)?.id ?? topic;
    const { maxBytes } = this.#source;
    const topics = [...new Set(partitions.map(({ topic }) => topic))].map((topic) => ({
      topicId: idOf(topic),
      partitions: partitions
        .filter((one) => one.topic === topic)
        .map(({ partition, next }) => ({
          partition,
          fetchOffset: BigInt(next),
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          partitionMaxBytes: maxBytes,
        })),
    }));
    const byId = new Map(partitions.map((partition) => [`${idOf(partition.topic)}/${partition.partition}`, partition]));
    try {
      await this.#take(await this.#consumer.fetch({ node, topics, maxBytes, maxWaitTime: MAX_WAIT_MS }), byId);
    } catch (error) {
      const response = responseOf(error);
      if (response !== null) await this.#take(response, byId);
      await this.#troubled(error);
    }
  }

  async #take({ responses }: FetchAnswer, byId: ReadonlyMap<string, Partition>): Promise<void> {
    for (const { topicId, partitions } of responses)
      for (const answered of partitions) {
        const partition = byId.get(`${topicId}/${answered.partitionIndex}`);
        if (partition === undefined || this.#partitions.get(partition.source) !== partition) continue;
        if (answered.errorCode === KAFKA_ERRORS.offsetOutOfRange) await this.#moveIntoRange(partition);
        else if (answered.errorCode === 0) this.#add(partition, answered);
      }
  }

  #add(partition: Partition, answered: PartitionAnswer): void {
    const { messages, next } = readPartition(answered, partition.next);
    for (const message of messages) this.loader.add(this.#deliveryOf(partition, message));
    partition.next = next;
  }

  #deliveryOf(partition: Partition, message: PartitionMessage): KafkaDelivery {
    const { offset, value } = message;
    const records = this.#read(message, this.loader.nextIndex);
    return { records, place: `${partition.source}@${offset}`, bytes: value.length + 500, partition, offset };
  }

  /** Messages were deleted before they were read, or the topic is not the one that it was. */
  async #moveIntoRange(partition: Partition): Promise<void> {
    const first = await boundOf(this.#consumer, partition, 'earliest');
    const why =
      first > partition.next
        ? 'messages were deleted from a Kafka topic before they were loaded: they are lost; keep messages longer than the gateway may be away'
        : 'a Kafka topic has fewer messages than were loaded of it: it was made anew, and is read from its beginning';
    try {
      const moved = await moveTo(this.#context, partition, first, why);
      this.loader.forget((delivery) => delivery.partition === partition);
      if (this.#partitions.get(partition.source) === partition) this.#partitions.set(partition.source, moved);
    } catch {
      // Somebody else has moved it, or the database is away.
      await this.#restoreOne(partition);
    }
  }

  /** Brokers come and go, and lead other partitions than before. */
  async #troubled(error: unknown): Promise<void> {
    const { signal, log, job } = this.#context;
    if (signal.aborted) return;
    if (!isKafkaError(error, KAFKA_ERRORS.offsetOutOfRange))
      log.warn({ err: error, job: job.id }, 'messages cannot be fetched from Kafka at present; asking again');
    this.#consumer.clearMetadata();
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (isKafkaError(error, KAFKA_ERRORS.unknownTopicOrPartition) || isKafkaError(error, KAFKA_ERRORS.unknownTopicId))
      await this.#topicCounts().catch((cause: unknown) => this.#fail(cause));
  }

  async #store(client: Parameters<typeof advancePosition>[0], deliveries: readonly KafkaDelivery[]): Promise<void> {
    for (const { partition, offset } of lastOfEach(deliveries))
      await advancePosition(client, {
        jobId: this.#context.job.id,
        source: partition.source,
        expected: partition.stored,
        position: positionAt(offset + 1, partition.topicId),
      });
  }

  #committed(deliveries: readonly KafkaDelivery[]): void {
    const last = lastOfEach(deliveries);
    for (const { partition, offset } of last) partition.stored = positionAt(offset + 1, partition.topicId);
    const offsets = last.map(({ partition: { topic, partition }, offset }) => ({ topic, partition, offset: BigInt(offset + 1), leaderEpoch: -1 }));
    // Only for those who look: it does not matter where it fails.
    this.#consumer.commit({ offsets }).catch(() => undefined);
  }

  async #afterError(error: unknown, deliveries: readonly KafkaDelivery[]): Promise<readonly KafkaDelivery[] | null> {
    if (!(error instanceof PositionConflictError)) return null;
    const { log, job } = this.#context;
    log.info({ job: job.id, partition: error.source }, 'a partition was loaded further by another instance; going on from there');
    const lost = deliveries.find(({ partition }) => partition.source === error.source)?.partition;
    if (lost === undefined) return null;
    await this.#restoreOne(lost);
    return deliveries.filter(({ partition }) => partition !== lost);
  }
}

/** The last message of each partition, in the order of their names, in which their positions are locked. */
function lastOfEach(deliveries: readonly KafkaDelivery[]): readonly KafkaDelivery[] {
  const last = new Map(deliveries.map((delivery) => [delivery.partition.source, delivery]));
  return [...last.values()].sort((one, other) => (one.partition.source < other.partition.source ? -1 : 1));
}
