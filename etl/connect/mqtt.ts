import { setTimeout as sleep } from 'node:timers/promises';
import { type HeldName, holdFreeName } from '../../db/etl/held-name.ts';
import { deletePositions, type PositionRow, savePosition, selectPositions } from '../../db/etl/position.ts';
import { now } from '../../db/time/instant.ts';
import { isReasonOf } from '../jobs/reason-of.ts';
import { readTls, type TlsOptions } from './broker-tls.ts';
import type { StreamConnector, StreamContext } from './connector.ts';
import { MqttFeed, type MqttMessage, type MqttSubscription } from './mqtt-feed.ts';
import type { MqttSource } from './mqtt-schema.ts';
import { payloadReader, type ReadPayload } from './payload.ts';
import { type Delivery, StreamLoader, untilBothEnd } from './stream.ts';
import { fillTemplate, parseTopicTemplate, type TopicTemplate } from './topic-template.ts';

/** Consumers of one group, at most. */
const MAX_SESSIONS = 64;
const NOBODY_LEFT_PAUSE_MS = 1_000;
/** How often sessions are looked for whose instance is gone. */
const SWEEP_MS = 15_000;
/** A session that has brought nothing for so long has nothing more. */
const DRAINED_AFTER_MS = 3_000;

/**
 * Messages of an MQTT 5 broker, of QoS 1 acknowledged after the commit of their batch.
 * The broker keeps a session for each consumer, with what it has handed over and nobody has acknowledged. So a consumer's name is one of few that instances hold by a lock:
 * whoever comes next takes the name of one that is gone, and its session; where nobody comes, another instance empties the session.
 */
export const mqttConnector: StreamConnector<MqttSource> = {
  async consume(source, context) {
    const tls = await readTls(source.tls);
    const names = namesOf(source, context);
    while (!context.signal.aborted) {
      // A database that is away has no names to hold, and takes no batches.
      const held = await holdFreeName(context.store.listenPool, names).catch(() => null);
      if (held === null) await sleep(NOBODY_LEFT_PAUSE_MS, undefined, { signal: context.signal }).catch(() => undefined);
      else await consumeAs(held, source, tls, context).finally(held.release);
    }
  },
};

interface MqttDelivery extends Delivery {
  readonly message: MqttMessage;
}

