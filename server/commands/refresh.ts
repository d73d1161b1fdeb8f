import { Command } from 'commander';
import { refreshStaleDays } from '../../db/refresh.ts';
import { createLogger } from '../logger.ts';
import { openStoreBesideGateway } from '../open-gateway-store.ts';
import { type Environment, readStorageSettings } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import { addOptions, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const HELP = `
A running gateway does this by itself: it looks every REFRESH_INTERVAL_MS, and at the default of
5 s no day stays behind for longer than about a minute, unless there are very many. To see how
much is behind, ask the gateway { store { staleDays } }. Answers are exact before it and after;
after it they are fast.

This command does it now, beside a gateway too: over the embedded PostgreSQL, whose server a
gateway or another command has, it uses that server, and fails should it be stopped meanwhile.

Examples:
  $ thermograph refresh
  $ thermograph refresh --database-url postgres://thermograph@db:5432/thermograph`;

/** `thermograph refresh`: brings the rollups of all stale days up to date. */
export function createRefreshCommand(environment: Environment): Command {
  const command = addOptions(new Command('refresh').description('bring the rollups of all stale days up to date'), STORAGE_OPTIONS).addHelpText('after', HELP);
  return command.action((given: Record<string, unknown>) => refresh(withOptions(environment, given, STORAGE_OPTIONS)));
}

async function refresh(environment: Environment): Promise<void> {
  const settings = readStorageSettings(environment);
  const log = createLogger({ level: settings.LOG_LEVEL });
  await withShutdown({ log, environment }, async (shutdown) => {
    const store = await openStoreBesideGateway(settings, log, shutdown);
    const startedAt = performance.now();
    const done = await refreshStaleDays(store, { isStopping: () => shutdown.signal.aborted });
    shutdown.signal.throwIfAborted();
    log.info({ ...done, durationMs: Math.round(performance.now() - startedAt) }, 'rollups refreshed');
  });
}
