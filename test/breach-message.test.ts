import { describe, expect, it } from 'vitest';
import { type BreachSubject, breachMessage } from '../alerts/breach-message.ts';
import type { BreachRow } from '../db/breach.ts';
import type { LocationRow, ThresholdRow } from '../db/catalogue.ts';

const OVEN: LocationRow = {
  id: 'A031',
  factory: 'Seoul',
  building: '2',
  floor: 3,
  area: 'Paint',
  timezone: 'Asia/Seoul',
  latitude: null,
  longitude: null,
};

const BREACH: BreachRow = {
  number: 7,
  seriesId: 1,
  kind: 'OPENED',
  time: '2024-05-01T01:15:00Z',
  recordedAt: '2024-05-01T01:15:01Z',
  late: false,
  value: 62.5,
  measuredAt: '2024-05-01T01:15:00Z',
  status: 'CRITICAL',
  previous: 'NORMAL',
  thresholdId: '1',
  alertId: '1',
  levels: ['CRITICAL'],
};

const THRESHOLD: ThresholdRow = {
  id: '1',
  version: 1,
  metricId: 'temperature',
  level: 'CRITICAL',
  min: 60,
  max: null,
  scope: { factory: null, building: null, floor: null, area: null, locationId: null, sensorId: null },
  forDuration: 'PT0S',
  clearMargin: 0,
  clearDuration: 'PT0S',
  noDataAfter: null,
  effectiveFrom: null,
  effectiveTo: null,
  enabled: true,
  validFrom: null,
  validTo: null,
};

const SUBJECT: BreachSubject = {
  sensor: { id: 'S1', name: 'Oven, left', placements: [] },
  location: OVEN,
  metric: { id: 'temperature', name: 'Temperature', unit: 'Cel', min: null, max: null, description: null, builtIn: true },
  threshold: THRESHOLD,
};

const WHERE = 'Temperature of sensor S1 "Oven, left" at A031 (Seoul, building 2, floor 3, area Paint)';

function told(breach: Partial<BreachRow>, subject: Partial<BreachSubject> = {}): string {
  return breachMessage({ ...BREACH, ...breach }, { ...SUBJECT, ...subject });
}

