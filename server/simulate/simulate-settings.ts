import { z } from 'zod';
import { InvalidArgumentError } from '../../db/errors.ts';
import { exactMicros, parseDuration } from '../../db/time/duration.ts';
import type { SettingOption } from '../commands/settings-options.ts';
import { flag } from '../settings.ts';
import { METRIC_PROFILES } from './curve.ts';

/** The options of `thermograph simulate`, apart from the level of its log. */
export const SIMULATE_OPTIONS: readonly SettingOption[] = [
  { flags: '--sensors <number>', variable: 'SIMULATE_SENSORS', description: 'sensors of the factory (default: 50)' },
  {
    flags: '--metrics <list>',
    variable: 'SIMULATE_METRICS',
    description: `what each of them measures, of ${METRIC_PROFILES.map(({ id }) => id).join(', ')} (default: the first three)`,
  },
  {
    flags: '--cadence <duration>',
    variable: 'SIMULATE_CADENCE',
    description: 'from one reading of a sensor to its next (default: 1m; with --rate what the rate takes)',
  },
  {
    flags: '--prefix <text>',
    variable: 'SIMULATE_PREFIX',
    description: 'what ids of the factory begin with; another prefix is another factory (default: sim)',
  },
  { flags: '--seed <number>', variable: 'SIMULATE_SEED', description: 'the same seed tells the same story (default: 1)' },
  { flags: '--faults <list>', variable: 'SIMULATE_FAULTS', description: 'shares of what goes wrong, such as late=0.1,stuck=0 or none,corrections=0.05' },
  {
    flags: '--late-by <duration>',
    variable: 'SIMULATE_LATE_BY',
    description: 'how late readings come at most that come late, twice or corrected (default: ten cadences)',
  },
  { flags: '--skew-by <duration>', variable: 'SIMULATE_SKEW_BY', description: 'how wrong a wrong clock is at most (default: 2s)' },
  { flags: '--for <duration>', variable: 'SIMULATE_FOR', description: 'how long the story is (default: until Ctrl-C)' },
  { flags: '--readings <number>', variable: 'SIMULATE_READINGS', description: 'end after so many readings, not counting those that come again' },
  {
    flags: '--from <time>',
    variable: 'SIMULATE_FROM',
    description: 'measure from then on rather than from now on, such as 20250101; of the sample: where in it to begin (default: where something happens soon)',
  },
  { flags: '--to <time>', variable: 'SIMULATE_TO', description: 'until when, with --from (default: now; of the sample: a day after --from)' },
  { flags: '--replay-sample', variable: 'SIMULATE_REPLAY_SAMPLE', description: 'send readings of the bundled sample as if they were measured now' },
  { flags: '--replay <file>', variable: 'SIMULATE_REPLAY', description: 'send the readings of a file as if they were measured now' },
  {
    flags: '--as-measured',
    variable: 'SIMULATE_AS_MEASURED',
    description: 'with --replay: at the times that the file has, and at once unless there is a --speed',
  },
  { flags: '--source <name>', variable: 'SIMULATE_SOURCE', description: 'the source definition to read the file by, as with ingest' },
  { flags: '--format <name>', variable: 'SIMULATE_FORMAT', description: 'csv, ndjson or json (default: by the name of the file)' },
  { flags: '--timezone <name>', variable: 'SIMULATE_TIMEZONE', description: 'the zone of times in the file that are written without an offset' },
  {
    flags: '--speed <factor>',
    variable: 'SIMULATE_SPEED',
    description:
      'how many times as fast as it happened; a minute takes a second at 60 (default: 60 for a replay, 1 for what happens now, else as fast as it is taken)',
  },
  { flags: '--rate <number>', variable: 'SIMULATE_RATE', description: 'readings a second: of what happens now by its cadence, of the past at most' },
  {
    flags: '--sink <url>',
    variable: 'SIMULATE_SINK',
    description: 'where to send: http://…, csv:FILE, csv:FOLDER/, mqtt://…, kafka://… or nats://… (default: the gateway at --url)',
  },
  {
    flags: '--senders <number>',
    variable: 'SIMULATE_SENDERS',
    description: 'batches under way at a time (default: 4, or 1 for what happens now, for brokers and for files)',
  },
  { flags: '--batch <number>', variable: 'SIMULATE_BATCH', description: 'readings in a request or a file at most (default: 5000; in files 50000)' },
  { flags: '--gather <duration>', variable: 'SIMULATE_GATHER', description: 'how long readings of the present are gathered for a file (default: 10s)' },
  { flags: '--patience <duration>', variable: 'SIMULATE_PATIENCE', description: 'how long whoever is away is waited for (default: 1m)' },
  { flags: '--skip-setup', variable: 'SIMULATE_SKIP_SETUP', description: 'do not register the metrics, places and sensors of the factory at --url first' },
  { flags: '--truth <file>', variable: 'SIMULATE_TRUTH', description: 'write down what is sent, for --verify' },
  { flags: '--verify', variable: 'SIMULATE_VERIFY', description: 'compare with what the gateway has: of what was just sent, or of an earlier --truth' },
  {
    flags: '--settle <duration>',
    variable: 'SIMULATE_SETTLE',
    description: 'how long the gateway may come no nearer to the truth before what is missing counts as lost (default: 30s)',
  },
  { flags: '--url <url>', variable: 'THERMOGRAPH_URL', description: 'of the running gateway, as its line "ready" says (default: http://127.0.0.1:4000)' },
];

