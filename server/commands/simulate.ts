import { Command } from 'commander';
import { z } from 'zod';
import { formatInstant, MICROS_PER_DAY, now } from '../../db/time/instant.ts';
import { parseTimeBound } from '../../db/time/time-bound.ts';
import { createLogger } from '../logger.ts';
import { type Environment, flag, readSettings, readStorageSettings, UsageError } from '../settings.ts';
import { withShutdown } from '../shutdown.ts';
import { createGatewaySink, type SentCounts, type Sink } from '../simulate/gateway-sink.ts';
import { type Pace, paced } from '../simulate/pace.ts';
import { EVENTFUL, readSampleStory, type Stretch } from '../simulate/sample-story.ts';
import { createSimulationReport, type SimulationReport } from '../simulate/simulation-report.ts';
import type { Story } from '../simulate/story.ts';
import { addOptions, flagsOf, type SettingOption, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [
  { flags: '--replay-sample', variable: 'SIMULATE_REPLAY_SAMPLE', description: 'send readings of the bundled sample as if they were measured now' },
  { flags: '--speed <factor>', variable: 'SIMULATE_SPEED', description: 'how many times as fast as it happened; a minute takes a second at 60 (default: 60)' },
  {
    flags: '--from <time>',
    variable: 'SIMULATE_FROM',
    description: 'where in the sample to begin, such as 20160530 or 2013-12-16T15:30:00Z (default: where something happens soon)',
  },
  { flags: '--to <time>', variable: 'SIMULATE_TO', description: 'where in the sample to end (default: a day after --from)' },
  { flags: '--url <url>', variable: 'THERMOGRAPH_URL', description: 'of the running gateway, as its line "ready" says (default: http://127.0.0.1:4000)' },
  ...STORAGE_OPTIONS.filter(({ variable }) => variable === 'LOG_LEVEL'),
];

const HELP = `
Sends readings to a running gateway by POST /ingest, at the times at which they happen, and says
once a second what came of them. Watch the breaches arrive in GraphiQL, in the tab Breaches.

Without --from a machine fails and recovers, and steam is let in at two motes: the first breach
comes at once, the last after four minutes at speed 60. The readings belong to the sample's own
sensors (nab-machine, mote-1 …) and carry present times: what was asked about the past stays as
it was. Durations of thresholds are not shortened: two hours in a band last two hours here too.

It ends by itself, or with Ctrl-C. A gateway that is away is waited for, a minute at most.

Examples:
  $ thermograph simulate --replay-sample
  $ thermograph simulate --replay-sample --speed 600 --url http://127.0.0.1:4001
  $ thermograph simulate --replay-sample --from 2014-01-05T12:00:00Z
  $ thermograph simulate --replay-sample --from 20160530 --speed 3600`;

const SPEED_RULE = 'must be a number over 0, up to 1,000,000';

const simulateSettings = z.object({
  SIMULATE_REPLAY_SAMPLE: flag,
  SIMULATE_SPEED: z
    .string()
    .trim()
    .regex(/^\d+(\.\d+)?$/, SPEED_RULE)
    .transform(Number)
    .refine((speed) => speed > 0 && speed <= 1_000_000, SPEED_RULE)
    .default(60),
  SIMULATE_FROM: z.string().trim().optional(),
  SIMULATE_TO: z.string().trim().optional(),
  THERMOGRAPH_URL: z.string().trim().refine(isHttpUrl, 'must be the URL of a gateway, such as http://127.0.0.1:4000').default('http://127.0.0.1:4000'),
});

type SimulateSettings = z.infer<typeof simulateSettings>;

/** `thermograph simulate`: sends readings to a running gateway as if they were measured now. */
export function createSimulateCommand(environment: Environment): Command {
  const command = addOptions(new Command('simulate').description('send readings to a running gateway as if they were measured now'), OPTIONS);
  return command
    .addHelpText('after', HELP)
    .action((given: Record<string, unknown>) => simulate(withOptions(environment, given, OPTIONS), flagsOf(given, OPTIONS)));
}

async function simulate(environment: Environment, flags: ReadonlyMap<string, string>): Promise<void> {
  const settings = readSettings(simulateSettings, environment, flags);
  const stretches = stretchesOf(settings);
  const log = createLogger({ level: process.stdout.isTTY && environment.LOG_LEVEL === undefined ? 'warn' : readStorageSettings(environment).LOG_LEVEL });
  const report = createSimulationReport(process.stdout, log);
  await withShutdown({ log, environment }, async ({ signal }) => {
    const url = new URL('/', settings.THERMOGRAPH_URL);
    const sink = createGatewaySink({ url, signal, onWait: report.waiting, onRejection: report.rejected });
    const story = await readSampleStory(stretches);
    await sink.check(story.sensors);
    signal.throwIfAborted();
    announce(report, story, settings.SIMULATE_SPEED, url);
    await play(story, { speed: settings.SIMULATE_SPEED, startedAt: now(), signal }, sink, report);
  });
}

/** Tells a story at its pace to whoever listens, and says at the end, whichever it is, what came of it. */
async function play(story: Story, pace: Pace, sink: Sink, report: SimulationReport): Promise<void> {
  const startedAt = performance.now();
  let total: SentCounts = { sent: 0, loaded: 0, known: 0, rejected: 0, breaches: 0 };
  let isComplete = false;
  try {
    for await (const batch of paced(story.moments(), pace)) {
      total = sum(total, await sink.send(batch));
      report.progressed(total);
    }
    isComplete = true;
  } finally {
    report.ended(total, performance.now() - startedAt, isComplete);
  }
}

function announce(report: SimulationReport, { readings, sensors, duration }: Story, speed: number, url: URL): void {
  const seconds = duration / 1_000_000 / speed;
  const lasts = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
  const shown = sensors.length > 5 ? `${sensors.length} sensors` : sensors.join(', ');
  report.started(`${readings.toLocaleString('en')} readings of ${shown} to ${url.origin}, ${speed} times as fast as they happened: ${lasts}. Ctrl-C ends it.`, {
    readings,
    sensors: sensors.length,
    speed,
    url: url.origin,
    seconds: Math.ceil(seconds),
  });
}

function stretchesOf({ SIMULATE_REPLAY_SAMPLE, SIMULATE_FROM, SIMULATE_TO }: SimulateSettings): readonly Stretch[] {
  if (!SIMULATE_REPLAY_SAMPLE) throw new UsageError('nothing to simulate: --replay-sample sends readings of the bundled sample');
  if (SIMULATE_FROM === undefined) {
    if (SIMULATE_TO !== undefined) throw new UsageError('--to says where in the sample to end: say by --from where to begin, too');
    return EVENTFUL;
  }
  const context = { zone: 'UTC', now: now() };
  const from = parseTimeBound(SIMULATE_FROM, { ...context, edge: 'from', field: '--from' });
  const to = SIMULATE_TO === undefined ? from + MICROS_PER_DAY : parseTimeBound(SIMULATE_TO, { ...context, edge: 'to', field: '--to' });
  if (to <= from) throw new UsageError(`--to is ${formatInstant(to)}, but must be after --from, ${formatInstant(from)}`);
  return [{ window: { from, to } }];
}

function sum(one: SentCounts, other: SentCounts): SentCounts {
  return {
    sent: one.sent + other.sent,
    loaded: one.loaded + other.loaded,
    known: one.known + other.known,
    rejected: one.rejected + other.rejected,
    breaches: one.breaches + other.breaches,
  };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
