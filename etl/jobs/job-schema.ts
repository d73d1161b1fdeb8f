import { Cron } from 'croner';
import { z } from 'zod';
import { databaseSource } from '../connect/database-schema.ts';
import { filesSource } from '../connect/files-schema.ts';
import { httpSource } from '../connect/http-schema.ts';
import { kafkaSource } from '../connect/kafka-schema.ts';
import { mqttSource } from '../connect/mqtt-schema.ts';
import { natsSource } from '../connect/nats-schema.ts';
import { duration, durationOrNothing, text, timeZone, wholeNumber } from '../connect/schema-parts.ts';

const mapping = z
  .strictObject({
    /** Of the canonical forms; null: by the ending of a file's name, or its first character; of an address JSON. */
    format: z.enum(['csv', 'ndjson', 'json'], 'expected csv, ndjson or json').nullable().default(null),
    /** Name of a source definition, bundled or in the folder THERMOGRAPH_SOURCES. */
    source: text.nullable().default(null),
    /** Of times that are written without an offset. */
    timezone: timeZone.nullable().default(null),
    /** Whether sensors that nobody knows are registered rather than refused. */
    register: z.boolean('expected true or false').default(false),
  })
  .superRefine(({ format, source, timezone }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (source !== null && format !== null) refuse('format', 'expected none: the source definition says how its files are written');
    if (source !== null && timezone !== null) refuse('timezone', 'expected none: the source definition says in which zone its clock runs');
  });

const share = z.number('expected a share from 0 to 1').min(0, 'expected a share from 0 to 1').max(1, 'expected a share from 0 to 1');

const limits = z.strictObject({
  /** Attempts after the first. */
  retries: wholeNumber(0, 100).default(2),
  /** Between the end of an attempt and the beginning of the next. */
  retryDelay: durationOrNothing.default(2 * 60_000_000),
  /** Of an attempt. */
  timeout: duration.default(30 * 60_000_000),
  /** After the tick; a run that has not succeeded by then is told. */
  sla: duration.nullable().default(60 * 60_000_000),
  /** Records loaded in one transaction. */
  batchSize: wholeNumber(1, 50_000).default(50_000),
  /** A run with more rejected readings among those received fails. */
  rejectedShare: share.default(0.05),
  /** What lies between two readings of a series; null: not told. */
  cadence: duration.nullable().default(null),
  /** A longer silence between two readings of a series fails the run; null: gaps are not looked for, or by the cadence. */
  maxGap: duration.nullable().default(null),
});

const SHARE_OF_TIME = 'expected a share above 0, up to 1';

const backfill = z.strictObject({
  /** Of the window, for each of the pieces that it is loaded in. */
  chunk: duration.default(24 * 60 * 60_000_000),
  /** Readings loaded in one transaction, which others wait for where they write the same series. */
  batchSize: wholeNumber(1, 50_000).default(500),
  /** Of the time that is spent loading; the rest is left to others. */
  share: z.number(SHARE_OF_TIME).gt(0, SHARE_OF_TIME).max(1, SHARE_OF_TIME).default(0.5),
});

const RULE_OF_SCHEDULE =
  'expected five fields of cron (minute, hour, day of the month, month, day of the week), such as 0 * * * *, or null for a job that runs only when it is started';

const schedule = z.string(RULE_OF_SCHEDULE).refine(isSchedule, RULE_OF_SCHEDULE).nullable().default('0 * * * *');

const source = z.discriminatedUnion('kind', [filesSource, httpSource, databaseSource, mqttSource, kafkaSource, natsSource], {
  error: 'expected files, http, database, mqtt, kafka or nats',
});

const shape = {
  description: text.nullable().default(null),
  /** Whether it runs by its schedule; one that is not can still be started. */
  enabled: z.boolean('expected true or false').default(true),
  source,
  mapping: mapping.prefault({}),
  schedule,
  /** Of the schedule's clock. */
  timezone: timeZone.default('UTC'),
  limits: limits.prefault({}),
  backfill: backfill.prefault({}),
};

const STREAMS: readonly unknown[] = ['mqtt', 'kafka', 'nats'];

const BY_MESSAGE = 'expected none: how a message is read is said under source';

/** What kinds of sources have no use for, and why. */
const WITHOUT_EFFECT: readonly (readonly [kinds: readonly unknown[], path: readonly string[], rule: string])[] = [
  [STREAMS, ['mapping', 'format'], BY_MESSAGE],
  [STREAMS, ['mapping', 'source'], BY_MESSAGE],
  [STREAMS, ['limits', 'timeout'], 'expected none: a stream has no end that could be late'],
  [['mqtt'], ['backfill'], 'expected none: an MQTT broker keeps nothing of what it has handed over, so there is no past to load again'],
  [['kafka', 'nats'], ['backfill', 'chunk'], 'expected none: a log is read from one end to the other'],
];

/** Looks at the document as it was written, before defaults are filled in. */
const written = z.unknown().superRefine((document, context) => {
  const kind = valueAt(document, ['source', 'kind']);
  for (const [kinds, path, message] of WITHOUT_EFFECT) {
    const value = kinds.includes(kind) ? valueAt(document, path) : undefined;
    if (value !== undefined && value !== null) context.addIssue({ code: 'custom', path: [...path], message });
  }
});

/** The YAML of a job. Nothing that it takes is without effect; unknown keys are refused. */
export const jobSchema = written.pipe(z.strictObject(shape, 'expected keys and what they say, at least source: { kind: …, … }'));

/** A job as its YAML says it, with defaults filled in; lengths of time in microseconds. */
export type JobBody = z.output<typeof jobSchema>;

/** Where the input of a job is. */
export type JobSource = z.output<typeof source>;

/** Every key that can stand somewhere in a job, to tell which one was meant. */
export const JOB_KEYS: ReadonlySet<string> = new Set(
  [shape, mapping.shape, limits.shape, backfill.shape, ...source.options.map((option) => option.shape)].flatMap((part) => Object.keys(part)),
);

function isSchedule(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(expression, { timezone: 'UTC', paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), document);
}
