import type { Level, ThresholdRow } from '../../db/catalogue.ts';

/** One reading of a history. */
export interface HistoryReading {
  readonly time: number;
  readonly value: number;
}

/** From when on which thresholds are in breach. */
export interface ReferenceRow {
  readonly time: number;
  readonly status: 'NORMAL' | 'WARNING' | 'CRITICAL' | null;
  readonly active: readonly string[];
}

/** A stretch of the history in breach. */
export interface ReferenceAlert {
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  readonly level: Level;
  readonly thresholdId: string;
  readonly peak: number;
}

/** What has to be recorded while a history is loaded in order. */
export interface ReferenceEvent {
  readonly time: number;
  readonly kind: 'OPENED' | 'WORSENED' | 'EASED' | 'CLEARED';
  readonly value: number;
  readonly status: ReferenceRow['status'];
  readonly previous: ReferenceRow['status'];
  readonly thresholdId: string;
}

/** All that is to be known of a history. */
export interface Reference {
  readonly rows: readonly ReferenceRow[];
  readonly alerts: readonly ReferenceAlert[];
  readonly events: readonly ReferenceEvent[];
}

/** An instant at which something is judged, and the versions that decide there. */
interface Moment {
  readonly time: number;
  readonly value: number;
  readonly isReading: boolean;
  readonly deciding: readonly ThresholdRow[];
}

/** Narrowest first. */
const FIELDS = ['sensorId', 'locationId', 'area', 'floor', 'building', 'factory'] as const;

/**
 * The definitions of breaches once more, said of a whole history at a time: no state is carried from one reading to the next. `thresholds` are versions whose
 * scope holds the series. Times are microseconds; edges up to `until` are judged.
 */
export function referenceOf(thresholds: readonly ThresholdRow[], readings: readonly HistoryReading[], until: number): Reference {
  const enabled = thresholds.filter((row) => row.enabled && windowOf(row).from < windowOf(row).to);
  const moments = momentsOf(enabled, readings, until);
  const ids = [...new Set(enabled.map(({ id }) => id))].sort((a, b) => Number(a) - Number(b));
  const stretches = new Map(ids.map((id) => [id, breachesOf(id, moments)]));
  const activeAt = (at: number) => ids.filter((id) => stretches.get(id)?.some(({ from, to }) => from <= at && at < to));
  const levels = moments.map((moment, at) => activeAt(at).map((id) => ({ id, level: versionAt(id, moment)?.level ?? 'WARNING' })));
  const isChange = (at: number) => JSON.stringify(levels[at]) !== JSON.stringify(levels[at - 1] ?? []);
  const statusAt = (at: number) => statusOf(levels[at] ?? [], (moments[at]?.deciding.length ?? 0) > 0);
  const changes = moments.map((_, at) => at).filter(isChange);
  const rows = changes.map((at) => ({ time: moments[at]?.time ?? 0, status: statusAt(at), active: (levels[at] ?? []).map(({ id }) => id) }));
  return { rows, alerts: alertsOf(enabled, rows, readings, levels, moments), events: eventsOf(enabled, changes, moments, levels, statusAt) };
}

function windowOf({ validFrom, validTo, effectiveFrom, effectiveTo }: ThresholdRow): { from: number; to: number } {
  const least = Number.NEGATIVE_INFINITY;
  const most = Number.POSITIVE_INFINITY;
  return { from: Math.max(validFrom ?? least, effectiveFrom ?? least), to: Math.min(validTo ?? most, effectiveTo ?? most) };
}

/** Readings, and edges of windows that are not at one and have a reading before them. */
function momentsOf(thresholds: readonly ThresholdRow[], readings: readonly HistoryReading[], until: number): Moment[] {
  const times = new Set(readings.map(({ time }) => time));
  const ends = thresholds.flatMap((row) => [windowOf(row).from, windowOf(row).to]);
  const edges = [...new Set(ends)].filter((edge) => Number.isFinite(edge) && edge <= until && !times.has(edge));
  const judged = [...readings.map(({ time }) => ({ time, isReading: true })), ...edges.map((time) => ({ time, isReading: false }))];
  return judged
    .sort((a, b) => a.time - b.time)
    .flatMap(({ time, isReading }) => {
      const last = readings.findLast((reading) => reading.time <= time);
      return last === undefined ? [] : [{ time, isReading, value: last.value, deciding: decidingAt(thresholds, time) }];
    });
}

function decidingAt(thresholds: readonly ThresholdRow[], time: number): ThresholdRow[] {
  const inForce = thresholds.filter((row) => windowOf(row).from <= time && time < windowOf(row).to);
  return inForce.filter((row) => !inForce.some((other) => other.level === row.level && isNarrower(other, row)));
}

function isNarrower({ scope: a }: ThresholdRow, { scope: b }: ThresholdRow): boolean {
  const narrowest = (scope: ThresholdRow['scope']) => [...FIELDS, null].findIndex((field) => field === null || scope[field] !== null);
  const count = (scope: ThresholdRow['scope']) => FIELDS.filter((field) => scope[field] !== null).length;
  return narrowest(a) !== narrowest(b) ? narrowest(a) < narrowest(b) : count(a) > count(b);
}

function versionAt(id: string, moment: Moment | undefined): ThresholdRow | undefined {
  return moment?.deciding.find((row) => row.id === id);
}

