import type { Logger } from 'pino';
import { createDatabaseIfMissing, startEmbeddedServer } from '../db/embedded/embedded-server.ts';
import { findOwnedServer } from '../db/embedded/find-server.ts';
import { StoreError } from '../db/errors.ts';
import { openStore } from '../db/open-store.ts';
import type { Store } from '../db/store.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';
import type { StorageSettings } from './settings.ts';
import type { Shutdown } from './shutdown.ts';

/** The database of the embedded server that holds the store. */
export const STORE_DATABASE = 'thermograph';

/** Opens the store that the settings name, starting the embedded server where they name no database. Both are closed at the end of the command. */
export async function openGatewayStore(settings: StorageSettings, log: Logger, shutdown: Shutdown, statementTimeoutMs?: number): Promise<Store> {
  const url = settings.DATABASE_URL ?? (await startDatabase(settings.THERMOGRAPH_DATA, log, shutdown));
  shutdown.signal.throwIfAborted();
  const store = await openStore({
    url,
    timezone: settings.TIMEZONE,
    lateAfter: exactMicros(parseDuration(settings.LATE_AFTER, 'LATE_AFTER')),
    log,
    ...(settings.THERMOGRAPH_ENGINE === undefined ? {} : { engine: settings.THERMOGRAPH_ENGINE }),
    ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
  });
  shutdown.defer(() => store.close());
  shutdown.signal.throwIfAborted();
  return store;
}

/** The same, but where a gateway holds the embedded store already, its server is shared, as one that DATABASE_URL names would be: for work that is safe beside a gateway. */
export async function openStoreBesideGateway(settings: StorageSettings, log: Logger, shutdown: Shutdown): Promise<Store> {
  try {
    return await openGatewayStore(settings, log, shutdown);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'DATA_DIRECTORY_IN_USE')) throw error;
    const server = await findOwnedServer(settings.THERMOGRAPH_DATA);
    // Held by what is no gateway's, or no longer held: what was said of it first says what to do.
    if (server === null) throw error;
    log.info(
      { dataDirectory: settings.THERMOGRAPH_DATA, process: server.owner },
      'a gateway, or another command, has this data directory: its database server is used while it runs',
    );
    return openGatewayStore({ ...settings, DATABASE_URL: server.url(STORE_DATABASE) }, log, shutdown);
  }
}

async function startDatabase(dataDirectory: string, log: Logger, shutdown: Shutdown): Promise<string> {
  const server = await startEmbeddedServer({ dataDirectory, log, onLost: shutdown.fail });
  shutdown.defer(() => server.stop());
  await createDatabaseIfMissing(server.url('postgres'), STORE_DATABASE);
  return server.url(STORE_DATABASE);
}
