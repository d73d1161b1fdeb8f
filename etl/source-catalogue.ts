import { z } from 'zod';
import { parseDuration } from '../db/time/duration.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { zoneClock } from '../db/time/zone-clock.ts';

const text = z.string().min(1);
const optionalText = text.nullable().default(null);
const optionalNumber = z.number().nullable().default(null);
const optionalInteger = z.number().int().nullable().default(null);
const zone = text.refine((name) => succeeds(() => zoneClock(name)), 'expected an IANA name, such as Asia/Seoul');
const duration = text.refine((value) => succeeds(() => parseDuration(value, '')), 'expected a duration, such as PT15M');
const instant = text.refine((value) => parseRfc3339(value) !== null, 'expected RFC 3339 with an offset');

/** With the fields of `LocationInput` of the contract. */
const location = z.strictObject({
  id: text,
  factory: text,
  building: optionalText,
  floor: optionalInteger,
  area: optionalText,
  timezone: zone,
  latitude: z.number().min(-90).max(90).nullable().default(null),
  longitude: z.number().min(-180).max(180).nullable().default(null),
});

/** With the fields of `SensorInput` of the contract. */
const sensor = z.strictObject({ id: text, name: optionalText, location: text, since: instant.nullable().default(null) });

/** With the fields of `MetricInput` of the contract. Never one of the built-in metrics: these are not a source's to change. */
const metric = z.strictObject({ id: text, name: optionalText, unit: text, min: optionalNumber, max: optionalNumber, description: optionalText });

/** With the fields of `ThresholdScopeInput` of the contract. */
const scope = z.strictObject({
  factory: optionalText,
  building: optionalText,
  floor: optionalInteger,
  area: optionalText,
  location: optionalText,
  sensor: optionalText,
});

/** With the fields and defaults of `ThresholdInput` of the contract. */
const threshold = z
  .strictObject({
    metric: text,
    level: z.enum(['WARNING', 'CRITICAL']),
    min: optionalNumber,
    max: optionalNumber,
    scope: scope.prefault({}),
    forDuration: duration.default('0s'),
    clearMargin: z.number().min(0).default(0),
    clearDuration: duration.default('0s'),
    noDataAfter: duration.nullable().default(null),
    effectiveFrom: instant.nullable().default(null),
    effectiveTo: instant.nullable().default(null),
    enabled: z.boolean().default(true),
  })
  .refine(({ min, max }) => min === null || max === null || min <= max, 'expected min ≤ max')
  .refine(({ min, max, noDataAfter }) => min !== null || max !== null || noDataAfter !== null, 'expected min, max or noDataAfter');

/** The section `catalogue` of a source definition. */
export const catalogueSchema = z
  .strictObject({
    locations: z.array(location).default([]),
    sensors: z.array(sensor).default([]),
    metrics: z.array(metric).default([]),
    thresholds: z.array(threshold).default([]),
  })
  .superRefine((catalogue, context) => {
    const locations = new Set(catalogue.locations.map(({ id }) => id));
    for (const [i, { location: id }] of catalogue.sensors.entries()) {
      if (!locations.has(id)) context.addIssue({ code: 'custom', path: ['sensors', i, 'location'], message: 'expected a location of this catalogue' });
    }
    for (const key of ['locations', 'sensors', 'metrics'] as const) {
      const ids = new Set<string>();
      for (const [i, { id }] of catalogue[key].entries()) {
        if (ids.has(id)) context.addIssue({ code: 'custom', path: [key, i, 'id'], message: 'expected each id once' });
        ids.add(id);
      }
    }
  });

/** The shapes in that section, for their keys. */
export const CATALOGUE_SHAPES: readonly object[] = [catalogueSchema.shape, location.shape, sensor.shape, metric.shape, scope.shape, threshold.shape];

/** What a source definition says about the places, devices and metrics of its data. Saved before the first load; saving it again must change nothing. */
export type SourceCatalogue = z.output<typeof catalogueSchema>;

/** A device of a source, and where it is. */
export type CatalogueSensor = z.output<typeof sensor>;
/** A band that makes sense for the data of a source. */
export type CatalogueThreshold = z.output<typeof threshold>;

function succeeds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