function microsOf(duration: string): number {
  return Number(/^PT(\d+)S$/.exec(duration)?.[1]) * 1_000_000;
}

/** The stretches of moments in which a threshold is in breach. */
function breachesOf(id: string, moments: readonly Moment[]): { from: number; to: number }[] {
  const version = moments.map((moment) => versionAt(id, moment));
  const isIn = moments.map(({ value }, at) => {
    const row = version[at];
    return row !== undefined && value >= (row.min ?? value) && value <= (row.max ?? value);
  });
  const isOut = moments.map(({ value }, at) => {
    const row = version[at];
    return row !== undefined && (value < (row.min ?? value) - row.clearMargin || value > (row.max ?? value) + row.clearMargin);
  });
  const found: { from: number; to: number }[] = [];
  for (let from = 0; from < moments.length; ) {
    const opened = firstHeldLongEnough(moments, isIn, from, (at) => microsOf(version[at]?.forDuration ?? ''));
    const cleared = firstHeldLongEnough(moments, isOut, opened + 1, (at) => microsOf(version[at]?.clearDuration ?? ''));
    const undecided = version.findIndex((row, at) => at > opened && row === undefined);
    const to = Math.min(cleared, undecided === -1 ? moments.length : undecided);
    if (opened < moments.length) found.push({ from: opened, to });
    from = to + 1;
  }
  return found;
}

/** The first moment, not before `from`, up to which something has held for the duration asked for there. At an edge no time has passed. */
function firstHeldLongEnough(moments: readonly Moment[], holds: readonly boolean[], from: number, durationAt: (at: number) => number): number {
  const found = moments.findIndex((moment, at) => {
    if (at < from || holds[at] !== true) return false;
    let since = at;
    while (since > from && holds[since - 1] === true) since -= 1;
    return (moment.isReading ? moment.time - (moments[since]?.time ?? 0) : 0) >= durationAt(at);
  });
  return found === -1 ? moments.length : found;
}

type ActiveLevels = readonly { readonly id: string; readonly level: Level }[];

function statusOf(active: ActiveLevels, isAnyInForce: boolean): ReferenceRow['status'] {
  if (active.some(({ level }) => level === 'CRITICAL')) return 'CRITICAL';
  if (active.length > 0) return 'WARNING';
  return isAnyInForce ? 'NORMAL' : null;
}

function isLevel(status: ReferenceRow['status'] | undefined): status is Level {
  return status === 'WARNING' || status === 'CRITICAL';
}

function alertsOf(
  thresholds: readonly ThresholdRow[],
  rows: readonly ReferenceRow[],
  readings: readonly HistoryReading[],
  levels: readonly ActiveLevels[],
  moments: readonly Moment[],
): ReferenceAlert[] {
  const openings = rows.filter(({ status }, at) => isLevel(status) && !isLevel(rows[at - 1]?.status));
  return openings.map(({ time: openedAt, status }) => {
    const resolvedAt = rows.find((row) => row.time > openedAt && !isLevel(row.status))?.time ?? null;
    const own = rows.filter(({ time }) => time >= openedAt && time < (resolvedAt ?? Number.POSITIVE_INFINITY));
    const at = moments.findIndex(({ time }) => time === openedAt);
    const thresholdId = levels[at]?.find(({ level }) => level === status)?.id ?? '';
    const opener = thresholds.find((row) => row.id === thresholdId && windowOf(row).from <= openedAt && openedAt < windowOf(row).to);
    const later = readings.filter(({ time }) => time >= openedAt && time < (resolvedAt ?? Number.POSITIVE_INFINITY));
    const values = [moments[at]?.value ?? 0, ...later.map(({ value }) => value)];
    const peak = opener?.min === null ? Math.min(...values) : Math.max(...values);
    return { openedAt, resolvedAt, thresholdId, peak, level: own.some((row) => row.status === 'CRITICAL') ? 'CRITICAL' : 'WARNING' };
  });
}

function eventsOf(
  thresholds: readonly ThresholdRow[],
  changes: readonly number[],
  moments: readonly Moment[],
  levels: readonly ActiveLevels[],
  statusAt: (at: number) => ReferenceRow['status'],
): ReferenceEvent[] {
  return changes.flatMap((at): ReferenceEvent[] => {
    const { time, value } = moments[at] ?? { time: 0, value: 0 };
    const after = levels[at] ?? [];
    const before = levels[at - 1] ?? [];
    const status = statusAt(at);
    const previous = statusOf(before, decidingAt(thresholds, time - 1).length > 0);
    const kind = kindOf(previous, status);
    if (kind === null) return [];
    const [among, level] = kind === 'OPENED' || kind === 'WORSENED' ? [after, status] : [before, previous];
    return [{ time, value, status, previous, kind, thresholdId: among.find((one) => one.level === level)?.id ?? '' }];
  });
}

function kindOf(previous: ReferenceRow['status'], status: ReferenceRow['status']): ReferenceEvent['kind'] | null {
  if (!isLevel(previous)) return isLevel(status) ? 'OPENED' : null;
  if (!isLevel(status)) return 'CLEARED';
  if (status === previous) return null;
  return status === 'CRITICAL' ? 'WORSENED' : 'EASED';
}
