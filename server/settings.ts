import { z } from 'zod';
import { InvalidArgumentError } from '../db/errors.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import { GREATEST_BATCH } from '../etl/load/batch-pace.ts';

/** Environment variables by name, as `process.env` has them; options of the command line stand in it in place of the variable of the same meaning. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting, option or argument that cannot be: names it, its value and the rule. Ends the command with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const text = z.string().trim();

function wholeNumber(rule: string, least: number, most: number) {
  return text
    .regex(/^\d+$/, rule)
    .transform(Number)
    .refine((number) => number >= least && number <= most, rule);
}

function count(fallback: number, least = 1) {
  return wholeNumber(`must be a whole number from ${least.toLocaleString('en')} to 1,000,000,000`, least, 1_000_000_000).default(fallback);
}

function isPostgresUrl(value: string): boolean {
  return URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol);
}

function isZone(value: string): boolean {
  try {
    zoneClock(value);
    return true;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return false;
    throw error;
  }
}

/** In microseconds; null where it is no duration, or one that a calendar would have to be asked for. */
function microsOf(value: string): number | null {
  try {
    const duration = parseDuration(value, 'setting');
    return duration.months === 0 ? exactMicros(duration) : null;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return null;
    throw error;
  }
}

const DURATION = 'must be a duration such as 1h, 30m or PT90M, without months and years, which have no one length';

/** A setting that is true or false; false when unset. */
export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

/** Where the data are. */
const storage = {
  DATABASE_URL: text.refine(isPostgresUrl, 'must be a URL such as postgres://user:password@host:5432/database').optional(),
  THERMOGRAPH_ENGINE: z.enum(['postgres', 'timescale'], 'must be postgres or timescale, or unset to take timescale where the database has it').optional(),
  THERMOGRAPH_DATA: text.default('.thermograph'),
  /** The folder with source definitions of one's own; it need not exist. */
  THERMOGRAPH_SOURCES: text.default('sources'),
  /** The folder with jobs; it need not exist. */
  THERMOGRAPH_JOBS: text.default('jobs'),
  TIMEZONE: text.refine(isZone, 'must be an IANA time zone, such as Asia/Seoul').default('UTC'),
  /** How long past a breach may be when it is recorded and still be news. */
  LATE_AFTER: text.refine((value) => microsOf(value) !== null, DURATION).default('1h'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be one of fatal, error, warn, info, debug, trace, silent')
    .default('info'),
  /** Readings of one input that are loaded in one transaction, at most. */
  BATCH_SIZE: wholeNumber('must be a whole number from 1 to 400,000', 1, GREATEST_BATCH).default(GREATEST_BATCH),
};

const NO_AUTHENTICATION = 'there is no authentication yet: unset it, and the gateway serves this machine only';

const LOOPBACK_ONLY =
  'must be a loopback address (127.0.0.1, ::1 or localhost), because there is no authentication yet; ALLOW_ANONYMOUS=true lifts this, and lets everyone who reaches the gateway read and write';

const HOST_NAMES = 'must be host names without scheme and port, separated by commas, such as thermograph.example.com,192.168.0.7';

/** Several names in one variable. */
const hostNames = text
  .transform((names) => names.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])))
  .refine((names) => names.every((name) => hostnameOf(name) !== null), HOST_NAMES);

