import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { makeTestDirectory } from './support/directory.ts';
import { makeCertificate, type ServerCertificate } from './support/streams/certificate.ts';
import { readingsOf, startConsumer, type TestConsumer } from './support/streams/consumer.ts';
import { freePort, startMosquitto } from './support/streams/mosquitto.ts';

const db = useDatabase();
const running: TestConsumer[] = [];
const ends: (() => unknown)[] = [];
let folder = '';
let certificate: ServerCertificate | null = null;

beforeAll(async () => {
  folder = await makeTestDirectory();
  certificate = await makeCertificate(folder);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const consume = async (job: string, source: string) => {
  const consumer = await startConsumer(db, job, `source: ${source}\nmapping: { register: true }\nlimits: { retryDelay: 0s }`);
  running.push(consumer);
  return consumer;
};
const PAYLOAD = JSON.stringify({ time: '2024-01-01T00:00:00Z', value: 21 });

it('takes messages of MQTT over TLS, and refuses a broker whose certificate nobody vouches for', async ({ skip }) => {
  const broker = certificate === null ? null : await startMosquitto(certificate);
  if (certificate === null || broker === null) return skip('openssl and mosquitto are not installed');
  ends.push(broker.close);
  const source = (more: string) => `{ kind: mqtt, url: "${broker.url}", topics: "tls/{sensor}/{metric}" ${more} }`;

  const refused = await consume('mqtt-unknown', source(''));
  await expect.poll(() => refused.said.join()).toContain('self-signed certificate');
  await consume('mqtt-tls', source(`, tls: { ca: "${certificate.cert}" }`));

  const publisher = await connectAsync(broker.url, { protocolVersion: 5, ca: await readFile(certificate.cert, 'utf8') });
  ends.push(() => publisher.endAsync());
  await expect
    .poll(async () => {
      await publisher.publishAsync('tls/tls-mqtt/temperature', PAYLOAD, { qos: 1 });
      return readingsOf(db, 'tls-mqtt');
    })
    .toEqual(['tls-mqtt temperature 00:00:00 21']);
});

it('takes messages of JetStream over TLS, and refuses a server whose certificate nobody vouches for', async ({ skip }) => {
  const port = await freePort();
  const server = certificate === null ? null : await startNats(certificate, port);
  if (certificate === null || server === null) return skip('openssl and nats-server are not installed');
  ends.push(async () => {
    server.kill();
    await once(server, 'close');
  });
  const servers = `nats://localhost:${port}`;
  const connection = await connect({ servers, tls: { ca: await readFile(certificate.cert, 'utf8') } });
  ends.push(() => connection.close());
  await (await jetstreamManager(connection)).streams.add({ name: 'TLS', subjects: ['tls.>'] });
  await jetstream(connection).publish('tls.tls-nats.temperature', PAYLOAD);
  const source = (more: string) => `{ kind: nats, servers: "${servers}", stream: TLS, template: "tls.{sensor}.{metric}" ${more} }`;

  const refused = await consume('nats-unknown', source(''));
  await expect.poll(() => refused.said.join()).toContain('self-signed certificate');
  await consume('nats-tls', source(`, tls: { ca: "${certificate.cert}" }`));

  await expect.poll(() => readingsOf(db, 'tls-nats')).toEqual(['tls-nats temperature 00:00:00 21']);
});

/** null where it is not installed. */
async function startNats({ cert, key }: ServerCertificate, port: number): Promise<ChildProcess | null> {
  const config = join(folder, 'nats.conf');
  await writeFile(config, `listen: "127.0.0.1:${port}"\ntls { cert_file: "${cert}", key_file: "${key}" }\njetstream { store_dir: "${folder}/nats" }\n`);
  const server = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Server is ready')) resolve(server);
    });
  });
}
