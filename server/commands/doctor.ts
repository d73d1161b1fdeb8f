import { Command } from 'commander';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import type { CheckResult } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { formatCheck, formatVerdict } from '../doctor/format-check.ts';
import { readPackageInfo } from '../package-info.ts';
import { type Environment, flag, readServingSettings, readSettings } from '../settings.ts';
import { addOptions, LISTENING_OPTIONS, type SettingOption, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [
  { flags: '--json', variable: 'DOCTOR_JSON', description: 'one JSON object, for machines, instead of lines' },
  ...LISTENING_OPTIONS,
  // It has no log.
  ...STORAGE_OPTIONS.filter(({ variable }) => variable !== 'LOG_LEVEL'),
];

const HELP = `
One line a check: ok, warn or fail, what was found, and what to do next. Give it the settings of
the gateway that it is to look at. It changes nothing, starts nothing and may run beside a
gateway. The exit code is 1 if a check failed; warnings leave it at 0.

Examples:
  $ thermograph doctor
  $ thermograph doctor --data /var/lib/thermograph
  $ DATABASE_URL=postgres://thermograph@db:5432/thermograph thermograph doctor
  $ thermograph doctor --json | jq '.checks[] | select(.status != "ok")'`;

/** `thermograph doctor`: looks at what a gateway with these settings needs, and says what to do. */
export function createDoctorCommand(environment: Environment): Command {
  const command = addOptions(new Command('doctor').description('look at everything that the gateway needs, and change nothing'), OPTIONS);
  return command.addHelpText('after', HELP).action((given: Record<string, unknown>) => consult(withOptions(environment, given, OPTIONS)));
}

async function consult(environment: Environment): Promise<void> {
  const { DOCTOR_JSON: asJson } = readSettings(z.object({ DOCTOR_JSON: flag }), environment);
  const settings = readServingSettings(environment);
  const info = readPackageInfo();
  const results: CheckResult[] = [];
  for await (const result of examine(settings, environment, info)) {
    results.push(result);
    if (!asJson) process.stdout.write(`${formatCheck(result, process.stdout)}\n`);
  }
  const failed = results.filter(({ status }) => status === 'fail').length;
  const report = asJson ? JSON.stringify({ version: info.version, ok: failed === 0, checks: results }, null, 2) : formatVerdict(results);
  process.stdout.write(`${report}\n`);
  if (failed > 0) throw new CommandFailure(`${failed} checks failed`);
}
