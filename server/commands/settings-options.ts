import { type Command, Option } from 'commander';
import type { Environment } from '../settings.ts';

/** An option and the environment variable of the same meaning; the option wins. */
export interface SettingOption {
  readonly flags: string;
  readonly variable: string;
  readonly description: string;
}

/** Options of the commands that concern the gateway's port. */
export const LISTENING_OPTIONS: readonly SettingOption[] = [
  { flags: '--port <number>', variable: 'PORT', description: 'where to listen; 0 picks a free port (default: 4000)' },
  {
    flags: '--host <address>',
    variable: 'HOST',
    description: 'a loopback address, because there is no authentication yet; any address with --allow-anonymous (default: 127.0.0.1)',
  },
  {
    flags: '--allow-anonymous',
    variable: 'ALLOW_ANONYMOUS',
    description: 'listen where other machines reach the gateway: everyone who does may read and write, so let only those reach it who may',
  },
  { flags: '--timezone <name>', variable: 'TIMEZONE', description: 'the zone of questions that name none (default: UTC)' },
];

/** Of the commands that read by source definitions. */
export const SOURCES_OPTION: SettingOption = {
  flags: '--sources <directory>',
  variable: 'THERMOGRAPH_SOURCES',
  description: 'the folder with source definitions of your own: x.yaml in it is the source x (default: sources)',
};

/** Of the commands that run jobs. */
export const JOBS_OPTION: SettingOption = {
  flags: '--jobs <directory>',
  variable: 'THERMOGRAPH_JOBS',
  description: 'the folder with jobs: x.yaml in it is the job x (default: jobs)',
};

/** Options of every command that opens the store. */
export const STORAGE_OPTIONS: readonly SettingOption[] = [
  {
    flags: '--database-url <url>',
    variable: 'DATABASE_URL',
    description: 'a PostgreSQL from 15 on, with or without TimescaleDB; without it the embedded PostgreSQL',
  },
  { flags: '--data <directory>', variable: 'THERMOGRAPH_DATA', description: 'the files of the embedded PostgreSQL (default: .thermograph)' },
  {
    flags: '--engine <name>',
    variable: 'THERMOGRAPH_ENGINE',
    description: 'of a new store: postgres or timescale (default: timescale where the database has it)',
  },
  { flags: '--log-level <level>', variable: 'LOG_LEVEL', description: 'fatal, error, warn, info, debug, trace or silent (default: info)' },
];

/** Declares the options, naming their variables in the help. */
export function addOptions(command: Command, options: readonly SettingOption[]): Command {
  for (const { flags, variable, description } of options) command.addOption(new Option(flags, `${description} (env: ${variable})`));
  return command;
}

/** How the options that were given are called, by their variables. */
export function flagsOf(given: Readonly<Record<string, unknown>>, options: readonly SettingOption[]): ReadonlyMap<string, string> {
  return new Map(
    options.flatMap(({ flags, variable }) => {
      const option = new Option(flags);
      return given[option.attributeName()] === undefined || option.long === undefined ? [] : [[variable, option.long]];
    }),
  );
}

/** The environment with the options that were given in place of their variables. */
export function withOptions(environment: Environment, given: Readonly<Record<string, unknown>>, options: readonly SettingOption[]): Environment {
  const overrides: Record<string, string> = {};
  for (const { flags, variable } of options) {
    const value = given[new Option(flags).attributeName()];
    if (value !== undefined) overrides[variable] = typeof value === 'string' ? value : 'true';
  }
  return { ...environment, ...overrides };
}
