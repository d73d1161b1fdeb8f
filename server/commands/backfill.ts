import { Command } from 'commander';
import { z } from 'zod';
import { StoreError } from '../../db/errors.ts';
import { exactMicros, parseDuration } from '../../db/time/duration.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, now } from '../../db/time/instant.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import { createBackfillReport } from '../backfill-report.ts';
import { backfillThrough } from '../backfill-through.ts';
import { CommandFailure } from '../command-failure.ts';
import { createLogger } from '../logger.ts';
import { openGatewayStore } from '../open-gateway-store.ts';
import { type Environment, flag, readSettings, readStorageSettings, UsageError } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import type { WantedBackfill } from '../wanted-backfill.ts';
import { addOptions, JOBS_OPTION, type SettingOption, SOURCES_OPTION, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [
  { flags: '--job <name>', variable: 'BACKFILL_JOB', description: 'the job whose source is read again: the name of its file without .yaml' },
  {
    flags: '--from <time>',
    variable: 'BACKFILL_FROM',
    description: 'the first instant of the window: RFC 3339, or a day of --timezone',
  },
  { flags: '--to <time>', variable: 'BACKFILL_TO', description: 'the first instant after the window, written as --from (default: now)' },
  { flags: '--timezone <name>', variable: 'TIMEZONE', description: 'the zone of days in --from and --to (default: UTC)' },
  { flags: '--dry-run', variable: 'BACKFILL_DRY_RUN', description: 'change nothing, and tell what would change' },
  { flags: '--chunk <duration>', variable: 'BACKFILL_CHUNK', description: 'what is loaded before progress is noted (default: as the job says, else 1d)' },
  { flags: '--resume <run>', variable: 'BACKFILL_RESUME', description: 'go on with a run that was interrupted, by its number' },
  { flags: '--url <url>', variable: 'BACKFILL_URL', description: 'a running gateway that is to do it, such as http://127.0.0.1:4000' },
  JOBS_OPTION,
  SOURCES_OPTION,
  ...STORAGE_OPTIONS,
];

const HELP = `
Reads what the source of a job has of a window again and loads it, part after part, beside what
the job loads by its schedule: positions stay as they are, and live loading goes on. What is
there already with the same value stays as it is. With --dry-run nothing is changed, and what
would be is told: readings by what becomes of them, alerts, and the series that change.

Where it is interrupted, by Ctrl-C too, the same command goes on where it was; a running gateway
over the same database does by itself. Beside a gateway over the embedded PostgreSQL the gateway
does it, by the jobs of its own folder: --url says where it is (default: PORT, else 4000, of this
machine). The exit code is 1 where the window is not loaded to its end.

Examples:
  $ thermograph backfill --job ovens --from 2026-01-01 --to 2026-02-01 --timezone Asia/Seoul
  $ thermograph backfill --job ovens --from 2026-01-01T00:00:00Z --dry-run
  $ thermograph backfill --job ovens --from 2025-01-01 --to 2026-01-01 --url http://gateway:4000
  $ thermograph backfill --resume 4711`;

const backfillSettings = z.object({
  BACKFILL_JOB: z.string().optional(),
  BACKFILL_FROM: z.string().optional(),
  BACKFILL_TO: z.string().optional(),
  BACKFILL_DRY_RUN: flag,
  BACKFILL_CHUNK: z.string().optional(),
  BACKFILL_RESUME: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the number of a run')
    .optional(),
  BACKFILL_URL: z
    .string()
    .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be a URL such as http://127.0.0.1:4000')
    .optional(),
  THERMOGRAPH_JOBS: z.string().default('jobs'),
  PORT: z.string().regex(/^\d+$/, 'must be a port').default('4000'),
});

/** `thermograph backfill`: loads a window of the past again. */
export function createBackfillCommand(environment: Environment): Command {
  const command = addOptions(new Command('backfill').description('load a window of the past again, or tell what that would change'), OPTIONS);
  return command.addHelpText('after', HELP).action((given: Record<string, unknown>) => backfill(withOptions(environment, given, OPTIONS)));
}

async function backfill(environment: Environment): Promise<void> {
  const settings = readSettings(backfillSettings, environment);
  const storage = readStorageSettings(environment);
  const wanted = wantedOf(settings, storage.TIMEZONE);
  const log = createLogger({ level: process.stdout.isTTY && environment.LOG_LEVEL === undefined ? 'warn' : storage.LOG_LEVEL });
  await withShutdown({ log, environment }, async (shutdown) => {
    const report = createBackfillReport(process.stdout, log);
    const through = (url: string) => backfillThrough(new URL(url), wanted, { report, signal: shutdown.signal });
    const { BACKFILL_URL: url } = settings;
    const ended = url === undefined ? await here().catch(atGateway) : await through(url);
    report.close();
    if (ended === null) throw new CommandFailure('interrupted');
    report.ended(ended);
    if (ended.state !== 'SUCCEEDED') throw new CommandFailure(`the run ${ended.id} did not come to its end: ${ended.error ?? ended.state}`);

    async function here() {
      const store = await openGatewayStore(storage, log, shutdown);
      // What runs jobs takes its time to load, and no other command needs it.
      const { backfillHere } = await import('../backfill-here.ts');
      return backfillHere(wanted, {
        store,
        log,
        report,
        environment,
        jobsFolder: settings.THERMOGRAPH_JOBS,
        sourcesFolder: storage.THERMOGRAPH_SOURCES,
        signal: shutdown.signal,
      });
    }

    function atGateway(error: unknown) {
      if (!(error instanceof StoreError && error.code === 'DATA_DIRECTORY_IN_USE')) throw error;
      if (settings.BACKFILL_CHUNK !== undefined) throw new UsageError(NO_CHUNK);
      log.info({ url: `http://127.0.0.1:${settings.PORT}` }, 'the store is in use: its gateway is asked');
      return through(`http://127.0.0.1:${settings.PORT}`);
    }
  });
}

const NO_CHUNK = '--chunk is not given to a gateway: write it into the job, under backfill';

function wantedOf(settings: z.infer<typeof backfillSettings>, timezone: string): WantedBackfill {
  const { BACKFILL_JOB: job, BACKFILL_FROM: from, BACKFILL_TO: to, BACKFILL_RESUME: resume, BACKFILL_CHUNK: chunk, BACKFILL_URL: url } = settings;
  if (resume !== undefined) {
    if (job !== undefined || from !== undefined || to !== undefined || settings.BACKFILL_DRY_RUN)
      throw new UsageError('--resume says all by itself: give it alone');
    return { kind: 'resume', run: Number(resume) };
  }
  if (job === undefined) throw new UsageError('--job is missing: the name of the job whose source is to be read again');
  if (from === undefined) throw new UsageError('--from is missing: the first instant of the window, such as 2026-01-01');
  if (chunk !== undefined && url !== undefined) throw new UsageError(NO_CHUNK);
  const window = { from: instantOf('--from', from, timezone), to: to === undefined ? now() : instantOf('--to', to, timezone) };
  if (window.from >= window.to)
    throw new UsageError(`--from is ${formatInstant(window.from)}, but it must be before --to, which is ${formatInstant(window.to)}`);
  return { kind: 'window', job, ...window, dryRun: settings.BACKFILL_DRY_RUN, chunk: chunk === undefined ? null : chunkOf(chunk) };
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

function instantOf(option: string, text: string, timezone: string): Instant {
  const instant = parseRfc3339(text);
  if (instant !== null) return instant;
  // The clock of the day's midnight, as if it were that of UTC.
  const midnight = DAY.test(text) ? parseRfc3339(`${text}T00:00:00Z`) : null;
  if (midnight === null)
    throw new UsageError(`${option} is ${JSON.stringify(text)}, but it must be RFC 3339, such as 2026-01-01T00:00:00+09:00, or a day, such as 2026-01-01`);
  return zoneClock(timezone).firstInstantOnOrAfter(midnight);
}

function chunkOf(text: string): number {
  const duration = parseDuration(text, '--chunk');
  const micros = exactMicros(duration);
  if (duration.months > 0 || micros <= 0 || micros > 3660 * MICROS_PER_DAY)
    throw new UsageError(`--chunk is ${JSON.stringify(text)}, but it must be a length of time without months and years, such as 6h or 1d`);
  return micros;
}
