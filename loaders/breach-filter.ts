import type { Catalogue, Level } from '../db/catalogue.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { type LocationFilter, matchingLocationIds } from './location-filter.ts';
import { createSeriesTest, type SensorsAndMetrics } from './series-filter.ts';

/** Which breaches; what is absent or null does not filter. */
export interface BreachFilter extends SensorsAndMetrics {
  readonly where?: LocationFilter | null;
  readonly levels?: readonly Level[] | null;
}

/** The same in terms of what is stored: null is all. */
export interface BreachSelection {
  /** As of the catalogue that was asked: a series that comes later is not among them. */
  readonly seriesIds: ReadonlySet<number> | null;
  readonly levels: ReadonlySet<Level> | null;
}

/** Throws InvalidArgumentError where a filter of places asks for their status. */
export function refuseStatus(where: LocationFilter | null | undefined): void {
  if (where?.status === undefined || where.status === null) return;
  throw new InvalidArgumentError('where.where.status', where.status, 'it is of the present, and breaches are events: filter by `levels`');
}

/** Reads a filter by what a catalogue knows. Throws InvalidArgumentError for a filter by status, NotFoundError for a metric that nobody knows. */
export function selectBreachSeries(catalogue: Catalogue, filter: BreachFilter | null | undefined): BreachSelection {
  const { where = null, levels = null, ...rest } = filter ?? {};
  refuseStatus(where);
  const isWanted = createSeriesTest(catalogue, rest, matchingLocationIds(catalogue, where));
  return {
    seriesIds: isWanted === null ? null : new Set([...catalogue.series.values()].filter(isWanted).map(({ id }) => id)),
    levels: levels === null ? null : new Set(levels),
  };
}
