import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '@platformatic/kafka';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import { ConnectError } from './connect-error.ts';
import type { Connected, RunContext } from './connector.ts';
import { brokersUnusable, closeConsumer, createConsumer, isKafkaError, KAFKA_ERRORS, topicUnknown } from './kafka-client.ts';
import { boundOf } from './kafka-positions.ts';
import { kafkaReader, type PartitionMessage, readPartition } from './kafka-records.ts';
import type { KafkaSource } from './kafka-schema.ts';
import { CHUNK_BYTES, FAILURE_PAUSE_MS, handedOverSince, MOST_FAILURES, type Past, type PastMessage, type PastMessages, piecesOfPast } from './past.ts';

/** Named in requests that need a name, and joined by nobody. */
const NO_GROUP = 'thermograph-backfill';
/** Messages handed on at a time, of CHUNK_BYTES. */
const CHUNK = 1_000;
const MAX_WAIT_MS = 500;
/** Of one answer about one partition at least; it is also what waits of each partition. */
const LEAST_BYTES = 256 * 1024;

/** The messages that topics have kept since a time, read without a consumer group: the job's members and offsets do not notice. */
export async function connectKafkaPast(source: KafkaSource, context: RunContext): Promise<Connected> {
  const consumer = await createConsumer(source, NO_GROUP);
  try {
    const past = await KafkaPast.begin(consumer, source, context);
    return {
      ...(past.reachesBackTo === null ? {} : { found: { reachesBackTo: formatInstant(past.reachesBackTo) } }),
      pieces: () => piecesOfPast(past, context),
      close: () => closeConsumer(consumer),
    };
  } catch (error) {
    await closeConsumer(consumer);
    if (error instanceof ConnectError || context.signal.aborted) throw error;
    throw isKafkaError(error, KAFKA_ERRORS.unknownTopicOrPartition) ? topicUnknown(source, error) : brokersUnusable(source, error);
  }
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** An offset of each partition, as a text: names of topics have no spaces. */
function placeOf(partitions: readonly { readonly name: string; readonly next: number }[]): string {
  return partitions.map(({ name, next }) => `${name}@${next}`).join(' ');
}

/** The offsets of a place, by partition. */
function offsetsOf(place: string): ReadonlyMap<string, number> {
  return new Map(
    place.split(' ').map((one) => {
      const [name = '', offset] = one.split('@');
      return [name, Number(offset)];
    }),
  );
}

/** Where a partition is begun. */
interface Begun extends Place {
  readonly start: number;
  /** Where messages of the time that is asked for are gone: when the oldest was written that is left. */
  readonly reachesBackTo: Instant | null;
  /** Where the broker cannot look a time up: messages before it are passed over. */
  readonly skipsUntil: Instant | null;
}

const nameOf = ({ topic, partition }: Place) => `${topic}/${partition}`;

/** Places are the offsets of all partitions. */
class KafkaPast implements Past {
  readonly source: string;
  readonly start: string;
  /** Of the partition that lacks most. */
  readonly reachesBackTo: Instant | null;
  readonly #consumer: Consumer;
  readonly #source: KafkaSource;
  readonly #context: RunContext;
  readonly #partitions: readonly Begun[];

  private constructor(consumer: Consumer, source: KafkaSource, context: RunContext, partitions: readonly Begun[]) {
    this.source = `kafka ${source.topics.join(' ')}`;
    this.start = placeOf(partitions.map((begun) => ({ name: nameOf(begun), next: begun.start })));
    this.reachesBackTo = partitions.reduce<Instant | null>(
      (latest, { reachesBackTo }) => (latest === null || reachesBackTo === null ? (latest ?? reachesBackTo) : Math.max(latest, reachesBackTo)),
      null,
    );
    this.#consumer = consumer;
    this.#source = source;
    this.#context = context;
    this.#partitions = partitions;
  }

  static async begin(consumer: Consumer, source: KafkaSource, context: RunContext): Promise<KafkaPast> {
    const metadata = await consumer.metadata({ topics: [...source.topics], forceUpdate: true });
    const begun: Begun[] = [];
    for (const topic of source.topics)
      for (let partition = 0; partition < (metadata.topics.get(topic)?.partitionsCount ?? 0); partition += 1)
        begun.push(await begin(consumer, { topic, partition }, context));
    return new KafkaPast(consumer, source, context, begun);
  }

  async end(): Promise<string> {
    return placeOf(await Promise.all(this.#partitions.map(async (place) => ({ name: nameOf(place), next: await boundOf(this.#consumer, place, 'latest') }))));
  }

  /** Partitions have no order among each other but that of the times of their messages. */
  async *read(from: string, to: string): AsyncGenerator<PastMessages> {
    const [starts, ends] = [offsetsOf(from), offsetsOf(to)];
    const maxBytes = Math.max(LEAST_BYTES, Math.floor(this.#source.maxBytes / this.#partitions.length));
    const tools = { consumer: this.#consumer, context: this.#context, maxBytes };
    const readers = this.#partitions.map((begun) => new PartitionReader(begun, starts.get(nameOf(begun)) ?? begun.start, ends.get(nameOf(begun)) ?? 0, tools));
    const read = kafkaReader(this.#source, this.#context.job.mapping.timezone);
    for (;;) {
      const at = placeOf(readers);
      const messages: PastMessage[] = [];
      for (let bytes = 0; messages.length < CHUNK && bytes < CHUNK_BYTES; ) {
        const taken = await takeEarliest(readers);
        if (taken === null) break;
        const { name, message } = taken;
        bytes += message.value.length;
        messages.push({ place: `${name}@${message.offset}`, read: () => read(message, 0) });
      }
      if (messages.length === 0) return;
      yield { at, messages };
    }
  }
}

/** The message that was written first of those that come next in their partitions; null: there is none. */
async function takeEarliest(readers: readonly PartitionReader[]): Promise<{ readonly name: string; readonly message: PartitionMessage } | null> {
  for (const reader of readers) if (reader.isEmpty) await reader.fill();
  const earliest = readers.reduce<PartitionReader | null>((first, reader) => (reader.isBefore(first) ? reader : first), null);
  const message = earliest?.take();
  return earliest === null || message === undefined ? null : { name: earliest.name, message };
}

/** Where the messages of a partition begin that were handed over since the beginning of the window. */
async function begin(consumer: Consumer, place: Place, context: RunContext): Promise<Begun> {
  const since = handedOverSince(context);
  const first = await boundOf(consumer, place, 'earliest');
  const end = await boundOf(consumer, place, 'latest');
  const found = await offsetSince(consumer, place, since);
  if (found === null) return { ...place, start: first, reachesBackTo: null, skipsUntil: since };
  // What is written from now on comes behind the end.
  const start = found.offset < 0 ? end : found.offset;
  const oldest = first === end ? context.now() : found.time;
  const isCut = first > 0 && start <= first && oldest > since;
  if (isCut)
    context.log.warn(
      { job: context.job.id, partition: nameOf(place), wantedFrom: formatInstant(since), reachesBackTo: formatInstant(oldest) },
      'the Kafka topic no longer has all that was handed over since the beginning of the window: what is gone is not loaded',
    );
  return { ...place, start, reachesBackTo: isCut ? oldest : null, skipsUntil: null };
}

/** The first message written since a time, an offset below 0 where there is none; null: the broker cannot tell, as its messages are in a form that has no times. */
async function offsetSince(
  consumer: Consumer,
  { topic, partition }: Place,
  since: Instant,
): Promise<{ readonly offset: number; readonly time: Instant } | null> {
  const timestamp = BigInt(Math.floor(since / 1000));
  try {
    const offsets = await consumer.listOffsetsWithTimestamps({ topics: [topic], partitions: { [topic]: [partition] }, timestamp });
    const found = offsets.get(topic)?.get(partition);
    return { offset: Number(found?.offset ?? -1n), time: Number(found?.timestamp ?? 0n) * 1000 };
  } catch (error) {
    if (isKafkaError(error, KAFKA_ERRORS.unsupportedForMessageFormat)) return null;
    throw error;
  }
}

interface ReadingTools {
  readonly consumer: Consumer;
  readonly context: RunContext;
  readonly maxBytes: number;
}

/** The messages of one partition between two offsets. */
class PartitionReader {
  readonly name: string;
  readonly #place: Begun;
  readonly #to: number;
  readonly #tools: ReadingTools;
  #next: number;
  #fetched: readonly PartitionMessage[] = [];
  #at = 0;

  constructor(place: Begun, from: number, to: number, tools: ReadingTools) {
    this.name = nameOf(place);
    this.#place = place;
    this.#next = from;
    this.#to = to;
    this.#tools = tools;
  }

  /** Whether all that was fetched is taken, and there is more. */
  get isEmpty(): boolean {
    return this.#at >= this.#fetched.length && this.#next < this.#to;
  }

  /** Fetches until there is a message, or none is left. */
  async fill(): Promise<void> {
    const { signal } = this.#tools.context;
    for (let failures = 0; this.isEmpty; ) {
      signal.throwIfAborted();
      const before = this.#next;
      const error = await this.#fetch().then(
        () => null,
        (failure: unknown) => failure,
      );
      failures = this.#next > before ? 0 : failures + 1;
      if (failures > 0) await this.#afterFailure(error, failures);
    }
  }

  get #head(): PartitionMessage | undefined {
    return this.#fetched[this.#at];
  }

  /** The offset of the message that is taken next, or of those after the last. */
  get next(): number {
    return this.#head?.offset ?? this.#next;
  }

  isBefore(other: PartitionReader | null): boolean {
    const own = this.#head;
    const others = other === null ? undefined : other.#head;
    return own !== undefined && (others === undefined || own.time < others.time);
  }

  take(): PartitionMessage | undefined {
    const message = this.#head;
    this.#at += 1;
    return message;
  }

  async #fetch(): Promise<void> {
    const { consumer, maxBytes } = this.#tools;
    const { topic, partition, skipsUntil } = this.#place;
    const metadata = await consumer.metadata({ topics: [topic] });
    const node = metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1;
    const wanted = { partition, fetchOffset: BigInt(this.#next), currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: maxBytes };
    const topics = [{ topicId: metadata.topics.get(topic)?.id ?? topic, partitions: [wanted] }];
    const { responses } = await consumer.fetch({ node, topics, maxBytes, maxWaitTime: MAX_WAIT_MS });
    const answered = responses[0]?.partitions[0];
    if (answered === undefined) return;
    const { messages, next } = readPartition(answered, this.#next);
    this.#next = next;
    this.#fetched = messages.filter(({ offset, time }) => offset < this.#to && (skipsUntil === null || time >= skipsUntil));
    this.#at = 0;
  }

  /** Brokers come and go; messages may be deleted while they are read. */
  async #afterFailure(error: unknown, failures: number): Promise<void> {
    const { consumer, context } = this.#tools;
    const { log, job, signal } = context;
    signal.throwIfAborted();
    if (failures > MOST_FAILURES)
      throw error instanceof Error
        ? error
        : new ConnectError(`the Kafka topic gives nothing of ${this.name} from ${this.#next} on, though it ends at ${this.#to}`);
    if (isKafkaError(error, KAFKA_ERRORS.offsetOutOfRange)) {
      const first = await boundOf(consumer, this.#place, 'earliest');
      log.warn(
        { job: job.id, partition: this.name, from: this.#next, to: first },
        'messages were deleted from a Kafka topic while a backfill read it: they are not loaded',
      );
      this.#next = Math.max(this.#next, first);
      return;
    }
    if (error !== null) log.warn({ err: error, job: job.id }, 'messages cannot be fetched from Kafka at present; asking again');
    consumer.clearMetadata();
    await sleep(FAILURE_PAUSE_MS, undefined, { signal });
  }
}
