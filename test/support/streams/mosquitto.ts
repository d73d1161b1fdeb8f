import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeTestDirectory } from '../directory.ts';
import type { ServerCertificate } from './certificate.ts';

/** A broker of this test alone, which hands over and keeps as much as is asked of it. */
export interface OwnBroker {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts Mosquitto on a free port, with `tls` behind a certificate; null where it is not installed. */
export async function startMosquitto(tls: ServerCertificate | null = null): Promise<OwnBroker | null> {
  const folder = await makeTestDirectory();
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  await writeFile(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\n${tls === null ? '' : `certfile ${tls.cert}\nkeyfile ${tls.key}\n`}`,
  );
  const broker = spawn('mosquitto', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const close = async () => {
    const ended = broker.exitCode === null ? once(broker, 'close') : null;
    broker.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if (await isRunning(broker)) return { url: `${tls === null ? 'mqtt' : 'mqtts'}://127.0.0.1:${port}`, close };
  await rm(folder, { recursive: true, force: true });
  return null;
}

function isRunning(broker: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    broker.once('error', () => resolve(false));
    broker.once('exit', () => resolve(false));
    broker.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('running')) resolve(true);
    });
  });
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
