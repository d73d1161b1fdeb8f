import type { MqttClient } from 'mqtt';
import type { BrokerUrl } from './broker-url.ts';
import { messagesOf } from './messages.ts';
import { publishInOrder } from './publish-in-order.ts';
import type { SeriesTable } from './reading-batch.ts';
import { onlySent, type Sink, type Waiting } from './sink.ts';
import { sinkAway } from './sink-error.ts';

const RECONNECT_MS = 500;

/** An MQTT broker, with QoS 1: each message is acknowledged by the broker. While it is away the client keeps what is under way, in order, and sends it again. */
export async function openMqttSink({ protocol, servers, username, password, topic }: BrokerUrl, table: SeriesTable, waiting: Waiting): Promise<Sink> {
  const { connect } = await import('mqtt');
  const name = `${protocol}://${servers[0]}`;
  const client = connect(name, {
    reconnectPeriod: RECONNECT_MS,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  });
  const presence = new Presence(client, name, waiting);
  await presence.during(connected(client)).catch(async (error: unknown) => {
    presence.end();
    await client.endAsync(true);
    throw error;
  });
  const publishing = { name, waiting, onFailure: () => undefined };
  return {
    async send(batch) {
      const publish = ({ topic: to, value }: { readonly topic: string; readonly value: string }) => client.publishAsync(to, value, { qos: 1 });
      await presence.during(publishInOrder(messagesOf(batch, table, topic), publish, publishing));
      return onlySent(batch.length);
    },
    async close() {
      presence.end();
      await client.endAsync(!client.connected);
    },
  };
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('connect', () => resolve()));
}

function abortOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}

/** Whether the broker is there; ends what waits for it when patience or the simulation is at its end. */
class Presence {
  readonly #waiting: Waiting;
  readonly #name: string;
  #awaySince: number | null = performance.now();
  #reason = 'no answer';
  #isOver = false;

  constructor(client: MqttClient, name: string, waiting: Waiting) {
    this.#waiting = waiting;
    this.#name = name;
    client.on('connect', () => {
      this.#awaySince = null;
    });
    client.on('error', (error) => {
      this.#reason = error.message;
    });
    client.on('close', () => {
      if (this.#isOver) return;
      this.#awaySince ??= performance.now();
      waiting.onWait(this.#reason, RECONNECT_MS);
    });
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.#isOver = true;
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const { signal, patienceMs } = this.#waiting;
    let stop = (): void => undefined;
    const given = new Promise<never>((_resolve, reject) => {
      const look = setInterval(() => {
        if (this.#awaySince !== null && performance.now() - this.#awaySince > patienceMs)
          reject(sinkAway(this.#name, `${this.#reason}, for ${Math.round(patienceMs / 1000)} s`));
        // What is under way may still arrive; where the broker is away it cannot.
        if (signal.aborted && this.#awaySince !== null) reject(abortOf(signal));
      }, 100);
      stop = () => clearInterval(look);
    });
    work.catch(() => undefined);
    return Promise.race([work, given]).finally(stop);
  }
}
