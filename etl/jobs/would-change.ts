import { judge } from '../../alerts/status.ts';
import { thresholdIndexOf } from '../../alerts/threshold-index.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { TrialAlert, TrialReading } from '../../db/etl/trial.ts';
import type { CorrectionExample, WouldChange } from '../../db/etl/would-change.ts';
import { formatInstant } from '../../db/time/instant.ts';
import type { BatchOutcome } from '../load-batch.ts';

const SERIES_TOLD = 1000;
const EXAMPLES = 3;

/** What is told of a series while it is summed up. */
interface Change {
  name: { readonly sensor: string; readonly metric: string; readonly location: string };
  loaded: number;
  corrected: number;
  /** null: not known yet. */
  before: number | null;
  /** How many readings come to those. */
  more: number;
  readonly examples: CorrectionExample[];
}

/** Sums up what the parts of a dry run found. */
export class WouldChangeSums {
  #stretches = 0;
  readonly #readings = { received: 0, loaded: 0, corrected: 0, unchanged: 0, derived: 0, rejected: 0, breaches: 0 };
  readonly #rejectedByCode = new Map<string, number>();
  readonly #series = new Map<string, Change>();
  #verdictsChanged = 0;
  readonly #statuses = new Map<string, number>();
  readonly #breaches = new Map<string, number>();
  readonly #alerts = { opened: 0, openedAndResolved: 0, resolved: 0, withdrawn: 0, changed: 0 };

  /** Begins a part that is tried by itself. */
  begin(): void {
    this.#stretches += 1;
  }

  addOutcome({ received, loaded, corrected, unchanged, derived, breaches, rejections }: BatchOutcome): void {
    this.#readings.received += received;
    this.#readings.loaded += loaded;
    this.#readings.corrected += corrected;
    this.#readings.unchanged += unchanged;
    this.#readings.derived += derived;
    this.#readings.rejected += rejections.length;
    this.#readings.breaches += breaches;
    for (const { code } of rejections) raise(this.#rejectedByCode, code, 1);
  }

  /** Readings as they would be written, judged by the thresholds in force at their time. */
  addReadings(readings: readonly TrialReading[], catalogue: Catalogue): void {
    const index = thresholdIndexOf(catalogue);
    const series = new Map([...catalogue.seriesBySensor.values()].flat().map((row) => [row.id, row]));
    for (const { seriesId, time, oldValue, value } of readings) {
      const row = series.get(seriesId);
      if (row === undefined) continue;
      const change = this.#changeOf({ sensor: row.sensorId, metric: row.metricId, location: row.locationId ?? '' });
      const rules = index.rulesForSeries(row);
      const status = judge(rules, time, value);
      if (oldValue === null) {
        change.loaded += 1;
        raise(this.#statuses, status ?? 'NONE', 1);
        continue;
      }
      change.corrected += 1;
      if (judge(rules, time, oldValue) !== status) this.#verdictsChanged += 1;
      if (change.examples.length < EXAMPLES) change.examples.push({ time: formatInstant(time), old: oldValue, new: value });
    }
  }

  /** How many readings a series has, and would have after a part of the window. */
  addCounts(name: Change['name'], before: number, after: number): void {
    const change = this.#changeOf(name);
    change.before ??= before;
    change.more += after - before;
  }

  addBreaches(breaches: readonly { readonly kind: string; readonly count: number }[]): void {
    for (const { kind, count } of breaches) raise(this.#breaches, kind, count);
  }

  /** Alerts as they would be, and those of them that there are, as they are. */
  addAlerts(would: readonly TrialAlert[], are: ReadonlyMap<string, TrialAlert>): void {
    for (const alert of would) this.#alerts[changeOf(alert, are.get(alert.id))] += 1;
  }

  /** All of it. */
  sum(): WouldChange {
    const series = [...this.#series.values()]
      .filter(({ loaded, corrected, more }) => loaded + corrected + more > 0)
      .sort(
        (a, b) => b.loaded + b.corrected - a.loaded - a.corrected || compareTexts(a.name.sensor, b.name.sensor) || compareTexts(a.name.metric, b.name.metric),
      );
    return {
      exact: this.#stretches <= 1,
      ...this.#readings,
      rejectedByCode: Object.fromEntries(this.#rejectedByCode),
      seriesChanged: series.length,
      series: series.slice(0, SERIES_TOLD).map(({ name, loaded, corrected, before, more, examples }) => ({
        ...name,
        loaded,
        corrected,
        readingsBefore: before ?? 0,
        readingsAfter: (before ?? 0) + more,
        examples,
      })),
      verdicts: { changed: this.#verdictsChanged, loaded: Object.fromEntries(this.#statuses) },
      breachesByKind: Object.fromEntries(this.#breaches),
      alerts: this.#alerts,
    };
  }

  #changeOf(name: Change['name']): Change {
    const key = JSON.stringify([name.sensor, name.metric, name.location]);
    let change = this.#series.get(key);
    if (change === undefined) {
      change = { name, loaded: 0, corrected: 0, before: null, more: 0, examples: [] };
      this.#series.set(key, change);
    }
    return change;
  }
}

function changeOf(would: TrialAlert, is: TrialAlert | undefined): keyof WouldChange['alerts'] {
  if (is === undefined) return would.resolved ? 'openedAndResolved' : 'opened';
  if (would.withdrawn && !is.withdrawn) return 'withdrawn';
  return would.resolved && !is.resolved ? 'resolved' : 'changed';
}

function raise(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
