import type { Logger } from 'pino';
import { createDatabaseIfMissing, startEmbeddedServer } from '../db/embedded/embedded-server.ts';
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

async function startDatabase(dataDirectory: string, log: Logger, shutdown: Shutdown): Promise<string> {
  const server = await startEmbeddedServer({ dataDirectory, log, onLost: shutdown.fail });
  shutdown.defer(() => server.stop());
  await createDatabaseIfMissing(server.url('postgres'), STORE_DATABASE);
  return server.url(STORE_DATABASE);
}
