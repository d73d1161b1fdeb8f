import { z } from 'zod';
import { parseDuration } from '../db/time/duration.ts';
import type { Instant } from '../db/time/instant.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import { canonicalTime } from './read/canonical-time.ts';
import { compileTimeFormat, findOverlap, type LastHour } from './read/time-format.ts';
import { CATALOGUE_SHAPES, catalogueSchema } from './source-catalogue.ts';

/** When the values of a row were measured: as columns write it, or counted from a start in equal steps. */
export type TimeRule =
  | {
      readonly kind: 'written';
      /** Several are joined with a space. */
      readonly columns: readonly string[];
      /** None: as in the canonical form. Several: no text fits two of them. */
      readonly formats: readonly string[];
      /** Of the clock, where no offset is written. */
      readonly timezone: string | null;
      readonly lastHour: LastHour;
    }
  | { readonly kind: 'counted'; readonly start: Instant; readonly stepMicros: number; readonly index: string; readonly first: number };

const text = z.string().min(1);

/** YAML reads 1 and -999 as numbers; cells are text. */
const cellText = z.union([z.string(), z.number()]).transform(String);

const pattern = text.refine(isPattern, 'expected a regular expression');

const rowFilter = z
  .strictObject({ column: text, is: z.array(cellText).min(1).optional(), isNot: z.array(cellText).min(1).optional() })
  .refine(({ is, isNot }) => (is === undefined) !== (isNot === undefined), 'expected either "is" or "isNot"');

const reading = z.strictObject({
  /** Column, or path in a JSON record. */
  column: text,
  metric: text,
  /** Stored is value × factor + offset. */
  factor: z
    .number()
    .refine((factor) => factor !== 0, 'expected a factor other than 0')
    .default(1),
  offset: z.number().default(0),
});

const group = z.strictObject({
  /** Regular expression on the file's name: the group is for these files only, and its named groups can stand in `sensor`. */
  file: pattern.optional(),
  /** Id of the sensor; `{name}` stands for a named group of `file` or for a column. */
  sensor: text.refine((template) => /^(?:[^{}]|\{[^{}]+\})+$/.test(template), 'expected text with {names} in braces'),
  metrics: z
    .array(reading)
    .min(1)
    .refine((readings) => new Set(readings.map(({ metric }) => metric)).size === readings.length, 'expected each metric once'),
});

const zone = text.refine(isZone, 'expected an IANA name, such as Asia/Seoul');

const timeFormats = z.preprocess(
  (given) => (typeof given === 'string' ? [given] : given),
  z.array(text, { error: 'expected a format or a list of formats' }).min(1).nullable().default(null),
);

const writtenFields = { columns: z.array(text).min(1), format: timeFormats, timezone: zone.nullable().default(null), hour24: z.boolean().default(false) };

const writtenTime = z
  .strictObject(writtenFields)
  .transform(({ columns, format, timezone, hour24 }) => {
    const lastHour: LastHour = hour24 ? 24 : 23;
    return { kind: 'written' as const, columns, formats: format ?? [], timezone, lastHour };
  })
  .superRefine((rule, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (rule.formats.length === 0 && rule.columns.length > 1) refuse('format', 'expected a format: the columns are joined with a space');
    if (rule.formats.length === 0 || rule.formats.some(isEpoch)) {
      if (rule.formats.length > 1) refuse('format', 'expected an epoch alone, or formats of a clock');
      if (rule.formats.length > 0 && rule.timezone !== null) refuse('timezone', 'expected none: an epoch has no zone');
      if (rule.lastHour === 24) refuse('hour24', 'expected none: only a format of a clock can show 24:00');
      return;
    }
    const problem = problemOfFormats(rule.formats, rule.lastHour);
    if (problem !== null) refuse('format', problem);
    if (rule.timezone === null) refuse('timezone', 'expected the zone of the clock: the format has no offset');
  });

const countedFields = { start: text, timezone: zone.optional(), step: text, index: text, first: z.number().int().default(0) };

