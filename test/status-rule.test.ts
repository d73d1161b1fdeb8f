import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Rule, type Status, type Subject, scopeHolds, toRule, worse } from '../alerts/status.ts';
import type { ThresholdRow, ThresholdScope } from '../db/catalogue.ts';

const NOWHERE: ThresholdScope = { factory: null, building: null, floor: null, area: null, locationId: null, sensorId: null };

const PLAIN: ThresholdRow = {
  id: '1',
  version: 1,
  metricId: 'temperature',
  level: 'WARNING',
  min: null,
  max: null,
  scope: NOWHERE,
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

/** Narrowest first. */
const FIELDS = ['sensorId', 'locationId', 'area', 'floor', 'building', 'factory'] as const;

/** The rule once more, as DESIGN.md says it, word by word and without any preparation; what has neither bound and minds silence has no band. */
function naiveStatus(thresholds: readonly ThresholdRow[], subject: Subject, at: number, value: number, silence: number): Status | null {
  const inForce = thresholds.filter((row) => isNaivelyInForce(row, at) && FIELDS.every((field) => [null, subject[field]].includes(row.scope[field])));
  if (inForce.length === 0) return null;
  const holding = new Set<Status>(['NORMAL']);
  for (const level of ['WARNING', 'CRITICAL'] as const) {
    const ofLevel = inForce.filter((row) => row.level === level);
    const deciding = ofLevel.filter((row) => !ofLevel.some((other) => isNarrower(other.scope, row.scope)));
    const banded = deciding.filter((row) => row.min !== null || row.max !== null || row.noDataAfter === null);
    if (banded.some((row) => value >= (row.min ?? value) && value <= (row.max ?? value))) holding.add(level);
    if (deciding.some((row) => row.noDataAfter !== null && silence > Number(/^PT(\d+)S$/.exec(row.noDataAfter)?.[1]) * 1_000_000)) holding.add('NO_DATA');
  }
  return (['CRITICAL', 'WARNING', 'NO_DATA', 'NORMAL'] as const).find((status) => holding.has(status)) ?? null;
}

function isNaivelyInForce({ enabled, validFrom, validTo, effectiveFrom, effectiveTo }: ThresholdRow, at: number): boolean {
  const isWithin = (from: number | null, to: number | null) => at >= (from ?? at) && (to === null || at < to);
  return enabled && isWithin(validFrom, validTo) && isWithin(effectiveFrom, effectiveTo);
}

function isNarrower(a: ThresholdScope, b: ThresholdScope): boolean {
  const narrowest = (scope: ThresholdScope) => [...FIELDS, null].findIndex((field) => field === null || scope[field] !== null);
  const count = (scope: ThresholdScope) => FIELDS.filter((field) => scope[field] !== null).length;
  return narrowest(a) !== narrowest(b) ? narrowest(a) < narrowest(b) : count(a) > count(b);
}

const few = <T>(...values: T[]) => fc.constantFrom<T | null>(null, ...values);
const scope: fc.Arbitrary<ThresholdScope> = fc.record({
  factory: few('F', 'G'),
  building: few('B'),
  floor: few(0, 1),
  area: few('X'),
  locationId: few('L', 'M'),
  sensorId: few('s', 't'),
});
const instant = fc.option(fc.integer({ min: 0, max: 20 }));
const threshold: fc.Arbitrary<ThresholdRow> = fc
  .record({
    level: fc.constantFrom('WARNING' as const, 'CRITICAL' as const),
    min: fc.option(fc.integer({ min: -5, max: 5 })),
    max: fc.option(fc.integer({ min: -5, max: 5 })),
    scope,
    noDataAfter: fc.option(fc.integer({ min: 0, max: 20 }).map((count) => `PT${count}S`)),
    effectiveFrom: instant,
    effectiveTo: instant,
    validFrom: instant,
    validTo: instant,
    enabled: fc.boolean(),
  })
  .map((fields) => ({ ...PLAIN, ...fields }));

function rulesOf(thresholds: readonly ThresholdRow[], subject: Subject): Rule[] {
  return thresholds.filter((row) => scopeHolds(row.scope, subject)).flatMap((row) => toRule(row) ?? []);
}

describe('the status rule', () => {
  it('is what the words of the design say, for any thresholds, subject, time, value and silence', () => {
    const value = fc.integer({ min: -6, max: 6 });
    const at = fc.integer({ min: -1, max: 21 });
    const silence = fc.integer({ min: 0, max: 25 }).map((count) => count * 1_000_000);
    fc.assert(
      fc.property(fc.array(threshold, { maxLength: 8 }), scope, at, value, silence, (thresholds, subject, when, reading, silent) => {
        expect(judge(rulesOf(thresholds, subject), when, reading, silent)).toBe(naiveStatus(thresholds, subject, when, reading, silent));
      }),
      { numRuns: 20_000 },
    );
  });

  it('does not depend on the order of the thresholds', () => {
    fc.assert(
      fc.property(fc.array(threshold, { maxLength: 6 }), scope, fc.integer({ min: -1, max: 21 }), (thresholds, subject, at) => {
        expect(judge(rulesOf(thresholds.toReversed(), subject), at, 0)).toBe(judge(rulesOf(thresholds, subject), at, 0));
      }),
    );
  });

  it('knows nothing where no threshold is in force, and NORMAL where one is that does not hold', () => {
    expect(judge([], 0, 1)).toBeNull();
    expect(judge(rulesOf([{ ...PLAIN, min: 30, enabled: false }], NOWHERE), 0, 31)).toBeNull();
    expect(judge(rulesOf([{ ...PLAIN, min: 30 }], NOWHERE), 0, 29)).toBe('NORMAL');
  });

  it('judges silence alone by what has neither bound and minds silence, which is in force nonetheless', () => {
    const rules = rulesOf([{ ...PLAIN, level: 'CRITICAL', noDataAfter: 'PT10S' }], NOWHERE);

    expect([-1e300, 0, 1e300].map((value) => judge(rules, 0, value))).toEqual(['NORMAL', 'NORMAL', 'NORMAL']);
    expect(judge(rules, 0, 20, 11_000_000)).toBe('NO_DATA');
  });

  it('holds on both edges of a band', () => {
    const rules = rulesOf([{ ...PLAIN, min: 30, max: 35 }], NOWHERE);

    expect([29.999, 30, 35, 35.001].map((value) => judge(rules, 0, value))).toEqual(['NORMAL', 'WARNING', 'WARNING', 'NORMAL']);
  });

  it('lets a narrower scope lift a wider one of the same level, but not of the other', () => {
    const wideWarning = { ...PLAIN, min: 30 };
    const wideCritical: ThresholdRow = { ...PLAIN, level: 'CRITICAL', min: 40 };
    const narrowWarning = { ...PLAIN, min: 60, scope: { ...NOWHERE, locationId: 'L' } };
    const rules = rulesOf([wideWarning, wideCritical, narrowWarning], { ...NOWHERE, locationId: 'L' });

    expect([35, 45, 61].map((value) => judge(rules, 0, value))).toEqual(['NORMAL', 'CRITICAL', 'CRITICAL']);
  });

  it('puts NO_DATA between NORMAL and WARNING', () => {
    const rules = rulesOf([{ ...PLAIN, min: 30, noDataAfter: 'PT10S' }], NOWHERE);

    expect([10, 11].map((silent) => judge(rules, 0, 20, silent * 1_000_000))).toEqual(['NORMAL', 'NO_DATA']);
    expect(judge(rules, 0, 31, 11_000_000)).toBe('WARNING');
    expect(['NORMAL', 'NO_DATA', 'WARNING', 'CRITICAL'].map((status) => worse<Status>(status as Status, 'NO_DATA'))).toEqual([
      'NO_DATA',
      'NO_DATA',
      'WARNING',
      'CRITICAL',
    ]);
  });
});
