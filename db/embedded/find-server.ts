import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, inspectBinaries } from './binaries.ts';
import { databaseUrl, findCluster } from './cluster.ts';
import { clusterDirectoryOf } from './data-directory.ts';
import { isServerOf, readLockFile } from './lock-file.ts';
import { connectTo, selectOwner } from './owner-session.ts';
import { findRunner } from './runner.ts';

/**
 * What runs over a data directory. `absent`: no cluster yet. `stopped`: it was ended cleanly. `killed`: it was not, and the next start recovers. `silent`: a server that lets nobody in, such as while it starts.
 * `running`: `owner` is the process id of the gateway that it belongs to, null where that has ended.
 */
export type FoundServer =
  | { readonly kind: 'absent' | 'stopped' }
  | { readonly kind: 'killed' | 'silent'; readonly process: number }
  | { readonly kind: 'running'; readonly process: number; readonly port: number; readonly owner: number | null; readonly url: (database: string) => string };

/** Looks for a server over the data directory, which must be its real path, and leaves it as it is. Throws StoreError where the files are another release's, and what the file system says where they may not be read. */
export async function findServer(dataDirectory: string, binaries: Binaries): Promise<FoundServer> {
  const cluster = await findCluster(join(dataDirectory, 'postgresql'), binaries);
  if (cluster === null) return { kind: 'absent' };
  const lockFile = await readLockFile(cluster.directory);
  if (lockFile === null) return { kind: 'stopped' };
  const { process, port } = lockFile;
  const connected = port === null ? null : await connectTo(cluster, port);
  if (port !== null && connected?.kind === 'connected') {
    const { client } = connected;
    try {
      const owner = await selectOwner(client);
      return { kind: 'running', process, port, owner, url: (database) => databaseUrl(cluster, port, database) };
    } finally {
      await client.end();
    }
  }
  return { kind: (await isServerOf(process, cluster.directory)) ? 'silent' : 'killed', process };
}

/** The server that another process owns and runs over the data directory, which must be there; null where none does. */
export async function findOwnedServer(dataDirectory: string): Promise<{ readonly owner: number; readonly url: (database: string) => string } | null> {
  const { binaries } = await inspectBinaries(await findRunner(clusterDirectoryOf(dataDirectory)));
  const found = await findServer(await realpath(dataDirectory), binaries);
  return found.kind === 'running' && found.owner !== null ? { owner: found.owner, url: found.url } : null;
}
