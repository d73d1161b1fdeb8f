import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { ConnectError } from './connect-error.ts';

/** A message as the broker hands it over. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Of which connection it is. */
  readonly connection: symbol;
  /** Whether the broker hands it over again where it is not acknowledged: QoS 1. */
  readonly isKept: boolean;
  /** Tells the broker that it may forget it; of an earlier connection: nothing. */
  acknowledge(): void;
}

/** What is subscribed to. */
export interface MqttSubscription {
  readonly filter: string;
  /** Whether the newest message of a topic, which the broker keeps, is wanted. */
  readonly wantsRetained: boolean;
}

/** What a feed is told, and whom it tells. */
export interface FeedOptions {
  readonly url: string;
  readonly client: IClientOptions;
  /** Takes a message; the next one waits for it. */
  readonly onMessage: (message: MqttMessage) => Promise<void>;
  /** The connection broke; it comes back by itself. */
  readonly onLost: (connection: symbol) => void;
}

const CONNECTS_WITHIN_MS = 15_000;
const NOT_GRANTED = 0x80;

/**
 * A connection to a broker whose messages of QoS 1 are acknowledged when their reader says so, in the order in which they came.
 * MQTT.js acknowledges a message when its handler calls back, and hands over the next one only then: so a handler that waits for a commit could never load two messages together.
 * Here the acknowledgements that it sends are held back; all else stays as it is.
 */
export class MqttFeed {
  readonly #client: MqttClient;
  readonly #onLost: FeedOptions['onLost'];
  readonly #send: SendPacket;
  #connection = Symbol('connection');
  #isConnected = false;
  #hadSession = false;

  private constructor(options: FeedOptions) {
    this.#onLost = options.onLost;
    this.#client = connect(options.url, { ...options.client, protocolVersion: 5, manualConnect: true });
    this.#send = sendPacketOf(this.#client);
    Object.defineProperty(this.#client, '_sendPacket', { value: this.#holdAcknowledgements });
    this.#client.on('error', () => undefined);
    this.#client.on('connect', ({ sessionPresent }) => {
      this.#connection = Symbol('connection');
      this.#hadSession = sessionPresent;
      this.#isConnected = true;
    });
    this.#client.on('close', () => {
      if (!this.#isConnected) return;
      this.#isConnected = false;
      this.#onLost(this.#connection);
    });
    this.#client.handleMessage = (packet, done) => {
      if (packet.cmd !== 'publish') return done();
      const { topic, payload, messageId } = packet;
      const connection = this.#connection;
      const acknowledge = () => this.#acknowledge(connection, messageId);
      options.onMessage({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, connection, isKept: packet.qos > 0, acknowledge }).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    };
  }

  /** Connects; throws ConnectError where the broker does not answer or does not want us. */
  static async open(options: FeedOptions): Promise<MqttFeed> {
    const feed = new MqttFeed(options);
    const client = feed.#client;
    try {
      const connected = connectionOf(client);
      client.connect();
      await connected;
      return feed;
    } catch (cause) {
      client.end(true);
      throw new ConnectError(`the MQTT broker cannot be used: ${reasonOf(cause)}; is it there, and are username, password and tls as it wants them?`, {
        cause,
      });
    }
  }

  /** Whether the broker had kept a session by our name. */
  get hadSession(): boolean {
    return this.#hadSession;
  }

  /** Subscribes with QoS 1. Throws ConnectError where the broker does not grant it. */
  async subscribe(subscriptions: readonly MqttSubscription[]): Promise<void> {
    for (const { filter, wantsRetained } of subscriptions) {
      const [granted] = await this.#client.subscribeAsync(filter, { qos: 1, rh: wantsRetained ? 0 : 2 }).catch((cause: unknown) => {
        throw new ConnectError(`the MQTT broker does not grant the subscription ${filter}: ${reasonOf(cause)}`, { cause });
      });
      if (granted !== undefined && granted.qos >= NOT_GRANTED)
        throw new ConnectError(`the MQTT broker does not grant the subscription ${filter}: its rules of access forbid it`);
    }
  }

  /** Ends subscriptions that an earlier job had. */
  async unsubscribe(filters: readonly string[]): Promise<void> {
    for (const filter of filters) await this.#client.unsubscribeAsync(filter).catch(() => undefined);
  }

  /** Ends the connection; `forgotten`: the broker is to forget the session too. */
  async close(session: 'kept' | 'forgotten'): Promise<void> {
    await this.#client.endAsync(false, session === 'kept' ? {} : { properties: { sessionExpiryInterval: 0 } }).catch(() => undefined);
  }

  #acknowledge(connection: symbol, messageId: number | undefined): void {
    if (messageId === undefined || messageId === 0 || connection !== this.#connection || !this.#isConnected) return;
    this.#send({ cmd: 'puback', messageId, reasonCode: 0 });
  }

  readonly #holdAcknowledgements: SendPacket = (packet, done, ...rest) => {
    if (packet.cmd === 'puback') done?.();
    else this.#send(packet, done, ...rest);
  };
}

/** The first connection, or why there is none. */
function connectionOf(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`it has not answered within ${CONNECTS_WITHIN_MS / 1000} s`)), CONNECTS_WITHIN_MS);
    client.once('connect', () => {
      clearTimeout(late);
      resolve();
    });
    client.once('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
  });
}

type SendPacket = (
  packet: { readonly cmd: string; readonly messageId?: number; readonly reasonCode?: number },
  done?: () => void,
  ...rest: readonly unknown[]
) => void;

function sendPacketOf(client: MqttClient): SendPacket {
  const send: unknown = Reflect.get(client, '_sendPacket');
  if (typeof send !== 'function') throw new TypeError('this version of MQTT.js sends its packets in another way');
  return (packet, done, ...rest) => {
    Reflect.apply(send, client, [packet, done, ...rest]);
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
