import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, type Consumer, type ConsumerInfo, DeliverPolicy, type JetStreamManager, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { countSequences, instantKey, type NumberedMessage, SequencesCountedError, SupersededError, selectCounted } from '../../db/etl/stream-sequence.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import { ConnectError } from './connect-error.ts';
import type { LogConnector, StreamContext } from './connector.ts';
import { filterOf, natsReader, openNats, openStream, reasonOf } from './nats-client.ts';
import { connectNatsPast } from './nats-past.ts';
import type { NatsSource } from './nats-schema.ts';
import { type Delivery, StreamLoader, untilBothEnd } from './stream.ts';

/** Messages asked for at a time. */
const FETCHED = 5_000;
/** An empty request lasts so long; messages come at once. */
const EXPIRES_MS = 5_000;
const PAUSE_MS = 1_000;
/** How often is asked up to where all is acknowledged. */
const FLOOR_MS = 1_000;

/**
 * Messages of a JetStream stream by a durable pull consumer that all instances share, acknowledged after the commit of their batch.
 * JetStream hands a message over again that is not acknowledged in time, to any instance, and in between later ones. So in the transaction of each batch is noted which numbers of the stream are counted,
 * and which instants they wrote: a message counts once, and an earlier one does not undo what a later one has written.
 */
export const natsConnector: LogConnector<NatsSource> = {
  connect: connectNatsPast,

  async consume(source, context) {
    const connection = await openNats(source);
    try {
      const stop = new AbortController();
      const signal = AbortSignal.any([context.signal, stop.signal]);
      const session = await Session.begin(connection, source, { ...context, signal });
      await untilBothEnd(stop, [() => session.loader.run(), () => session.pull(), () => session.keepHeld(), () => session.followFloor()]);
    } finally {
      await connection.drain().catch(() => undefined);
    }
  },
};

interface NatsDelivery extends Delivery {
  /** Its number in the stream. */
  readonly sequence: number;
  readonly message: JsMsg;
}

/** What one instance does with the consumer. */
class Session {
  readonly loader: StreamLoader<NatsDelivery>;
  readonly #consumer: Consumer;
  readonly #source: NatsSource;
  readonly #context: StreamContext;
  /** The numbers are of this stream: of one that is made anew they begin at 1 again. */
  readonly #stream: { readonly jobId: string; readonly source: string };
  #floor: number;