/** Until the signal aborts or the name is lost. */
async function consumeAs(held: HeldName, source: MqttSource, tls: TlsOptions | null, context: StreamContext): Promise<void> {
  const stop = new AbortController();
  const ended = AbortSignal.any([context.signal, held.lost]);
  const signal = AbortSignal.any([ended, stop.signal]);
  const bound: StreamContext = { ...context, signal };
  const loader = new StreamLoader<MqttDelivery>(bound, {
    source: `mqtt ${source.topics.map(({ topic }) => topic).join(' ')}`,
    maxWait: source.maxWait,
    committed: (deliveries) => {
      for (const { message } of deliveries) message.acknowledge();
    },
  });
  const read = messageReader(source, context.job.mapping.timezone);
  const take = async (message: MqttMessage) => {
    await loader.room();
    if (signal.aborted) return;
    const records = read(message, loader.nextIndex);
    loader.add({ records, place: message.topic, bytes: message.payload.length + 500, message });
  };
  const open = (name: string) => openFeed({ name, source, tls, take, loader, context: bound });
  const feed = await open(held.name);
  try {
    // The broker hands over what it has kept before it grants anything: it must be loaded meanwhile.
    const subscribeAndSweep = async () => {
      await subscribe(feed, held.name, source, bound);
      while (!signal.aborted) {
        await sleep(SWEEP_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
        if (source.group !== null) await emptySessions(bound, open, loader);
      }
    };
    await untilBothEnd(stop, [() => loader.run(), subscribeAndSweep]);
  } catch (error) {
    if (!ended.aborted) throw error;
    if (!isReasonOf(ended, error)) context.log.warn({ err: error, job: context.job.id }, 'the consumer of a stream failed while it ended');
  } finally {
    await feed.close('kept');
  }
}

interface Opening {
  readonly name: string;
  readonly source: MqttSource;
  readonly tls: TlsOptions | null;
  readonly take: (message: MqttMessage) => Promise<void>;
  readonly loader: StreamLoader<MqttDelivery>;
  readonly context: StreamContext;
}

function openFeed({ name, source, tls, take, loader, context }: Opening): Promise<MqttFeed> {
  return MqttFeed.open({
    url: source.url,
    client: {
      clientId: name,
      clean: false,
      reconnectPeriod: 1000,
      ...(source.username === null ? {} : { username: source.username }),
      ...(source.password === null ? {} : { password: source.password }),
      ...tls,
      properties: { sessionExpiryInterval: Math.min(0xffffffff, Math.ceil(source.sessionExpiry / 1_000_000)), receiveMaximum: source.inFlight },
    },
    onMessage: take,
    onLost: (connection) => {
      // It comes again; what is being loaded is loaded, and comes again too.
      loader.forget(({ message }) => message.connection === connection && message.isKept);
      context.log.warn({ job: context.job.id }, 'the connection to the MQTT broker broke; connecting again');
    },
  });
}

/** One name where one instance consumes; many where a group shares the work. */
function namesOf({ clientId, group }: MqttSource, { job, store }: StreamContext): readonly string[] {
  const name = clientId ?? `thermograph-${store.id.slice(0, 8)}-${job.id}`;
  return group === null ? [name] : Array.from({ length: MAX_SESSIONS }, (_, at) => `${name}-${at}`);
}

const SESSION = 'session ';

/** Ends what an earlier version of the job subscribed to, and remembers what this one does. */
async function subscribe(feed: MqttFeed, name: string, source: MqttSource, { store, job }: StreamContext): Promise<void> {
  const subscriptions = source.topics.map(({ topic, payload }): MqttSubscription => {
    const filter = templateOf(topic).filter;
    return {
      filter: source.group === null ? filter : `$share/${source.group}/${filter}`,
      // A message that was kept has no time of its own: taken for one of now it would be a reading that nobody made.
      wantsRetained: source.group === null && payload.format === 'json' && payload.time !== null,
    };
  });
  const wanted = subscriptions.map(({ filter }) => filter);
  const sessions = await selectPositions(store.writePool, job.id);
  const before = sessions.find((row) => row.source === `${SESSION}${name}`);
  if (feed.hadSession && before !== undefined) await feed.unsubscribe(filtersOf(before).filter((filter) => !wanted.includes(filter)));
  await savePosition(store.writePool, { jobId: job.id, source: `${SESSION}${name}`, position: { filters: wanted } });
  await feed.subscribe(subscriptions);
}

function filtersOf({ position }: PositionRow): readonly string[] {
  const filters = typeof position === 'object' && position !== null && 'filters' in position ? position.filters : [];
  return Array.isArray(filters) ? filters.map(String) : [];
}

/** Takes what is left in the sessions of consumers that are gone, and has the broker forget them. */
async function emptySessions(context: StreamContext, open: (name: string) => Promise<MqttFeed>, loader: StreamLoader<MqttDelivery>): Promise<void> {
  const { store, job, signal, log } = context;
  const sessions = (await selectPositions(store.writePool, job.id).catch(() => [])).filter((row) => row.source.startsWith(SESSION));
  for (const session of sessions) {
    const name = session.source.slice(SESSION.length);
    const held = signal.aborted ? null : await holdFreeName(store.listenPool, [name]).catch(() => null);
    if (held === null) continue;
    try {
      const feed = await open(name);
      await feed.unsubscribe(filtersOf(session));
      if (feed.hadSession) await untilQuiet(loader, signal);
      await feed.close(signal.aborted ? 'kept' : 'forgotten');
      if (!signal.aborted) await deletePositions(store.writePool, job.id, session.source);
      log.info({ job: job.id, session: name }, 'emptied the session of an MQTT consumer that is gone');
    } catch (error) {
      log.warn({ err: error, job: job.id, session: name }, 'the session of an MQTT consumer that is gone could not be emptied yet');
    } finally {
      held.release();
    }
  }
}

/** Until nothing has come for a while and all that had come is committed. */
async function untilQuiet(loader: StreamLoader<MqttDelivery>, signal: AbortSignal): Promise<void> {
  let seen = -1;
  for (let quietSince = Date.now(); !signal.aborted && Date.now() - quietSince < DRAINED_AFTER_MS; await sleep(100)) {
    if (loader.held.length === 0 && loader.nextIndex === seen) continue;
    quietSince = Date.now();
    seen = loader.nextIndex;
  }
}

interface BoundTopic {
  readonly template: TopicTemplate;
  readonly sensor: string;
  readonly metric: string;
  readonly read: ReadPayload;
}

/** The records of a message by the first template that its topic has the form of. */
function messageReader(source: MqttSource, timezone: string | null): (message: MqttMessage, index: number) => ReturnType<ReadPayload> {
  const topics = source.topics.map(
    ({ topic, sensor, metric, payload }): BoundTopic => ({
      template: templateOf(topic),
      sensor: sensor ?? '{sensor}',
      metric: metric ?? '{metric}',
      read: payloadReader(payload, timezone),
    }),
  );
  return ({ topic, payload }, index) => {
    for (const { template, sensor, metric, read } of topics) {
      const levels = template.match(topic);
      if (levels !== null) return read(payload, { sensor: fillTemplate(sensor, levels), metric: fillTemplate(metric, levels), time: now() }, index);
    }
    return [
      { index, code: 'MALFORMED_RECORD', message: `the topic ${topic} is of none of the forms that the job names`, raw: Buffer.from(payload).toString() },
    ];
  };
}

function templateOf(topic: string): TopicTemplate {
  const template = parseTopicTemplate(topic);
  if (typeof template === 'string') throw new TypeError(template);
  return template;
}
