import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { createLogger } from '../logger.ts';
import { type Environment, readSettings, readStorageSettings, UsageError } from '../settings.ts';
import { type Shutdown, withShutdown } from '../shutdown.ts';
import { checkSensorsAreKnown, sampleMissing, sensorsMissing } from '../simulate/known-sensors.ts';
import { type SinkTarget, sinkTargetOf } from '../simulate/open-sink.ts';
import { registerFactory } from '../simulate/register-factory.ts';
import { NOTHING_TOLD, sendStory } from '../simulate/send-story.ts';
import { SIMULATE_OPTIONS, type SimulateSettings, simulateSettings } from '../simulate/simulate-settings.ts';
import { createSimulationReport, type SimulationReport } from '../simulate/simulation-report.ts';
import { openStory, type ToldStory } from '../simulate/told-story.ts';
import { readTruth } from '../simulate/truth.ts';
import { openTruthLog } from '../simulate/truth-log.ts';
import { isAsSent, verify } from '../simulate/verify.ts';
import { addOptions, flagsOf, type SettingOption, SOURCES_OPTION, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [...SIMULATE_OPTIONS, SOURCES_OPTION, ...STORAGE_OPTIONS.filter(({ variable }) => variable === 'LOG_LEVEL')];

const HELP = `
A factory of its own making measures all day: with noise, sensors that fall silent or are stuck,
spikes, wrong clocks, and readings that come late, twice, or not to be believed. It is registered
at the gateway first. What happens now goes on until Ctrl-C, --for or --readings; a part of the
past (--from) is sent as fast as it is taken. With --replay-sample or --replay, what was once
measured happens again: without --from, of the sample a machine fails and recovers, and steam is
let in at two motes, at speed 60, with the first breach at once and the last after four minutes.
Durations of thresholds are not shortened: two hours in a band last two hours here too.

It goes to a gateway by POST /ingest, or to a broker or files that a gateway reads (--sink).
Whoever is away is waited for. --verify then compares what the gateway has, reading by reading,
with what was sent: lost, doubled, wrong, unexpected. The exit code is 1 if there is any.

Faults and their shares, of readings: dropouts 0.01, stuck 0.01, spikes 0.001, late 0.02,
duplicates 0.01, corrections 0, range 0.001, unknown 0.001; skew 0.1, of sensors.

Examples:
  $ thermograph simulate --sensors 200 --cadence 5s --for 10m --verify
  $ thermograph simulate --from 20250101 --to 20250131 --faults none,corrections=0.05
  $ thermograph simulate --rate 20000 --readings 1000000 --truth run.truth
  $ thermograph simulate --verify --truth run.truth
  $ thermograph simulate --sink csv:/var/spool/ovens/ --sensors 10 --cadence 1s
  $ thermograph simulate --replay-sample --speed 600 --url http://127.0.0.1:4001
  $ thermograph simulate --replay line-3.csv --timezone Asia/Seoul --as-measured`;

/** Settings that say what is to be told: an earlier truth is not verified beside them. */
const OF_A_STORY = [
  'SIMULATE_SENSORS',
  'SIMULATE_CADENCE',
  'SIMULATE_FOR',
  'SIMULATE_READINGS',
  'SIMULATE_FROM',
  'SIMULATE_TO',
  'SIMULATE_REPLAY_SAMPLE',
  'SIMULATE_REPLAY',
  'SIMULATE_RATE',
  'SIMULATE_SINK',
  'SIMULATE_SEED',
];

/** Readings of the present are sent at most this often. */
const GATHER_MS = 100;

/** `thermograph simulate`: sends readings that were made up, or measured before, to a running gateway, and compares what it has with what was sent. */
export function createSimulateCommand(environment: Environment): Command {
  const command = addOptions(new Command('simulate').description('send readings to a gateway as sensors would, and compare what it then has'), OPTIONS);
  return command
    .addHelpText('after', HELP)
    .action((given: Record<string, unknown>) => simulate(withOptions(environment, given, OPTIONS), flagsOf(given, OPTIONS)));
}

async function simulate(environment: Environment, flags: ReadonlyMap<string, string>): Promise<void> {
  const settings = readSettings(simulateSettings, environment, flags);
  const earlier = earlierTruth(settings, flags);
  const gateway = new URL('/', settings.THERMOGRAPH_URL);
  const target = sinkTargetOf(settings.SIMULATE_SINK, gateway);
  const story = earlier === null ? await openStory(settings, environment.THERMOGRAPH_SOURCES) : null;
  const log = createLogger({ level: process.stdout.isTTY && environment.LOG_LEVEL === undefined ? 'warn' : readStorageSettings(environment).LOG_LEVEL });
  const report = createSimulationReport(process.stdout, log);
  await withShutdown({ log, environment }, async (shutdown) => {
    const truthPath = earlier ?? (await truthFileOf(settings, shutdown));
    if (story !== null) {
      await prepare(story, gateway, settings);
      shutdown.signal.throwIfAborted();
      announce(report, story, target);
      await play(story, target, { settings, truthPath, report, signal: shutdown.signal });
    }
    if (settings.SIMULATE_VERIFY && truthPath !== null) await compare(truthPath, gateway, { settings, report, signal: shutdown.signal });
  });
}

/** The truth that is only to be compared; null where something is to be sent first. */
function earlierTruth({ SIMULATE_TRUTH: path, SIMULATE_VERIFY }: SimulateSettings, flags: ReadonlyMap<string, string>): string | null {
  if (path === undefined) return null;
  const told = OF_A_STORY.map((name) => flags.get(name)).find((flag) => flag !== undefined);
  if (!existsSync(path)) {
    // Whoever mistypes the name of a truth does not want readings sent to a gateway.
    if (!SIMULATE_VERIFY || told !== undefined) return null;
    throw new UsageError(
      `--truth is ${JSON.stringify(path)}, which is not there to be compared with --verify: give the name of one that is, or say what is to be sent first, such as --for 10m`,
    );
  }
  if (SIMULATE_VERIFY && told === undefined) return path;
  throw new UsageError(
    `--truth is ${JSON.stringify(path)}, which is there already: give another name, or compare it with --verify ${told === undefined ? 'instead' : `and without ${told}`}`,
  );
}

/** Where what is sent is written down: as asked for, or until it is verified; null: nowhere. */
async function truthFileOf({ SIMULATE_TRUTH, SIMULATE_VERIFY }: SimulateSettings, shutdown: Shutdown): Promise<string | null> {
  if (SIMULATE_TRUTH !== undefined) return SIMULATE_TRUTH;
  if (!SIMULATE_VERIFY) return null;
  const folder = await mkdtemp(join(tmpdir(), 'thermograph-truth-'));
  shutdown.defer(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'truth');
}

/** Sees to it that the gateway knows the sensors. */
async function prepare({ kind, factory, sensors }: ToldStory, gateway: URL, { SIMULATE_SKIP_SETUP }: SimulateSettings): Promise<void> {
  if (SIMULATE_SKIP_SETUP) return;
  if (factory !== null) await registerFactory(gateway, factory);
  else await checkSensorsAreKnown(gateway, sensors, (missing) => (kind === 'sample' ? sampleMissing : sensorsMissing)(gateway, missing));
}

interface PlayOptions {
  readonly settings: SimulateSettings;
  readonly truthPath: string | null;
  readonly report: SimulationReport;
  readonly signal: AbortSignal;
}

/** Tells a story at its pace to whoever listens, and says at the end, whichever it is, what came of it. */
async function play(story: ToldStory, target: SinkTarget, { settings, truthPath, report, signal }: PlayOptions): Promise<void> {
  const { table } = story;
  const isPaced = story.speed !== null;
  const sink = await target.open({
    table,
    signal,
    patienceMs: settings.SIMULATE_PATIENCE / 1000,
    onWait: (reason, waitMs) => report.waiting(target.who, reason, waitMs),
    onRejection: report.rejected,
  });
  const truth = truthPath === null ? null : await openTruthLog(truthPath, table);
  const startedAt = performance.now();
  let total = NOTHING_TOLD;
  let isComplete = false;
  try {
    const pacedGatherMs = target.isGathered ? settings.SIMULATE_GATHER / 1000 : GATHER_MS;
    await sendStory(story.batches(signal), {
      table,
      sink,
      truth,
      lanes: settings.SIMULATE_SENDERS ?? (isPaced ? 1 : target.lanes),
      batchSize: settings.SIMULATE_BATCH ?? target.batchSize,
      gatherMs: isPaced ? pacedGatherMs : Number.POSITIVE_INFINITY,
      onSent: (soFar) => {
        total = soFar;
        report.progressed(soFar.counts);
      },
    });
    isComplete = true;
  } finally {
    await truth?.close();
    await sink.close();
    report.ended(total.counts, { durationMs: performance.now() - startedAt, isComplete, peculiar: total.peculiar });
  }
}

async function compare(truthPath: string, gateway: URL, { settings, report, signal }: Omit<PlayOptions, 'truthPath'>): Promise<void> {
  const startedAt = performance.now();
  const verification = await verify(await readTruth(truthPath), { gateway, signal, settleMs: settings.SIMULATE_SETTLE / 1000, onBehind: report.behind });
  report.verified(verification, performance.now() - startedAt);
  if (!isAsSent(verification)) throw new CommandFailure('the gateway does not have what was sent');
}

function announce(report: SimulationReport, { readings, sensors, speed, seconds }: ToldStory, target: SinkTarget): void {
  const count = readings === null ? 'readings' : `${readings.toLocaleString('en')} readings`;
  const shown = sensors.length > 5 ? `${sensors.length} sensors` : sensors.join(', ');
  const lasts = seconds === null ? '' : `: ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`}`;
  report.started(`${count} of ${shown} to ${target.name}, ${paceOf(speed)}${lasts}. Ctrl-C ends it.`, {
    readings,
    sensors: sensors.length,
    speed,
    sink: target.name,
    seconds: seconds === null ? null : Math.ceil(seconds),
  });
}

function paceOf(speed: number | null): string {
  if (speed === null) return 'as fast as they are taken';
  return speed === 1 ? 'as they happen' : `${speed} times as fast as they happened`;
}
