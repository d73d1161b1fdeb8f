import { Command } from 'commander';
import { selectMigrationState } from '../../db/migrate.ts';
import { createLogger } from '../logger.ts';
import { openGatewayStore } from '../open-gateway-store.ts';
import { type Environment, readStorageSettings } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import { addOptions, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const HELP = `
Every other command that loads or serves does this too before it starts. By itself it is for
deployments that change the schema first.

Examples:
  $ thermograph migrate
  $ thermograph migrate --database-url postgres://thermograph@db:5432/thermograph`;

/** `thermograph migrate`: brings the schema of the store up to date. */
export function createMigrateCommand(environment: Environment): Command {
  const command = addOptions(new Command('migrate').description('create the store, or bring its schema up to date'), STORAGE_OPTIONS).addHelpText(
    'after',
    HELP,
  );
  return command.action((given: Record<string, unknown>) => migrate(withOptions(environment, given, STORAGE_OPTIONS)));
}

async function migrate(environment: Environment): Promise<void> {
  const settings = readStorageSettings(environment);
  const log = createLogger({ level: settings.LOG_LEVEL });
  await withShutdown({ log, environment }, async (shutdown) => {
    const store = await openGatewayStore(settings, log, shutdown);
    const { installQueue } = await import('../../etl/jobs/queue.ts');
    await installQueue(store, log);
    const { engine, applied } = await selectMigrationState(store.writePool);
    log.info({ engine, migrations: applied }, 'schema is current');
  });
}
