import { Command } from 'commander';
import { refreshStaleDays } from '../../db/refresh.ts';
import { createLogger } from '../logger.ts';
import { openGatewayStore } from '../open-gateway-store.ts';
import { type Environment, readStorageSettings } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import { addOptions, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const HELP = `
A running gateway does this by itself every few seconds. Answers are exact before it and after;
after it they are fast.

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
    const store = await openGatewayStore(settings, log, shutdown);
    const startedAt = performance.now();
    const done = await refreshStaleDays(store, { isStopping: () => shutdown.signal.aborted });
    shutdown.signal.throwIfAborted();
    log.info({ ...done, durationMs: Math.round(performance.now() - startedAt) }, 'rollups refreshed');
  });
}