  private constructor(consumer: Consumer, info: ConsumerInfo, created: string, source: NatsSource, context: StreamContext) {
    this.#consumer = consumer;
    this.#source = source;
    this.#context = context;
    this.#stream = { jobId: context.job.id, source: `${source.stream}/${info.name} of ${created}` };
    this.#floor = info.ack_floor.stream_seq;
    this.loader = new StreamLoader<NatsDelivery>(context, {
      source: `nats ${source.stream}`,
      maxWait: source.maxWait,
      order: (one, other) => one.sequence - other.sequence,
      alongside: (client, deliveries, { rejections }) => {
        const refused = new Set(rejections.map(({ index, record }) => `${index} ${metricOf(record)}`));
        const messages = deliveries.map(({ sequence, records }) => ({ sequence, eachReading: eachReadingOf(records, refused) }));
        return countSequences(client, this.#stream, messages, this.#floor);
      },
      committed: (deliveries) => {
        for (const { message } of deliveries) message.ack();
      },
      // Handed to others at once, rather than when nobody has acknowledged it for long.
      givenUp: (deliveries) => {
        for (const { message } of deliveries) message.nak();
      },
      afterError: async (error, deliveries) => {
        if (error instanceof SequencesCountedError) return this.#withoutCounted(deliveries, error.sequences);
        if (error instanceof SupersededError) return deliveries.map((delivery) => withoutSuperseded(delivery, error.keys));
        return null;
      },
    });
  }

  static async begin(connection: NatsConnection, source: NatsSource, context: StreamContext): Promise<Session> {
    const { manager, stream } = await openStream(connection, source);
    const info = await ensureConsumer(manager, source, context);
    const consumer = await jetstream(connection).consumers.get(source.stream, info.name);
    return new Session(consumer, info, stream.created, source, context);
  }

  /** Asks for messages as long as there is room for them. */
  async pull(): Promise<void> {
    const { signal, log, job } = this.#context;
    const take = this.#taker();
    const aborted = onceAborted(signal);
    while (!signal.aborted) {
      await Promise.race([this.loader.room(), aborted]);
      if (signal.aborted) break;
      try {
        const messages = await this.#consumer.fetch({ max_messages: FETCHED, expires: EXPIRES_MS });
        aborted.then(() => messages.close()).catch(() => undefined);
        for await (const message of messages) await take(message);
      } catch (error) {
        if (signal.aborted) break;
        log.warn({ err: error, job: job.id }, 'messages cannot be fetched from NATS at present; asking again');
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Tells the server of messages that are waiting, or being loaded, that they are in good hands. */
  async keepHeld(): Promise<void> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      await sleep(this.#source.ackWait / 1000 / 3, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) for (const { message } of this.loader.held) message.working();
    }
  }

  /** Up to where every message is acknowledged, by whomever: what is noted of those can be forgotten. */
  async followFloor(): Promise<void> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      await sleep(FLOOR_MS, undefined, { signal }).catch(() => undefined);
      const info = signal.aborted ? null : await this.#consumer.info().catch(() => null);
      if (info !== null) this.#floor = info.ack_floor.stream_seq;
    }
  }

  #taker(): (message: JsMsg) => Promise<void> {
    const read = natsReader(this.#source, this.#context.job.mapping.timezone);
    return async (message) => {
      const { seq, redelivered } = message;
      // Most that come again are counted: known before they are loaded, they cost no batch that is rolled back.
      if (redelivered && (await this.#isCounted(seq))) {
        message.ack();
        return;
      }
      this.loader.add({
        records: read(message, this.loader.nextIndex),
        place: String(seq),
        bytes: message.data.length + 500,
        sequence: seq,
        message,
      });
    };
  }

  async #isCounted(sequence: number): Promise<boolean> {
    const counted = await selectCounted(this.#context.store.writePool, this.#stream, [sequence]).catch(() => null);
    return counted?.has(sequence) ?? false;
  }

  #withoutCounted(deliveries: readonly NatsDelivery[], counted: ReadonlySet<number>): readonly NatsDelivery[] {
    for (const { sequence, message } of deliveries) if (counted.has(sequence)) message.ack();
    return deliveries.filter(({ sequence }) => !counted.has(sequence));
  }
}

/** What the readings of records are of, without those that are refused. */
function eachReadingOf(records: RecordChunk, refused: ReadonlySet<string>): NumberedMessage['eachReading'] {
  return (visit) => {
    for (const record of records) {
      if ('raw' in record || record.time === null) continue;
      for (const [at, metric] of record.metrics.entries())
        if (record.values[at] !== undefined && !(refused.size > 0 && refused.has(`${record.index} ${metric}`))) visit(record.sensor, metric, record.time);
    }
  };
}

/** Of a reading that is refused, which is kept as JSON; of what is no record, whatever. */
function metricOf(record: string): string {
  try {
    const kept: unknown = JSON.parse(record);
    return typeof kept === 'object' && kept !== null && 'metric' in kept && typeof kept.metric === 'string' ? kept.metric : '';
  } catch {
    return '';
  }
}

/** Readings that a later message has corrected already are left out: nothing would be left of them. */
function withoutSuperseded(delivery: NatsDelivery, keys: ReadonlySet<number>): NatsDelivery {
  let passedOver = delivery.passedOver ?? 0;
  const records = delivery.records.map((record): RawRecord | RefusedRecord => {
    if ('raw' in record || record.time === null) return record;
    const { sensor, metrics, time } = record;
    const isLate = (at: number) => record.values[at] !== undefined && keys.has(instantKey(sensor, metrics[at] ?? '', time));
    passedOver += record.values.filter((_, at) => isLate(at)).length;
    return { ...record, values: record.values.map((value, at) => (isLate(at) ? undefined : value)) };
  });
  return { ...delivery, records, passedOver };
}

/** The durable consumer, made where it is not there. */
async function ensureConsumer(manager: JetStreamManager, source: NatsSource, { job, store, log }: StreamContext): Promise<ConsumerInfo> {
  const name = source.consumer ?? `thermograph-${store.id.slice(0, 8)}-${job.id}`.replaceAll('.', '-');
  const info = await (manager.consumers.info(source.stream, name).catch(() => null) ?? null);
  const found = info ?? (await makeConsumer(manager, source, name));
  const { ack_policy: ackPolicy, deliver_subject: deliverSubject, max_deliver: maxDeliver } = found.config;
  if (ackPolicy !== AckPolicy.Explicit || deliverSubject !== undefined)
    throw new ConnectError(
      `the consumer ${name} of the stream ${source.stream} is there, but not as a pull consumer whose messages are acknowledged one by one: name another one, or delete it`,
    );
  if (maxDeliver !== undefined && maxDeliver > 0)
    log.warn({ job: job.id, consumer: name, maxDeliver }, 'the NATS consumer gives messages up after so many deliveries: what is given up is never loaded');
  return found;
}

async function makeConsumer(manager: JetStreamManager, { stream, subjects, start, ackWait, inFlight }: NatsSource, name: string): Promise<ConsumerInfo> {
  try {
    return await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: start === 'earliest' ? DeliverPolicy.All : DeliverPolicy.New,
      ack_wait: ackWait * 1000,
      max_ack_pending: inFlight,
      max_deliver: -1,
      ...filterOf(subjects),
    });
  } catch (cause) {
    throw new ConnectError(`the consumer ${name} cannot be made on the stream ${stream}: ${reasonOf(cause)}`, { cause });
  }
}

function onceAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