const countedTime = z.strictObject(countedFields).transform(({ start: startText, timezone, step, index, first }, context) => {
  const start = canonicalTime(timezone)(startText);
  if (start === null) context.addIssue({ code: 'custom', path: ['start'], message: 'expected RFC 3339, or a local time together with "timezone"' });
  const stepMicros = exactMicros(step);
  if (stepMicros === null) context.addIssue({ code: 'custom', path: ['step'], message: 'expected a duration of exact time above 0, such as PT5S' });
  return { kind: 'counted' as const, start: start ?? 0, stepMicros: stepMicros ?? 0, index, first };
});

/** Chosen by hand, because the issues of a union do not say which of its members was meant. */
const time = z.unknown().transform((value, context): TimeRule => {
  const schema = typeof value === 'object' && value !== null && 'start' in value ? countedTime : writtenTime;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  for (const { path, message } of checked.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

const common = {
  /** For people: what it is, where it comes from, and what may be done with it. The bundled ones say all three. */
  description: text.default(''),
  source: text.default(''),
  licence: text.default(''),
  /** Cells that mean that nothing was measured, beside the empty one. */
  missing: z.array(cellText).default([]),
  rows: z.array(rowFilter).default([]),
  time,
  readings: z.array(group).min(1),
  catalogue: catalogueSchema.nullable().default(null),
};

const csvSource = z
  .strictObject({
    format: z.literal('csv'),
    delimiter: z
      .string()
      .refine((delimiter) => /^[^"\r\n]$/.test(delimiter), 'expected one character other than a quote or a line end')
      .default(','),
    encoding: z.enum(['utf-8', 'cp949', 'windows-1252']).default('utf-8'),
    /** Names of the columns where the file has no header. */
    header: z
      .array(text)
      .min(1)
      .refine((names) => new Set(names).size === names.length, 'expected each name once')
      .nullable()
      .default(null),
    decimalComma: z.boolean().default(false),
    /** What stands between groups of three digits, such as a blank or U+00A0. */
    thousandsSeparator: z
      .string()
      .refine((separator) => /^[^\d+\-"\r\n]$/.test(separator), 'expected one character other than a digit, a sign, a quote or a line end')
      .nullable()
      .default(null),
    /** Columns that are knowingly not read; '' is one without a name. Any other one that the definition does not use is refused once a file. */
    ignore: z.array(z.string()).default([]),
    ...common,
  })
  .refine(({ decimalComma, thousandsSeparator }) => thousandsSeparator !== (decimalComma ? ',' : '.'), {
    path: ['thousandsSeparator'],
    message: 'expected another character than the decimal sign',
  });

const jsonSource = z.strictObject({ format: z.enum(['ndjson', 'json']), ...common });

/** The YAML of a source definition. Nothing that it takes is without effect; unknown keys are refused. */
export const sourceSchema = z.discriminatedUnion('format', [csvSource, jsonSource]);

/** Every key that can stand somewhere in a definition, to tell which one was meant. */
export const DEFINITION_KEYS: ReadonlySet<string> = new Set(
  [csvSource.shape, rowFilter.shape, writtenFields, countedFields, group.shape, reading.shape, ...CATALOGUE_SHAPES].flatMap((shape) => Object.keys(shape)),
);

/** A definition as its YAML says it, with defaults filled in. */
export type SourceBody = z.output<typeof sourceSchema>;

/** Whether a time in this format is a number; fractions are allowed. */
export function isEpoch(format: string): format is 'epoch-seconds' | 'epoch-milliseconds' {
  return format === 'epoch-seconds' || format === 'epoch-milliseconds';
}

/** The first reason why the formats cannot be used; null: they can. */
function problemOfFormats(formats: readonly string[], lastHour: LastHour): string | null {
  for (const format of formats) {
    const compiled = compileTimeFormat(format, lastHour);
    if (typeof compiled === 'string') return formats.length > 1 ? `${JSON.stringify(format)}: ${compiled}` : compiled;
  }
  const overlap = findOverlap(formats);
  return overlap === null
    ? null
    : `a time may be written so that ${overlap.map((format) => JSON.stringify(format)).join(' and ')} both fit it: which one counts could not be told`;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

function isZone(name: string): boolean {
  try {
    zoneClock(name);
    return true;
  } catch {
    return false;
  }
}

function exactMicros(duration: string): number | null {
  try {
    const { months, days, micros } = parseDuration(duration, 'step');
    return months === 0 && days === 0 && micros > 0 ? micros : null;
  } catch {
    return null;
  }
}
