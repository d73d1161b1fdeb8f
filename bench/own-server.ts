import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServerOptions, startEmbeddedServer } from '../db/embedded/embedded-server.ts';

/** An embedded server that is made for one run of a bench. */
export interface OwnServer {
  /** Of its database `postgres`. */
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const LOG = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/** Starts a server in a new folder. */
export async function startOwnServer(more: Partial<EmbeddedServerOptions> = {}): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'thermograph-bench-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    // As root the server runs as another user, who must get in.
    await chmod(directory, 0o755);
    const server = await startEmbeddedServer({ dataDirectory: join(directory, 'data'), log: LOG, onLost: console.error, ...more });
    const stop = async () => {
      try {
        await server.stop();
      } finally {
        await remove();
      }
    };
    return { url: server.url('postgres'), stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
