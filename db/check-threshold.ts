import type { Level, ThresholdScope } from './catalogue.ts';
import { checkBounds, checkOptionalText } from './check-input.ts';
import { InvalidArgumentError } from './errors.ts';
import { parseDateTime } from './time/date-time.ts';
import { formatDuration, parseDuration } from './time/duration.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** A threshold as a caller gives it; what is absent or null takes its default. */
export interface ThresholdInput {
  readonly metric: string;
  readonly level: Level;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly scope?: {
    readonly factory?: string | null;
    readonly building?: string | null;
    readonly floor?: number | null;
    readonly area?: string | null;
    readonly location?: string | null;
    readonly sensor?: string | null;
  } | null;
  readonly forDuration?: string | null;
  readonly clearMargin?: number | null;
  readonly clearDuration?: string | null;
  readonly noDataAfter?: string | null;
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
  readonly enabled?: boolean | null;
}

/** What a version of a threshold says, beside when it does. Durations are ISO 8601. */
export interface ThresholdTerms {
  readonly metricId: string;
  readonly level: Level;
  readonly min: number | null;
  readonly max: number | null;
  readonly scope: ThresholdScope;
  readonly forDuration: string;
  readonly clearMargin: number;
  readonly clearDuration: string;
  readonly noDataAfter: string | null;
  readonly effectiveFrom: Instant | null;
  readonly effectiveTo: Instant | null;
  readonly enabled: boolean;
}

/** Reads a threshold and refuses what makes no sense by itself. Whether metric, location and sensor exist is not known here. */
export function checkThreshold(input: ThresholdInput): ThresholdTerms {
  const min = input.min ?? null;
  const max = input.max ?? null;
  checkBounds('input', min, max);
  if (min === null && max === null && (input.noDataAfter ?? null) === null) {
    throw new InvalidArgumentError('input', { min, max, noDataAfter: null }, 'it judges nothing: give min, max or noDataAfter');
  }
  const effectiveFrom = readInstant('input.effectiveFrom', input.effectiveFrom);
  const effectiveTo = readInstant('input.effectiveTo', input.effectiveTo);
  if (effectiveFrom !== null && effectiveTo !== null && effectiveFrom >= effectiveTo) {
    throw new InvalidArgumentError(
      'input.effectiveFrom',
      input.effectiveFrom,
      `effectiveFrom must be before effectiveTo, which is ${formatInstant(effectiveTo)}`,
    );
  }
  return {
    metricId: input.metric,
    level: input.level,
    min,
    max,
    scope: readScope(input.scope),
    forDuration: readExactDuration('input.forDuration', input.forDuration ?? 'PT0S'),
    clearMargin: readMargin(input.clearMargin ?? 0),
    clearDuration: readExactDuration('input.clearDuration', input.clearDuration ?? 'PT0S'),
    noDataAfter: readSilence(input.noDataAfter ?? null),
    effectiveFrom,
    effectiveTo,
    enabled: input.enabled ?? true,
  };
}

/** How long a series may be silent; silence of no length would make every reading NO_DATA at once. */
function readSilence(text: string | null): string | null {
  if (text === null) return null;
  const silence = readExactDuration('input.noDataAfter', text);
  if (silence === readExactDuration('input.noDataAfter', 'PT0S')) throw new InvalidArgumentError('input.noDataAfter', text, 'it must be longer than nothing');
  return silence;
}

function readScope(scope: ThresholdInput['scope']): ThresholdScope {
  checkOptionalText('input.scope.factory', scope?.factory);
  checkOptionalText('input.scope.building', scope?.building);
  checkOptionalText('input.scope.area', scope?.area);
  return {
    factory: scope?.factory ?? null,
    building: scope?.building ?? null,
    floor: scope?.floor ?? null,
    area: scope?.area ?? null,
    locationId: scope?.location ?? null,
    sensorId: scope?.sensor ?? null,
  };
}

function readInstant(field: string, text: string | null | undefined): Instant | null {
  return text === null || text === undefined ? null : parseDateTime(text, field);
}

function readMargin(margin: number): number {
  if (!(Number.isFinite(margin) && margin >= 0)) throw new InvalidArgumentError('input.clearMargin', margin, 'it must not be negative');
  return margin;
}

/** Silence and persistence are measured, not read off a calendar: a day is 24 hours, and months have no one length. */
function readExactDuration(field: string, text: string): string {
  const duration = parseDuration(text, field);
  if (duration.months !== 0) throw new InvalidArgumentError(field, text, 'months and years have no one length: give days, hours, minutes or seconds');
  return formatDuration(duration);
}
