import { type ConsumerConfig, type JetStreamManager, type JsMsg, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { RecordChunk } from '../read/reader.ts';
import { readTls } from './broker-tls.ts';
import { ConnectError } from './connect-error.ts';
import type { NatsSource } from './nats-schema.ts';
import { payloadReader } from './payload.ts';
import { subjectTemplate } from './subject-template.ts';
import { fillTemplate } from './topic-template.ts';

/** A connection to the servers of a source, which comes back by itself. */
export async function openNats(source: NatsSource): Promise<NatsConnection> {
  const tls = await readTls(source.tls);
  try {
    return await connect({
      servers: [...source.servers],
      name: 'thermograph',
      maxReconnectAttempts: -1,
      ...(source.username === null ? {} : { user: source.username }),
      ...(source.password === null ? {} : { pass: source.password }),
      ...(source.token === null ? {} : { token: source.token }),
      ...(tls === null ? {} : { tls }),
    });
  } catch (cause) {
    throw new ConnectError(`the NATS server cannot be used: ${reasonOf(cause)}; is it there, and are username, password, token and tls as it wants them?`, {
      cause,
    });
  }
}

/** The stream of a source. Throws ConnectError saying what to do where it is not there. */
export async function openStream(connection: NatsConnection, source: NatsSource): Promise<{ readonly manager: JetStreamManager; readonly stream: StreamInfo }> {
  const manager = await jetstreamManager(connection).catch((cause: unknown) => {
    throw new ConnectError(`the NATS server has no JetStream for us: ${reasonOf(cause)}; begin it with -js, or give the account a share of it`, { cause });
  });
  const stream = await manager.streams.info(source.stream).catch((cause: unknown) => {
    throw new ConnectError(`the stream ${source.stream} cannot be used: ${reasonOf(cause)}; make it first, such as with: nats stream add ${source.stream}`, {
      cause,
    });
  });
  return { manager, stream };
}

/** What of a stream a consumer is given. */
export function filterOf(subjects: NatsSource['subjects']): Pick<ConsumerConfig, 'filter_subject' | 'filter_subjects'> {
  const [only, ...others] = subjects ?? [];
  if (subjects === null || only === undefined) return {};
  return others.length > 0 ? { filter_subjects: subjects } : { filter_subject: only };
}

/** How the messages of a source are taken apart; indexes begin at `index`. */
export function natsReader({ template, payload }: NatsSource, timezone: string | null): (message: JsMsg, index: number) => RecordChunk {
  const subject = template === null ? null : subjectTemplate(template);
  const read = payloadReader(payload, timezone);
  return (message, index) => {
    const levels = subject?.match(message.subject) ?? new Map<string, string>();
    const time = Number(message.timestampNanos / 1000n);
    return read(message.data, { sensor: fillTemplate('{sensor}', levels), metric: fillTemplate('{metric}', levels), time }, index);
  };
}

/** What a server says of an error, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