const SPEED_RULE = 'must be a number over 0, up to 1,000,000';
const DURATION_RULE = 'must be a duration such as 10m, 30s or PT0.5S, without months and years';

const text = z.string().trim();

const duration = text.transform((value) => microsOf(value) ?? Number.NaN).refine((micros) => micros >= 0, DURATION_RULE);

/** Longer than nothing. */
const stretch = duration.refine((micros) => micros > 0, DURATION_RULE);

function count(most: number, least = 1) {
  const rule = `must be a whole number from ${least} to ${most.toLocaleString('en')}`;
  return text
    .regex(/^\d+$/, rule)
    .transform(Number)
    .refine((number) => number >= least && number <= most, rule);
}

/** Durations are microseconds. */
export const simulateSettings = z.object({
  SIMULATE_SENSORS: count(100_000).default(50),
  SIMULATE_METRICS: text
    .transform((list) => list.split(',').map((id) => id.trim()))
    .refine(
      (ids) => ids.every((id) => METRIC_PROFILES.some((profile) => profile.id === id)),
      `must be some of ${METRIC_PROFILES.map(({ id }) => id).join(', ')}, with commas between`,
    )
    .default(METRIC_PROFILES.slice(0, 3).map(({ id }) => id)),
  SIMULATE_CADENCE: stretch.optional(),
  SIMULATE_PREFIX: text.regex(/^[\w-]{1,50}$/, 'must be letters, digits, _ and -, 50 at most').default('sim'),
  SIMULATE_SEED: count(4_294_967_295, 0).default(1),
  SIMULATE_FAULTS: text.default(''),
  SIMULATE_LATE_BY: stretch.optional(),
  SIMULATE_SKEW_BY: duration.refine((micros) => micros <= 1_800_000_000, 'must be half an hour at most').default(2_000_000),
  SIMULATE_FOR: stretch.optional(),
  SIMULATE_READINGS: count(1_000_000_000).optional(),
  SIMULATE_FROM: text.optional(),
  SIMULATE_TO: text.optional(),
  SIMULATE_REPLAY_SAMPLE: flag,
  SIMULATE_REPLAY: text.optional(),
  SIMULATE_AS_MEASURED: flag,
  SIMULATE_SOURCE: text.optional(),
  SIMULATE_FORMAT: z.enum(['csv', 'ndjson', 'json'], 'must be csv, ndjson or json').optional(),
  SIMULATE_TIMEZONE: text.optional(),
  SIMULATE_SPEED: text
    .regex(/^\d+(\.\d+)?$/, SPEED_RULE)
    .transform(Number)
    .refine((speed) => speed > 0 && speed <= 1_000_000, SPEED_RULE)
    .optional(),
  SIMULATE_RATE: count(100_000_000).optional(),
  SIMULATE_SINK: text.optional(),
  SIMULATE_SENDERS: count(64).optional(),
  SIMULATE_BATCH: count(1_000_000).optional(),
  SIMULATE_GATHER: duration.default(10_000_000),
  SIMULATE_PATIENCE: duration.default(60_000_000),
  SIMULATE_SKIP_SETUP: flag,
  SIMULATE_TRUTH: text.optional(),
  SIMULATE_VERIFY: flag,
  SIMULATE_SETTLE: duration.default(30_000_000),
  THERMOGRAPH_URL: text.refine(isHttpUrl, 'must be the URL of a gateway, such as http://127.0.0.1:4000').default('http://127.0.0.1:4000'),
});

/** The settings of `thermograph simulate`. */
export type SimulateSettings = z.infer<typeof simulateSettings>;

/** Whether it is the URL of something that speaks HTTP. */
export function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function microsOf(value: string): number | null {
  try {
    const read = parseDuration(value, 'setting');
    return read.months === 0 ? exactMicros(read) : null;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return null;
    throw error;
  }
}
