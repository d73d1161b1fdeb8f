import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { InvalidArgumentError } from '../db/errors.ts';
import { CommandFailure } from './command-failure.ts';
import { createIngestCommand } from './commands/ingest.ts';
import { createMigrateCommand } from './commands/migrate.ts';
import { createRefreshCommand } from './commands/refresh.ts';
import { createServeCommand } from './commands/serve.ts';
import { describeFailure } from './describe-failure.ts';
import { type Environment, UsageError } from './settings.ts';

const HELP = `
Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  $ thermograph serve
  $ thermograph ingest readings.csv.gz
  $ thermograph ingest --help`;

/** Runs one command and answers its exit code: 0 done, 1 failed, 2 wrong usage. `arguments_` as a shell gives them, without the program. */
export async function runCommandLine(arguments_: readonly string[], environment: Environment): Promise<0 | 1 | 2> {
  const program = new Command('thermograph')
    .description('A GraphQL gateway over a time-series store for the sensors of a factory.')
    .version(readVersion())
    .addHelpText('after', HELP);
  for (const create of [createServeCommand, createIngestCommand, createMigrateCommand, createRefreshCommand]) program.addCommand(create(environment));
  // Set on each, because a command inherits it only where it is made by its parent.
  for (const command of [program, ...program.commands])
    command.exitOverride().configureHelp({ helpWidth: 120 }).showHelpAfterError('(--help says what there is)');
  try {
    await program.parseAsync([...arguments_], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): 0 | 1 | 2 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof CommandFailure)) process.stderr.write(`thermograph: ${describeFailure(error)}\n`);
  return error instanceof UsageError || error instanceof InvalidArgumentError ? 2 : 1;
}

const packageShape = z.object({ version: z.string() });

/** package.json lies one folder up from the source, two from what is built. */
function readVersion(): string {
  const [file] = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url)).filter((url) => existsSync(url));
  if (file === undefined) throw new Error('package.json is missing from the installation');
  return packageShape.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
