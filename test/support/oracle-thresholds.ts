import type { OracleThreshold } from './oracle-status.ts';
import type { OracleRecord } from './oracle-types.ts';
import type { Random } from './random.ts';

/** A version of a threshold, as it is saved; `saved` is the instant of the change, from which on it counts. */
export interface DrawnThreshold {
  readonly metric: string;
  readonly level: 'WARNING' | 'CRITICAL';
  readonly min: number | null;
  readonly max: number | null;
  readonly scope: OracleThreshold['scope'];
  readonly noDataAfter: number | null;
  readonly effectiveFrom: number | null;
  readonly effectiveTo: number | null;
  readonly enabled: boolean;
}

/** Metrics that are judged, where there are readings of them. */
const JUDGED = ['temperature', 'pm25', 'co2', 'humidity'] as const;
const NO_DATA_AFTER = [90, 600, 3600, 5400, 10_000, 86_400].map((seconds) => seconds * 1_000_000);
const WINDOWS: readonly (readonly [string | null, string | null])[] = [
  [null, null],
  [null, null],
  ['2013-08-25T17:20:00Z', null],
  [null, '2013-08-29T03:00:30.5Z'],
  ['2014-03-01T00:00:00Z', '2015-09-17T11:00:00Z'],
  ['2015-09-17T11:00:00Z', null],
];

/** Thresholds of all scopes, most of them for all time, some for a part of the record. No two of one metric, scope and level, so that none is refused. */
export function drawThresholds(random: Random, record: OracleRecord): DrawnThreshold[] {
  const measured = JUDGED.filter((metric) => record.sensors.some(({ id }) => record.readingsOf(id, metric).values.length > 0));
  return measured.flatMap((metric) =>
    scopes(random, record).flatMap((scope) =>
      (['WARNING', 'CRITICAL'] as const).filter(() => random.chance(0.6)).map((level) => drawThreshold(random, record, { metric, level, scope })),
    ),
  );
}

/** Another band for the same. */
export function redrawThreshold(random: Random, record: OracleRecord, { metric, level, scope }: DrawnThreshold): DrawnThreshold {
  return drawThreshold(random, record, { metric, level, scope });
}

function drawThreshold(random: Random, record: OracleRecord, of: Pick<DrawnThreshold, 'metric' | 'level' | 'scope'>): DrawnThreshold {
  const values = random.pick(record.sensors.map(({ id }) => record.readingsOf(id, of.metric).values).filter((list) => list.length > 0));
  const [a, b] = [random.pick(values), random.pick(values)];
  const kind = random.next();
  const [from, to] = random.pick(WINDOWS);
  return {
    ...of,
    // An upper band, a lower one, one between, or none at all.
    min: (kind >= 0.3 && kind < 0.5) || kind > 0.92 ? null : Math.min(a, b),
    max: kind < 0.3 || kind > 0.92 ? null : Math.max(a, b),
    noDataAfter: kind > 0.92 || random.chance(0.5) ? random.pick(NO_DATA_AFTER) : null,
    effectiveFrom: from === null ? null : Date.parse(from) * 1000,
    effectiveTo: to === null ? null : Date.parse(to) * 1000,
    enabled: random.chance(0.95),
  };
}

/** Of several places and devices, from the widest to the narrowest, so that more than one often speaks of the same; each scope once. */
function scopes(random: Random, { locations, sensors }: OracleRecord): OracleThreshold['scope'][] {
  const drawn = Array.from({ length: 3 }, () => {
    const { id, factory, building, floor, area } = random.pick([...locations.values()]);
    const sensor = random.pick(sensors).id;
    return [
      {},
      { factory },
      ...(building === null ? [] : [{ factory, building }]),
      ...(floor === null
        ? []
        : [
            { factory, floor },
            { floor, ...(area === null ? {} : { area }) },
          ]),
      { location: id },
      { sensor },
      { factory, sensor },
    ].filter(() => random.chance(0.55));
  });
  return [...new Map(drawn.flat().map((scope) => [JSON.stringify(scope), scope])).values()];
}