describe('the message of a breach', () => {
  it('says how grave it is, what, where, the value with its unit, when by the clock of the place, and the band', () => {
    expect(told({})).toBe(`CRITICAL: ${WHERE} is 62.5 °C at 2024-05-01 10:15 Asia/Seoul, in its CRITICAL band, 60 °C and above.`);
  });

  it('says what it was before where it gets worse, eases or ends', () => {
    const time = 'at 2024-05-01 10:15 Asia/Seoul';

    expect([
      told({ kind: 'WORSENED', previous: 'WARNING' }),
      told({ kind: 'EASED', status: 'WARNING', previous: 'CRITICAL', value: 55 }),
      told({ kind: 'CLEARED', status: 'NORMAL', previous: 'CRITICAL', value: 20 }),
      told({ kind: 'CLEARED', status: null, previous: 'CRITICAL', value: 65 }),
    ]).toEqual([
      `CRITICAL, was WARNING: ${WHERE} is 62.5 °C ${time}, in its CRITICAL band, 60 °C and above.`,
      `WARNING, was CRITICAL: ${WHERE} is 55 °C ${time}, and its CRITICAL band, 60 °C and above, no longer holds.`,
      `NORMAL, was CRITICAL: ${WHERE} is 20 °C ${time}, and its CRITICAL band, 60 °C and above, no longer holds.`,
      `Over, was CRITICAL: ${WHERE} is 65 °C ${time}, and no threshold is in force any more.`,
    ]);
  });

  it('says for how long a silence has lasted, and what is measured when it is over', () => {
    const threshold = { ...THRESHOLD, noDataAfter: 'PT1H30M' };

    expect(told({ status: 'NO_DATA', value: null }, { threshold })).toBe(
      `CRITICAL, no data: ${WHERE} has been silent for more than 1 h 30 min at 2024-05-01 10:15 Asia/Seoul.`,
    );
    expect(told({ kind: 'CLEARED', status: 'NORMAL', previous: 'NO_DATA', value: 21 }, { threshold })).toBe(
      `No data is over, was CRITICAL: ${WHERE} reports again, 21 °C at 2024-05-01 10:15 Asia/Seoul.`,
    );
    expect(told({ kind: 'CLEARED', status: null, previous: 'NO_DATA', value: null })).toBe(
      `No data is over, was CRITICAL: ${WHERE} need not report any more since 2024-05-01 10:15 Asia/Seoul.`,
    );
  });

  it('tells a value that was judged anew without a reading as what it is, an old one', () => {
    const measuredAt = '2017-02-28T14:00:00Z';
    const threshold = { ...THRESHOLD, level: 'WARNING' as const, min: 50 };

    expect([
      told({ measuredAt }),
      told({ measuredAt, kind: 'EASED', status: 'WARNING', previous: 'CRITICAL', late: true }),
      told({ measuredAt, kind: 'CLEARED', status: null, previous: 'WARNING' }, { threshold }),
    ]).toEqual([
      `CRITICAL: ${WHERE} was 62.5 °C when last measured, at 2017-02-28 23:00 Asia/Seoul, in its CRITICAL band, 60 °C and above; judged anew at 2024-05-01 10:15 Asia/Seoul.`,
      `WARNING, was CRITICAL: ${WHERE} was 62.5 °C when last measured, at 2017-02-28 23:00 Asia/Seoul, and its CRITICAL band, 60 °C and above, no longer holds; judged anew at 2024-05-01 10:15 Asia/Seoul (recorded late).`,
      `Over, was WARNING: ${WHERE} was 62.5 °C when last measured, at 2017-02-28 23:00 Asia/Seoul, and no threshold is in force any more; judged anew at 2024-05-01 10:15 Asia/Seoul.`,
    ]);
  });

  it('says what a correction has changed, and from when on', () => {
    expect([
      told({ kind: 'CORRECTED', late: true }),
      told({ kind: 'CORRECTED', status: 'NORMAL', previous: 'CRITICAL', value: 20 }),
      told({ kind: 'CORRECTED', status: null, previous: 'WARNING', value: null }),
    ]).toEqual([
      `Corrected: ${WHERE} was CRITICAL, not NORMAL, from 2024-05-01 10:15 Asia/Seoul on, with 62.5 °C (recorded late).`,
      `Corrected: ${WHERE} was NORMAL, not CRITICAL, from 2024-05-01 10:15 Asia/Seoul on, with 20 °C.`,
      `Corrected: ${WHERE} was without a threshold, not WARNING, from 2024-05-01 10:15 Asia/Seoul on.`,
    ]);
  });

  it.each([
    [{ min: 60, max: 80 }, '60 to 80 °C'],
    [{ min: null, max: -5 }, '-5 °C and below'],
    [{ min: null, max: null }, 'all values'],
  ])('names the band %j', (bounds, text) => {
    expect(told({}, { threshold: { ...THRESHOLD, ...bounds } })).toContain(`, in its CRITICAL band, ${text}.`);
  });

  it('names no band that is not the one of the level', () => {
    expect(told({}, { threshold: null })).toMatch(/, in its CRITICAL band\.$/);
    expect(told({ kind: 'EASED', status: 'WARNING', previous: 'CRITICAL' }, { threshold: { ...THRESHOLD, level: 'WARNING' } })).toMatch(
      /, and its CRITICAL band no longer holds\.$/,
    );
  });

  it.each([
    ['ug/m3', ' is 62.5 µg/m³ at '],
    ['mm/s', ' is 62.5 mm/s at '],
  ])('writes the unit %s as people do', (unit, text) => {
    expect(told({}, { metric: { ...SUBJECT.metric, unit } })).toContain(text);
  });

  it('leaves out of the unit what only remarks on it', () => {
    const metric = { ...SUBJECT.metric, name: 'Machine temperature', unit: '{unit-not-stated}' };

    expect(breachMessage({ ...BREACH, thresholdId: null }, { ...SUBJECT, metric, threshold: null })).toMatch(
      /^CRITICAL: Machine temperature of sensor .* is 62\.5 at /,
    );
  });

  it('does without what a sensor or its place does not have, in UTC where there is no place, and shortens what was computed', () => {
    const sensor = { id: 'S1', name: null, placements: [] };
    const metric = { ...SUBJECT.metric, id: 'humidity', name: 'Relative humidity', unit: '%' };

    expect(told({ value: 71.238_910_234_5 }, { sensor, metric, location: null })).toBe(
      'CRITICAL: Relative humidity of sensor S1 is 71.23891 % at 2024-05-01 01:15 UTC, in its CRITICAL band, 60 % and above.',
    );
    expect(told({}, { location: { ...OVEN, building: null, floor: null, area: null } })).toContain(' at A031 (Seoul) is ');
  });
});
