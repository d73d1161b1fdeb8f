import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  RetentionPolicy,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { formatInstant } from '../../db/time/instant.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import { ConnectError } from './connect-error.ts';
import type { Connected, RunContext } from './connector.ts';
import { filterOf, natsReader, openNats, openStream, reasonOf } from './nats-client.ts';
import type { NatsSource } from './nats-schema.ts';
import { CHUNK_BYTES, FAILURE_PAUSE_MS, handedOverSince, MOST_FAILURES, type Past, type PastMessages, piecesOfPast } from './past.ts';

/** Messages asked for at a time at most, and bytes if they are as large as those before: a server that is asked for bytes hands over nothing of what is larger. */
const FETCHED = 1_000;
const FETCHED_BYTES = 16_000_000;
/** Those that are there come at once. */
const EXPIRES_MS = 5_000;
/** A consumer that is left behind is forgotten by the server. */
const FORGOTTEN_AFTER_MS = 60_000;

/** The messages that a stream has kept since a time, by consumers of its own that acknowledge nothing: the job's durable consumer does not notice. */
export async function connectNatsPast(source: NatsSource, context: RunContext): Promise<Connected> {
  const connection = await openNats(source);
  try {
    const past = await NatsPast.begin(connection, source, context);
    return {
      ...(past.reachesBackTo === null ? {} : { found: { reachesBackTo: past.reachesBackTo } }),
      pieces: () => piecesOfPast(past, context),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Places are numbers in the stream. */
class NatsPast implements Past {
  readonly source: string;
  readonly start: string;
  /** Where messages of the time that is asked for are gone: when the oldest was stored that is left. */
  readonly reachesBackTo: string | null;
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #source: NatsSource;
  readonly #context: RunContext;
  readonly #read: ReturnType<typeof natsReader>;
  /** Of a message. */
  #meanBytes: number;

  private constructor(connection: NatsConnection, manager: JetStreamManager, begun: Begun, source: NatsSource, context: RunContext) {
    this.source = `nats ${source.stream}`;
    this.start = begun.start;
    this.reachesBackTo = begun.reachesBackTo;
    this.#meanBytes = begun.meanBytes;
    this.#connection = connection;
    this.#manager = manager;
    this.#source = source;
    this.#context = context;
    this.#read = natsReader(source, context.job.mapping.timezone);
  }

  static async begin(connection: NatsConnection, source: NatsSource, context: RunContext): Promise<NatsPast> {
    const { manager, stream } = await openStream(connection, source);
    if (stream.config.retention !== RetentionPolicy.Limits)
      throw new ConnectError(
        `the stream ${source.stream} keeps no message that was acknowledged (retention ${stream.config.retention}): it has no past to load again`,
      );
    const since = handedOverSince(context);
    const info = await addConsumer(manager, source, { deliver_policy: DeliverPolicy.StartTime, opt_start_time: formatInstant(since) });
    await manager.consumers.delete(source.stream, info.name).catch(() => undefined);
    const begin = info.delivered.stream_seq + 1;
    const { first_seq: first, first_ts: firstTime, messages, bytes } = stream.state;
    const isCut = first > 1 && begin <= first;
    const oldest = messages === 0 ? context.now() : (parseRfc3339(firstTime) ?? since);
    const reachesBackTo = isCut && oldest > since ? formatInstant(oldest) : null;
    if (reachesBackTo !== null)
      context.log.warn(
        { job: context.job.id, stream: source.stream, wantedFrom: formatInstant(since), reachesBackTo },
        'the NATS stream no longer has all that was handed over since the beginning of the window: what is gone is not loaded',
      );
    return new NatsPast(connection, manager, { start: String(begin), reachesBackTo, meanBytes: bytes / Math.max(1, messages) }, source, context);
  }

  async end(): Promise<string> {
    const { state } = await this.#manager.streams.info(this.#source.stream);
    return String(state.last_seq + 1);
  }

  async *read(from: string, to: string): AsyncGenerator<PastMessages> {
    const { log, job, signal } = this.#context;
    let failures = 0;
    const end = Number(to);
    for (let next = Number(from); next < end; ) {
      const fetched = await this.#fetch(next).catch((error: unknown) => {
        failures += 1;
        if (signal.aborted || failures > MOST_FAILURES) throw error;
        log.warn({ err: error, job: job.id }, 'messages cannot be fetched from NATS at present; asking again');
        return sleep(FAILURE_PAUSE_MS, null, { signal });
      });
      if (fetched === null) continue;
      failures = 0;
      const messages = fetched.messages.filter(({ seq }) => seq < end);
      for (const chunk of chunksOf(messages)) {
        yield { at: String(next), messages: chunk.map((message) => ({ place: String(message.seq), read: () => this.#read(message, 0) })) };
        next = (chunk.at(-1)?.seq ?? next) + 1;
      }
      if (fetched.isLast) return;
      next = (fetched.messages.at(-1)?.seq ?? next) + 1;
    }
  }

  /** The next messages, and whether none come after them. What comes out of turn, after the connection was lost for a moment, is asked for again. */
  async #fetch(next: number): Promise<{ readonly messages: readonly JsMsg[]; readonly isLast: boolean }> {
    const info = await addConsumer(this.#manager, this.#source, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: next });
    try {
      const messages: JsMsg[] = [];
      const wanted = Math.min(FETCHED, Math.max(1, Math.floor(FETCHED_BYTES / this.#meanBytes)), info.num_pending);
      if (wanted === 0) return { messages, isLast: true };
      for await (const message of await jetstream(this.#connection).consumers.getConsumerFromInfo(info).fetch({ max_messages: wanted, expires: EXPIRES_MS })) {
        if (message.info.deliverySequence !== messages.length + 1) break;
        messages.push(message);
      }
      if (messages.length === 0) throw new ConnectError(`the stream ${this.#source.stream} has messages from ${next} on, but hands none of them over`);
      this.#meanBytes = bytesOf(messages) / messages.length;
      return { messages, isLast: messages.length === info.num_pending };
    } finally {
      await this.#manager.consumers.delete(this.#source.stream, info.name).catch(() => undefined);
    }
  }
}

interface Begun extends Pick<NatsPast, 'start' | 'reachesBackTo'> {
  readonly meanBytes: number;
}

function bytesOf(messages: readonly JsMsg[]): number {
  return messages.reduce((bytes, { data }) => bytes + data.length, 0);
}

/** Messages of CHUNK_BYTES and the one that goes beyond. */
function* chunksOf(messages: readonly JsMsg[]): Generator<readonly JsMsg[]> {
  let chunk: JsMsg[] = [];
  let bytes = 0;
  for (const message of messages) {
    chunk.push(message);
    bytes += message.data.length;
    if (bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** A consumer that nobody else knows. */
async function addConsumer(manager: JetStreamManager, { stream, subjects }: NatsSource, from: Partial<ConsumerConfig>): Promise<ConsumerInfo> {
  try {
    return await manager.consumers.add(stream, {
      ...from,
      ...filterOf(subjects),
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
    });
  } catch (cause) {
    throw new ConnectError(`no consumer can be made on the stream ${stream}: ${reasonOf(cause)}`, { cause });
  }
}
