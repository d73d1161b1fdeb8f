import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { InvalidArgumentError } from '../db/errors.ts';
import { coloured } from './coloured.ts';
import { CommandFailure } from './command-failure.ts';
import { createBackfillCommand } from './commands/backfill.ts';
import { createDoctorCommand } from './commands/doctor.ts';
import { createIngestCommand } from './commands/ingest.ts';
import { createMigrateCommand } from './commands/migrate.ts';
import { createRefreshCommand } from './commands/refresh.ts';
import { createServeCommand } from './commands/serve.ts';
import { createSimulateCommand } from './commands/simulate.ts';
import { databaseHint } from './database-hint.ts';
import { describeFailure } from './describe-failure.ts';
import { readPackageInfo } from './package-info.ts';
import { type Environment, UsageError } from './settings.ts';

const HELP = `
Every option has an environment variable, which the help of the command names; the option wins.
Exit codes: 0 done, 1 failed, 2 wrong usage. NO_COLOR=1 switches colours off.

Examples:
  $ thermograph serve                       the gateway, at http://127.0.0.1:4000/graphql
  $ thermograph ingest readings.csv.gz      load a file, without a gateway beside it
  $ thermograph doctor                      what is wrong, and what to do about it
  $ thermograph ingest --help               all there is to say about one command`;

/** A line of help that is longer is hard to read, and many a terminal is no wider. */
const HELP_WIDTH = 100;

/** Runs one command and answers its exit code: 0 done, 1 failed, 2 wrong usage. `arguments_` as a shell gives them, without the program. */
export async function runCommandLine(arguments_: readonly string[], environment: Environment): Promise<0 | 1 | 2> {
  const program = new Command('thermograph')
    .description('A GraphQL gateway over a time-series store for the sensors of a factory.')
    .version(readPackageInfo().version, '-V, --version', 'print the version')
    .addHelpText('after', HELP);
  for (const create of [
    createServeCommand,
    createIngestCommand,
    createBackfillCommand,
    createMigrateCommand,
    createRefreshCommand,
    createSimulateCommand,
    createDoctorCommand,
  ])
    program.addCommand(create(environment));
  // Set on each, because a command inherits it only where it is made by its parent.
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureHelp({ helpWidth: Math.min(HELP_WIDTH, process.stdout.columns ?? HELP_WIDTH), styleTitle: (title) => styleText('bold', title) })
      .showHelpAfterError('(--help says what there is)');
  try {
    await program.parseAsync([...arguments_], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): 0 | 1 | 2 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof CommandFailure))
    process.stderr.write(`${coloured('red', 'thermograph:', process.stderr)} ${describeFailure(error)}\n${advice(error)}`);
  return error instanceof UsageError || error instanceof InvalidArgumentError ? 2 : 1;
}

/** What to do about a database that does not let us in. */
function advice(error: unknown): string {
  const hint = databaseHint(error);
  return hint === null ? '' : `  → ${hint}; thermograph doctor looks further\n`;
}
