import { type Instant, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import type { OracleGroup, OracleSeries } from './oracle-groups.ts';
import type { Span } from './oracle-types.ts';

/** How readings follow one another. */
export interface Spacing {
  readonly cadence: number | null;
  readonly expectedCount: number | null;
  readonly gaps: number | null;
  readonly longestGap: number | null;
}

/** Of all series of a group together: of each apart first, then their sums, the longest gap, and the median of their cadences. */
export function spacingOf({ series }: OracleGroup, { from, to }: Span, now: Instant): Spacing {
  const found = series.flatMap((one) => spacingOfSeries(one, from, Math.min(to, now)) ?? []);
  if (found.length === 0) return { cadence: null, expectedCount: null, gaps: null, longestGap: null };
  const gaps = found.flatMap((one) => one.gaps);
  return {
    cadence: median(found.map(({ cadence }) => cadence)),
    expectedCount: found.reduce((sum, { expected }) => sum + expected, 0),
    gaps: gaps.length,
    longestGap: gaps.length === 0 ? null : Math.max(...gaps),
  };
}

/** From where the sensor was there, had measured and the range has begun, until the first of these ends. null below two readings. */
function spacingOfSeries(
  one: OracleSeries,
  from: Instant,
  to: Instant,
): { readonly cadence: number; readonly expected: number; readonly gaps: readonly number[] } | null {
  const times = one.readings.times.slice(one.begin, one.end);
  const start = Math.max(from, times[0] ?? to);
  const end = Math.min(to, endOfStay(one));
  const within = times.filter((time) => time >= start && time < end);
  const distances = within.slice(1).map((time, i) => time - (within[i] ?? 0));
  if (distances.length === 0) return null;
  const cadence = median(distances);
  const stretches = [(within[0] ?? start) - start, ...distances, end - (within.at(-1) ?? end)];
  return { cadence, expected: Math.ceil((end - start) / cadence), gaps: stretches.filter((stretch) => stretch > 1.5 * cadence) };
}

/** When the sensor was moved elsewhere. */
function endOfStay({ sensor, location }: OracleSeries): Instant {
  const at = sensor.placements.findIndex((placement) => placement.location === location?.id);
  return sensor.placements[at + 1]?.since ?? Number.POSITIVE_INFINITY;
}

/** Of an even number the lower one of the two in the middle, as it has to be one that is there. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1] ?? Number.NaN;
}

/** A length of exact time, as it is answered: in no unit longer than an hour. */
export function isoTime(micros: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const fraction =
    micros % MICROS_PER_SECOND === 0
      ? ''
      : `.${String(micros % MICROS_PER_SECOND)
          .padStart(6, '0')
          .replace(/0+$/, '')}`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return `PT${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest > 0 || fraction !== '' ? `${rest}${fraction}S` : ''}`;
}
