import type { Level } from '../../db/catalogue.ts';

/** Which breaches somebody wants: those that fit everything that is not null. */
export interface BreachSelection {
  readonly sensorIds: ReadonlySet<string> | null;
  readonly locationIds: ReadonlySet<string> | null;
  readonly metricIds: ReadonlySet<string> | null;
  readonly levels: ReadonlySet<Level> | null;
}

/** What selections look at. */
export interface BreachSubject {
  readonly sensorId: string;
  /** null for a sensor that was never placed. */
  readonly locationId: string | null;
  readonly metricId: string;
  readonly levels: readonly Level[];
}

/** Whether a selection wants a breach. */
export function selects({ sensorIds, locationIds, metricIds, levels }: BreachSelection, subject: BreachSubject): boolean {
  if (sensorIds !== null && !sensorIds.has(subject.sensorId)) return false;
  if (locationIds !== null && (subject.locationId === null || !locationIds.has(subject.locationId))) return false;
  if (metricIds !== null && !metricIds.has(subject.metricId)) return false;
  return levels === null || subject.levels.some((level) => levels.has(level));
}

/**
 * Finds who wants a breach without asking everybody: each is filed under the narrowest thing that its selection names, its sensors, else its locations, its metrics, its
 * levels, else under everything. What is found there is asked.
 */
export class BreachIndex<T extends object> {
  readonly #selections = new Map<T, BreachSelection>();
  readonly #bySensor = new Shelf<T>();
  readonly #byLocation = new Shelf<T>();
  readonly #byMetric = new Shelf<T>();
  readonly #byLevel = new Shelf<T>();
  readonly #everything = new Set<T>();

  /** Files it, also where it was filed under another selection before. */
  set(one: T, selection: BreachSelection): void {
    this.delete(one);
    this.#selections.set(one, selection);
    const { shelf, keys } = this.#placeOf(selection);
    if (shelf === null) this.#everything.add(one);
    else for (const key of keys) shelf.add(key, one);
  }

  delete(one: T): void {
    const selection = this.#selections.get(one);
    if (selection === undefined) return;
    this.#selections.delete(one);
    const { shelf, keys } = this.#placeOf(selection);
    if (shelf === null) this.#everything.delete(one);
    else for (const key of keys) shelf.delete(key, one);
  }

  /** Everybody who wants this breach, once. */
  matching(subject: BreachSubject): T[] {
    const found: T[] = [];
    for (const candidates of this.#candidates(subject)) for (const one of candidates) if (this.#wants(one, subject)) found.push(one);
    // A breach of two levels finds those who want either, and both, twice.
    return subject.levels.length > 1 ? [...new Set(found)] : found;
  }

  #candidates({ sensorId, locationId, metricId, levels }: BreachSubject): ReadonlySet<T>[] {
    return [
      this.#bySensor.at(sensorId),
      locationId === null ? NOBODY : this.#byLocation.at(locationId),
      this.#byMetric.at(metricId),
      ...levels.map((level) => this.#byLevel.at(level)),
      this.#everything,
    ].filter((candidates): candidates is Set<T> => candidates.size > 0);
  }

  #wants(one: T, subject: BreachSubject): boolean {
    const selection = this.#selections.get(one);
    return selection !== undefined && selects(selection, subject);
  }

  #placeOf({ sensorIds, locationIds, metricIds, levels }: BreachSelection): { readonly shelf: Shelf<T> | null; readonly keys: Iterable<string> } {
    if (sensorIds !== null) return { shelf: this.#bySensor, keys: sensorIds };
    if (locationIds !== null) return { shelf: this.#byLocation, keys: locationIds };
    if (metricIds !== null) return { shelf: this.#byMetric, keys: metricIds };
    if (levels !== null) return { shelf: this.#byLevel, keys: levels };
    return { shelf: null, keys: [] };
  }
}

const NOBODY: ReadonlySet<never> = new Set();

/** Sets by key, none of them empty. */
class Shelf<T> {
  readonly #sets = new Map<string, Set<T>>();

  at(key: string): ReadonlySet<T> {
    return this.#sets.get(key) ?? NOBODY;
  }

  add(key: string, one: T): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([one]));
    else set.add(one);
  }

  delete(key: string, one: T): void {
    const set = this.#sets.get(key);
    if (set?.delete(one) === true && set.size === 0) this.#sets.delete(key);
  }
}
