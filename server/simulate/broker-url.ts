import { UsageError } from '../settings.ts';

/** An address of a broker, or of several of one cluster, with the template of a topic. */
export interface BrokerUrl {
  readonly protocol: string;
  /** `host:port`, or hosts alone. */
  readonly servers: readonly string[];
  readonly username: string | null;
  readonly password: string | null;
  /** Of {sensor} and {metric}; the fallback where there is none. */
  readonly topic: string;
  readonly parameters: URLSearchParams;
}

const FORM = /^([a-z]+):\/\/(?:([^:@/]+)(?::([^@/]*))?@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/** Reads `kafka://one:9092,two:9092/readings`. Throws UsageError. */
export function parseBrokerUrl(text: string, fallbackTopic: string): BrokerUrl {
  const match = FORM.exec(text);
  const [, protocol = '', username, password, servers = '', topic = '', parameters = ''] = match ?? [];
  if (match === null) throw new UsageError(`--sink is ${JSON.stringify(text)}, but the address of a broker is such as mqtt://127.0.0.1:1883/${fallbackTopic}`);
  const unknown = /\{(?!sensor\}|metric\})[^}]*\}?/.exec(topic)?.[0];
  if (unknown !== undefined) throw new UsageError(`--sink has ${unknown}, but a topic knows {sensor} and {metric}`);
  return {
    protocol,
    servers: servers.split(','),
    username: username === undefined ? null : decodeURIComponent(username),
    password: password === undefined ? null : decodeURIComponent(password),
    topic: topic === '' ? fallbackTopic : topic,
    parameters: new URLSearchParams(parameters),
  };
}
