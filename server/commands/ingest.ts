import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../../db/store.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import { findSourceDefinition } from '../../etl/find-source-definition.ts';
import type { InputFormat } from '../../etl/open-input.ts';
import { prepareSource } from '../../etl/prepare-source.ts';
import { UnreadableInputError } from '../../etl/read/reader.ts';
import type { IngestSummary } from '../../etl/record.ts';
import { isDefinitionPath, loadSourceDefinition, type SourceDefinition } from '../../etl/source-definition.ts';
import { CommandFailure } from '../command-failure.ts';
import { describeFailure } from '../describe-failure.ts';
import { addCounts, type IngestCounts, NO_COUNTS } from '../ingest-counts.ts';
import { createReport, type IngestReport } from '../ingest-report.ts';
import { loadFile } from '../load-file.ts';
import { loadSample } from '../load-sample.ts';
import { createLogger } from '../logger.ts';
import { openGatewayStore } from '../open-gateway-store.ts';
import { type Environment, flag, readSettings, readStorageSettings, type StorageSettings, UsageError } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import { besideGateway } from './beside-gateway.ts';
import { addOptions, type SettingOption, SOURCES_OPTION, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [
  { flags: '--sample', variable: 'INGEST_SAMPLE', description: 'load the bundled sample, with its places, metrics and thresholds' },
  { flags: '--register', variable: 'INGEST_REGISTER', description: 'register sensors that the store does not know, rather than refuse their readings' },
  {
    flags: '--source <name>',
    variable: 'INGEST_SOURCE',
    description: 'the source definition to read the files by: a bundled one, one of your own by its name in --sources, or the path of a YAML file',
  },
  SOURCES_OPTION,
  { flags: '--format <name>', variable: 'INGEST_FORMAT', description: 'csv, ndjson or json (default: by the name of the file, else by its first character)' },
  {
    flags: '--timezone <name>',
    variable: 'INGEST_TIMEZONE',
    description: 'the zone of times that are written without an offset; without it such times are refused',
  },
  { flags: '--batch-size <number>', variable: 'BATCH_SIZE', description: 'readings that are loaded together at most (default: 400000)' },
  ...STORAGE_OPTIONS,
];

const HELP = `
Files are CSV (long: time,sensor,metric,value; wide: time,sensor,<metric>,…), NDJSON or JSON of
the same names, gzipped or not; - is standard input. Any other CSV is read by a source
definition. Loading a file again changes nothing. What cannot be loaded is kept with the reason,
and the rest loads; records are counted from 1, the header apart. The exit code is 1 if an input
could not be read to its end. Beside a running gateway over the embedded PostgreSQL, send files
to it: POST /ingest.

Examples:
  $ thermograph ingest readings.csv.gz
  $ thermograph ingest --register --timezone Asia/Seoul line-3.csv
  $ thermograph ingest --source beijing-air PRSA_Data_*.csv
  $ mosquitto_sub -t readings | thermograph ingest --register --format ndjson -
  $ thermograph ingest --sample --data ./demo`;

const ingestSettings = z.object({
  INGEST_SAMPLE: flag,
  INGEST_REGISTER: flag,
  INGEST_SOURCE: z.string().optional(),
  INGEST_FORMAT: z.enum(['csv', 'ndjson', 'json'], 'must be csv, ndjson or json').optional(),
  INGEST_TIMEZONE: z.string().optional(),
});

type IngestSettings = z.infer<typeof ingestSettings>;

/** `thermograph ingest`: loads files through the same path as everything else. */
export function createIngestCommand(environment: Environment): Command {
  const command = addOptions(new Command('ingest').description('load files of readings').argument('[file...]', 'files to load, in this order'), OPTIONS);
  return command
    .addHelpText('after', HELP)
    .action((files: readonly string[], given: Record<string, unknown>) => ingestFiles(files, withOptions(environment, given, OPTIONS)));
}

async function ingestFiles(files: readonly string[], environment: Environment): Promise<void> {
  const settings = readSettings(ingestSettings, environment);
  const storage = readStorageSettings(environment);
  checkUsage(files, settings);
  await refuseAllMissing(files);
  const definition = await readDefinition(settings.INGEST_SOURCE, storage.THERMOGRAPH_SOURCES);
  const log = createLogger({ level: process.stdout.isTTY && environment.LOG_LEVEL === undefined ? 'warn' : storage.LOG_LEVEL });
  await withShutdown({ log, environment }, async (shutdown) => {
    const store = await openGatewayStore(storage, log, shutdown).catch((error: unknown) => {
      throw besideGateway(error, {
        files,
        source: settings.INGEST_SOURCE,
        isToldByName: definition?.readings.some(({ file }) => file !== undefined) ?? false,
        register: settings.INGEST_REGISTER,
        timezone: settings.INGEST_TIMEZONE,
      });
    });
    const format: InputFormat | undefined = definition === undefined ? formatOf(settings) : { kind: 'source', definition };
    const load = createLoad(store, { settings, storage, format, log, signal: shutdown.signal });
    if (settings.INGEST_SAMPLE) await load.sample();
    if (definition !== undefined) await prepareSource(store, definition);
    for (const file of files) await load.file(file);
    load.end();
  });
}

async function readDefinition(source: string | undefined, folder: string): Promise<SourceDefinition | undefined> {
  if (source === undefined) return undefined;
  return isDefinitionPath(source) ? loadSourceDefinition(source) : findSourceDefinition(source, folder);
}

function checkUsage(files: readonly string[], settings: IngestSettings): void {
  if (files.length === 0 && !settings.INGEST_SAMPLE) throw new UsageError('nothing to load: name files, - for standard input, or --sample');
  if (settings.INGEST_SOURCE !== undefined && settings.INGEST_FORMAT !== undefined)
    throw new UsageError('--source says the format too: give one of --source and --format');
  if (settings.INGEST_TIMEZONE !== undefined) zoneClock(settings.INGEST_TIMEZONE);
}

/** So that a mistyped name does not start a database first. Where some are there, they are loaded. */
async function refuseAllMissing(files: readonly string[]): Promise<void> {
  const isThere = await Promise.all(files.map(async (file) => file === '-' || existsSync(file)));
  if (files.length === 0 || isThere.includes(true)) return;
  throw new UnreadableInputError(`${files.join(', ')} cannot be read: there is no such file; the working directory is ${process.cwd()}`);
}

function formatOf({ INGEST_FORMAT: kind }: IngestSettings): InputFormat | undefined {
  return kind === undefined ? undefined : { kind };
}

interface LoadOptions {
  readonly settings: IngestSettings;
  readonly storage: StorageSettings;
  readonly format: InputFormat | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Loads one input after the other; one that fails does not keep the next from being loaded, an interruption does. */
function createLoad(store: Store, { settings, storage, format, log, signal }: LoadOptions) {
  const { report, total } = withTotal(createReport(process.stdout, log));
  const batchSize = storage.BATCH_SIZE;
  let inputs = 0;
  let failures = 0;
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    if (signal.aborted) return;
    inputs += 1;
    try {
      await work();
    } catch (error) {
      failures += 1;
      report.failed(name, signal.aborted ? 'interrupted; what is loaded stays, and loading the file again loads the rest' : describeFailure(error));
    }
  };
  return {
    sample: () => attempt('sample', () => loadSample(store, { batchSize, signal, report })),
    file: (path: string) => {
      const name = path === '-' ? 'standard input' : path;
      return attempt(name, () =>
        loadFile(store, path, {
          name,
          register: settings.INGEST_REGISTER,
          batchSize,
          signal,
          report,
          ...(format === undefined ? {} : { format }),
          ...(settings.INGEST_TIMEZONE === undefined ? {} : { timezone: settings.INGEST_TIMEZONE }),
        }),
      );
    },
    end: () => {
      report.ended(total(), inputs, failures);
      if (signal.aborted) throw new CommandFailure('interrupted');
      if (failures > 0) throw new CommandFailure(`${failures} of ${inputs} inputs could not be loaded to the end`);
    },
  };
}

/** The same report, adding up what it hears. */
function withTotal(report: IngestReport): { readonly report: IngestReport; readonly total: () => IngestCounts } {
  let total = NO_COUNTS;
  const finished = (name: string, summary: IngestSummary, durationMs: number) => {
    total = addCounts(total, summary);
    report.finished(name, summary, durationMs);
  };
  return { report: { ...report, finished }, total: () => total };
}