const serving = {
  ...storage,
  PORT: wholeNumber('must be a port from 0 to 65535; 0 picks a free one', 0, 65_535).default(4000),
  HOST: text.default('127.0.0.1'),
  /** HOST may be an address that other machines reach: everyone who does reads and writes. */
  ALLOW_ANONYMOUS: flag,
  /** Names by which the gateway is called from elsewhere. Requests for other names than these and this machine's are refused. */
  ALLOWED_HOSTS: hostNames.default([]),
  THERMOGRAPH_SAMPLE: z.literal('none', 'must be none, or unset to fill an empty store with the bundled sample').optional(),
  AUTH_JWKS_URL: z.undefined(NO_AUTHENTICATION).optional(),
  AUTH_SECRET: z.undefined(NO_AUTHENTICATION).optional(),
  /** Bytes of the body of a request to /graphql. */
  MAX_REQUEST_BYTES: count(1_048_576),
  MAX_DOCUMENT_BYTES: count(100_000),
  MAX_DOCUMENT_TOKENS: count(10_000),
  MAX_QUERY_DEPTH: count(12),
  MAX_ROOT_FIELDS: count(30),
  MAX_ALIASES: count(100),
  MAX_FIELDS: count(1_000),
  /** Points that one question may give, and readings that it may read. */
  MAX_POINTS: count(100_000),
  MAX_READINGS: count(5_000_000),
  /** Members of all the lists in one answer. */
  MAX_NODES: count(200_000),
  /** What a request may cost by its document and variables, before anything is executed. 100,000 points of each of the 50 series that a question is assumed to have cost 5 million: what MAX_POINTS allows of one series is not refused. */
  MAX_COST: count(6_000_000),
  /** WebSockets and event streams that are open at the same time. */
  MAX_SOCKETS: count(20_000),
  /** Subscriptions, and other operations under way, of one WebSocket. */
  MAX_SUBSCRIPTIONS_PER_SOCKET: count(100),
  /** Subscriptions of all sockets and event streams at the same time. */
  MAX_SUBSCRIBERS: count(50_000),
  /** Bytes that the client of a subscription may leave untaken. */
  MAX_SUBSCRIBER_BACKLOG: count(262_144),
  /** Between two heartbeats of a subscription. */
  HEARTBEAT_INTERVAL_MS: wholeNumber('must be a whole number from 100 to 10,000', 100, 10_000).default(5_000),
  /** A statement of a question is cut off after this long. */
  QUERY_TIMEOUT_MS: count(30_000),
  REFRESH_INTERVAL_MS: count(5_000),
  /** How long breaches are kept after they were recorded; unset: for ever. */
  BREACHES_KEPT: text.refine((value) => (microsOf(value) ?? 0) > 0, `${DURATION}, and longer than nothing`).optional(),
  /** How long a rejected reading is kept after it was last refused. */
  REJECTED_KEPT: text.refine((value) => (microsOf(value) ?? 0) > 0, `${DURATION}, and longer than nothing`).default('90d'),
  /** Rejected readings that are kept, each reason once. */
  MAX_REJECTED: count(1_000_000),
  /** How long runs of jobs, records of batches and what these corrected are kept. */
  RUNS_KEPT: text.refine((value) => (microsOf(value) ?? 0) > 0, `${DURATION}, and longer than nothing`).default('365d'),
  /** Inputs that are loaded at the same time; further ones wait. */
  MAX_CONCURRENT_INGESTS: count(4),
  /** Runs of jobs that are under way at the same time in this process; all but one may be backfills. */
  MAX_CONCURRENT_RUNS: count(2, 2),
  /** How this process is called in the records of its runs; unset: by the name of the machine. */
  INSTANCE: text.regex(/^[\w.-]{1,100}$/, 'must be a name of letters, digits, dots, dashes and underscores').optional(),
  /** How long the answer to an input with an Idempotency-Key is kept. */
  IDEMPOTENCY_KEPT: text.refine((value) => (microsOf(value) ?? 0) > 0, `${DURATION}, and longer than nothing`).default('24h'),
  /** The folder with query documents of one's own, which are exported by their names; it need not exist. */
  THERMOGRAPH_DOCUMENTS: text.default('documents'),
  /** Connections that are exported whole at the same time; further exports of one wait. */
  MAX_CONCURRENT_EXPORTS: count(4),
  /** How long the client of an export may take nothing of what is there for it. */
  EXPORT_STALL_MS: count(60_000),
  /** How long the client of an export may take for all of it. */
  EXPORT_TIMEOUT_MS: count(3_600_000),
};

const storageSettings = z.object(storage);
const servingSettings = z.object(serving).refine(({ HOST, ALLOW_ANONYMOUS }) => ALLOW_ANONYMOUS === true || isLoopback(HOST), {
  path: ['HOST'],
  message: LOOPBACK_ONLY,
  // Also where another setting is wrong, so that everything is named at once.
  when: ({ value }) => typeof value === 'object',
});

/** The settings of every command that opens the store. */
export type StorageSettings = z.infer<typeof storageSettings>;

/** The settings of `serve`. */
export type ServingSettings = z.infer<typeof servingSettings>;

/** Reads the settings of a command that opens the store; throws UsageError. */
export function readStorageSettings(environment: Environment): StorageSettings {
  return readSettings(storageSettings, environment);
}

/** Reads the settings of `serve`; throws UsageError. */
export function readServingSettings(environment: Environment): ServingSettings {
  return readSettings(servingSettings, environment);
}

/** Reads settings by a zod object whose keys are environment variables; an empty variable counts as unset. Throws UsageError naming variable, value and rule. `flags` names the option of a variable where it was given as one. */
export function readSettings<T extends z.ZodRawShape>(
  settings: z.ZodObject<T>,
  environment: Environment,
  flags: ReadonlyMap<string, string> = new Map(),
): z.infer<z.ZodObject<T>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name in settings.shape && value !== undefined && value.trim() !== ''));
  const parsed = settings.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.map((issue) => describe(String(issue.path[0]), { given, flags, rule: issue.message })).join('\n'));
}

interface Refused {
  readonly given: Environment;
  readonly flags: ReadonlyMap<string, string>;
  readonly rule: string;
}

function describe(name: string, { given, flags, rule }: Refused): string {
  const told = flags.get(name) ?? name;
  return rule === NO_AUTHENTICATION ? `${told} is set, but ${rule}` : `${told} is ${JSON.stringify(withoutPassword(given[name] ?? ''))}, but ${rule}`;
}

function withoutPassword(value: string): string {
  return value.replace(/:[^:@/]*@/, ':***@');
}

/** Whether only this machine can reach a server bound there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A host name as browsers send it in Host and Origin, so that names can be compared; null where it is none. */
export function hostnameOf(name: string): string | null {
  if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(name)) return null;
  const url = `http://${name}`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}
