import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach } from 'vitest';
import { endServerOver, makeTestDirectory } from './directory.ts';
import { type GatewayOptions, GatewayProcess } from './gateway-process.ts';

/** Data directories and gateways for the tests of one file; what a test leaves running or lying about is ended and removed after it. */
export interface EmbeddedDirectories {
  /** A directory to put a data directory in. */
  make(): Promise<string>;
  start(dataDirectory: string, options?: GatewayOptions): GatewayProcess;
}

/** Call it once at the top of a test file. */
export function useEmbeddedDirectories(): EmbeddedDirectories {
  const directories: string[] = [];
  const gateways: { gateway: GatewayProcess; dataDirectory: string }[] = [];
  afterEach(async () => {
    for (const { gateway } of gateways) await gateway.end('SIGKILL');
    for (const { dataDirectory } of gateways.splice(0)) await endServerOver(join(dataDirectory, 'postgresql'));
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  });
  return {
    async make() {
      const directory = await makeTestDirectory();
      directories.push(directory);
      return directory;
    },
    start(dataDirectory, options) {
      const gateway = new GatewayProcess(dataDirectory, options);
      gateways.push({ gateway, dataDirectory });
      return gateway;
    },
  };
}

/** The process id of the server over the data directory. */
export async function serverProcess(dataDirectory: string): Promise<number> {
  return Number((await readFile(join(dataDirectory, 'postgresql', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Runs one statement in a session of its own and answers its rows. */
export async function query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
