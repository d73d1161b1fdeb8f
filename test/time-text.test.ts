import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { dateFromDays, daysFromDate, MAX_INSTANT, MIN_INSTANT } from '../db/time/calendar.ts';
import { formatDuration, parseDuration } from '../db/time/duration.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { parseEpoch, parseEpochDigits, parseRfc3339 } from '../db/time/rfc3339.ts';
import { parseTimeBound } from '../db/time/time-bound.ts';
import { micros, temporal, zonedInstants } from './support/zoned-time.ts';

const instant = (text: string): Instant => micros(Temporal.Instant.from(text));

describe('RFC 3339', () => {
  it('is read as Temporal reads it, with any offset, separator and fraction', () => {
    const parts = fc.record({
      micros: fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 }),
      offset: fc.integer({ min: -1439, max: 1439 }),
      digits: fc.constantFrom(0, 1, 3, 6, 7, 9),
      separator: fc.constantFrom('T', ' ', 't'),
    });
    fc.assert(
      fc.property(parts, ({ micros: at, offset, digits, separator }) => {
        const clock = temporal(at).toZonedDateTimeISO('UTC').toPlainDateTime();
        const local = clock.toString({ fractionalSecondDigits: digits, roundingMode: 'trunc', calendarName: 'never' });
        const sign = offset < 0 ? '-' : '+';
        const zone = `${sign}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
        const expected = micros(Temporal.PlainDateTime.from(local).toZonedDateTime('UTC')) - offset * MICROS_PER_MINUTE;
        expect(parseRfc3339(local.replace('T', separator) + zone)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from what it is written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 }), (at) => {
        expect(parseRfc3339(formatInstant(at))).toBe(at);
      }),
    );
  });

  it('is cut, not rounded, to microseconds', () => {
    expect(parseRfc3339('2024-01-01T00:00:00.9999999999999Z')).toBe(instant('2024-01-01T00:00:00.999999Z'));
    expect(parseRfc3339('1969-12-31T23:59:59.9999999Z')).toBe(-1);
  });

  it('is refused where the calendar, the clock or the form is wrong', () => {
    const wrong = [
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2024-04-31T00:00:00Z',
      '2024-00-01T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-00T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T00:60:00Z',
      '2016-12-31T23:59:60Z',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '2024-01-01T00:00:00',
      '2024-01-01T00:00:00.Z',
      '2024-01-01T00:00:00,5Z',
      '2024-01-01T00:00:00+0900',
      '2024-01-01T00:00:00+09',
      '2024-01-01T00:00:00+24:00',
      '2024-01-01T00:00:00+00:60',
      '2024-01-01T00:00:00Z ',
      ' 2024-01-01T00:00:00Z',
      '2024-01-01T00:00Z',
      '2024/01/01T00:00:00Z',
      '２024-01-01T00:00:00Z',
      '-2024-01-01T00:00:00Z',
      '+002024-01-01T00:00:00Z',
      '2024-01-01T00:00:0aZ',
      '2024-1-1T00:00:00.0000Z',
      '',
    ];
    for (const text of wrong) expect(parseRfc3339(text), text).toBeNull();
    expect(parseRfc3339('2024-02-29t00:00:00z')).toBe(instant('2024-02-29T00:00:00Z'));
    expect(parseRfc3339('0001-01-01T00:00:00Z')).toBe(MIN_INSTANT);
    expect(parseRfc3339('9999-12-31T23:59:59.999999Z')).toBe(MAX_INSTANT);
  });

  it('never throws and never gives what is no number, whatever the text', () => {
    const mangled = fc
      .tuple(fc.nat(26), fc.string({ unit: 'grapheme', maxLength: 3 }))
      .map(([at, by]) => `2024-01-15T10:11:12.5+09:00`.slice(0, at) + by + '2024-01-15T10:11:12.5+09:00'.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string(), mangled), (text) => {
        expect(parseRfc3339(text) ?? 0).not.toBeNaN();
      }),
    );
  });
});

describe('epoch digits', () => {
  it('are seconds up to 11 and milliseconds from 12', () => {
    expect(parseEpochDigits('123456789')).toBe(123_456_789_000_000);
    expect(parseEpochDigits('1700000000')).toBe(instant('2023-11-14T22:13:20Z'));
    expect(parseEpochDigits('99999999999')).toBe(99_999_999_999_000_000);
    expect(parseEpochDigits('100000000000')).toBe(100_000_000_000_000);
    expect(parseEpochDigits('1700000000123')).toBe(instant('2023-11-14T22:13:20.123Z'));
    for (const text of ['12345678', '', '-1700000000', '1.7e12', '1700000000.5', '999999999999999', '9'.repeat(400)])
      expect(parseEpochDigits(text), text).toBeNull();
  });

  it('may have a fraction where a program counts so, to the microsecond', () => {
    expect(parseEpoch('1700000000')).toBe(instant('2023-11-14T22:13:20Z'));
    expect(parseEpoch('1700000000.0')).toBe(instant('2023-11-14T22:13:20Z'));
    expect(parseEpoch('1700000000.25')).toBe(instant('2023-11-14T22:13:20.25Z'));
    expect(parseEpoch('1700000000.123456')).toBe(instant('2023-11-14T22:13:20.123456Z'));
    expect(parseEpoch('1700000000123.5')).toBe(instant('2023-11-14T22:13:20.1235Z'));
    for (const text of ['12345678.5', '.5', '1700000000.', '-1700000000.5', '1.7e12', '999999999999999.5', `1700000000.${'1'.repeat(10)}`])
      expect(parseEpoch(text), text).toBeNull();
  });
});

describe('the calendar', () => {
  it('counts days as Temporal does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -800_000, max: 3_000_000 }), (days) => {
        const date = Temporal.PlainDate.from('1970-01-01').add({ days });
        expect(dateFromDays(days)).toEqual({ year: date.year, month: date.month, day: date.day });
        expect(daysFromDate(date.year, date.month, date.day)).toBe(days);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a duration', () => {
  it('is read in ISO 8601 and short', () => {
    const written = [
      '15m',
      'PT15M',
      '1h',
      '1d',
      'P1D',
      '1w',
      'P1W',
      '1mo',
      'P1M',
      '3mo',
      '1y',
      'P1Y',
      '30s',
      'PT0.5S',
      'PT1H30M',
      'P1DT12H',
      '24h',
      '0s',
      'P18M',
      'P0D',
      '10d',
    ];
    expect(written.map((text) => formatDuration(parseDuration(text, 'every')))).toEqual([
      'PT15M',
      'PT15M',
      'PT1H',
      'P1D',
      'P1D',
      'P1W',
      'P1W',
      'P1M',
      'P1M',
      'P3M',
      'P1Y',
      'P1Y',
      'PT30S',
      'PT0.5S',
      'PT1H30M',
      'P1DT12H',
      'PT24H',
      'PT0S',
      'P1Y6M',
      'PT0S',
      'P10D',
    ]);
  });

  it('comes back from what it is written as', () => {
    const durations = fc.record({ months: fc.nat(120_000), days: fc.nat(900_000), micros: fc.nat(9_000_000_000_000) });
    fc.assert(
      fc.property(durations, (duration) => {
        expect(parseDuration(formatDuration(duration), 'every')).toEqual(duration);
      }),
    );
  });

  it('is refused with the name of its argument', () => {
    expect(() => parseDuration('soon', 'every')).toThrow(
      'every is "soon", but a duration is ISO 8601 (PT15M, P1D, P1M) or short (30s, 15m, 1h, 1d, 1w, 1mo, 1y)',
    );
    expect(() => parseDuration('10001y', 'every')).toThrow('every is "10001y", but a duration is at most 10,000 years');
    for (const text of ['99999999d', '99999999999999h', `${'9'.repeat(400)}h`, 'P99999999999999D', 'PT99999999999999S', 'P1234567Y'])
      expect(() => parseDuration(text, 'every'), text).toThrow(`every is "${text}", but a duration is at most 10,000 years`);
    for (const text of ['-1d', '-PT1H', 'P-1D', 'PT-1H', '-PT0.5S', '-P-1D'])
      expect(() => parseDuration(text, 'every'), text).toThrow(`every is "${text}", but a duration is not less than nothing: it has no minus`);
    for (const text of ['-soon', '1-d', '--1d', '-']) expect(() => parseDuration(text, 'every'), text).toThrow('but a duration is ISO 8601');
    for (const text of ['', 'P', 'PT', '1', '1H', 'pt1h', 'P1', '1h30m', 'P1.5D'])
      expect(() => parseDuration(text, 'every'), text).toThrow(InvalidArgumentError);
  });
});

describe('a time bound', () => {
  const now = instant('2024-03-31T10:00:00Z');
  const bound = (text: string, edge: 'from' | 'to' = 'from', zone = 'Asia/Seoul') => formatInstant(parseTimeBound(text, { zone, edge, now, field: edge }));

  it('is a period of the zone, its start as from and its end as to', () => {
    expect([bound('2024'), bound('2024', 'to')]).toEqual(['2023-12-31T15:00:00Z', '2024-12-31T15:00:00Z']);
    for (const text of ['2024-02', '202402']) expect([bound(text), bound(text, 'to')]).toEqual(['2024-01-31T15:00:00Z', '2024-02-29T15:00:00Z']);
    for (const text of ['2024-02-29', '20240229']) expect([bound(text), bound(text, 'to')]).toEqual(['2024-02-28T15:00:00Z', '2024-02-29T15:00:00Z']);
    expect([bound('20101107', 'from', 'America/St_Johns'), bound('20101107', 'to', 'America/St_Johns')]).toEqual([
      '2010-11-07T02:30:00Z',
      '2010-11-08T03:30:00Z',
    ]);
    expect([bound('20181104', 'from', 'America/Sao_Paulo'), bound('20181103', 'to', 'America/Sao_Paulo')]).toEqual([
      '2018-11-04T03:00:00Z',
      '2018-11-04T03:00:00Z',
    ]);
  });

  it('is cut to the years 0001 to 9999', () => {
    expect(bound('9999', 'to', 'America/New_York')).toBe('9999-12-31T23:59:59Z');
    expect(bound('0001', 'from', 'Asia/Seoul')).toBe('0001-01-01T00:00:00Z');
  });

  it('is RFC 3339 or epoch digits', () => {
    expect(bound('2024-01-15T10:00:00.5+09:00')).toBe('2024-01-15T01:00:00.500Z');
    expect(bound('1700000000')).toBe('2023-11-14T22:13:20Z');
    expect(bound('1700000000123')).toBe('2023-11-14T22:13:20.123Z');
  });

  it('is relative to now: exact hours, and days, weeks, months and years of the zone', () => {
    expect(bound('now')).toBe('2024-03-31T10:00:00Z');
    expect(bound('now-24h', 'from', 'Europe/Berlin')).toBe('2024-03-30T10:00:00Z');
    expect(bound('now-1d', 'from', 'Europe/Berlin')).toBe('2024-03-30T11:00:00Z');
    expect(bound('now-1mo', 'from', 'Europe/Berlin')).toBe('2024-02-29T11:00:00Z');
    expect(bound('now+90m')).toBe('2024-03-31T11:30:00Z');
  });

  it('moves by days and months as Temporal does', () => {
    const units = { d: 'days', w: 'weeks', mo: 'months', y: 'years' } as const;
    fc.assert(
      fc.property(zonedInstants(), fc.integer({ min: -30, max: 30 }), fc.constantFrom('d', 'w', 'mo', 'y'), ({ zone, instant: at }, count, unit) => {
        const expected = temporal(at)
          .toZonedDateTimeISO(zone)
          .toPlainDateTime()
          .add({ [units[unit]]: count })
          .toZonedDateTime(zone);
        expect(formatInstant(parseTimeBound(`now${count < 0 ? '-' : '+'}${Math.abs(count)}${unit}`, { zone, edge: 'from', now: at, field: 'from' }))).toBe(
          formatInstant(micros(expected)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('is as a period the start of its day and of the next, as Temporal finds them', () => {
    fc.assert(
      fc.property(zonedInstants(), ({ zone, instant: at }) => {
        const date = temporal(at).toZonedDateTimeISO('UTC').toPlainDate();
        const edges = (['from', 'to'] as const).map((edge) => parseTimeBound(date.toString(), { zone, edge, now, field: edge }));
        expect(edges).toEqual([micros(date.toZonedDateTime(zone)), micros(date.add({ days: 1 }).toZonedDateTime(zone))]);
        expect((edges[1] ?? 0) - (edges[0] ?? 0)).toBeLessThan(2 * MICROS_PER_DAY);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused with the rule it breaks', () => {
    expect(() => bound('2024-02-30')).toThrow('from is "2024-02-30", but the calendar has no such date');
    expect(() => bound('0000', 'to')).toThrow('to is "0000", but a time lies in the years 0001 to 9999');
    expect(() => bound('now-9999y')).toThrow('from is "now-9999y", but a time lies in the years 0001 to 9999');
    expect(() => bound('now+999999999d')).toThrow('a time lies in the years 0001 to 9999');
    for (const text of [
      '',
      '20240',
      '2024011',
      '2024-1',
      '2024-0115',
      '202401-15',
      'yesterday',
      'now-7',
      'now -7d',
      '2024-01-15T10:00:00',
      '999999999999999',
      'NOW',
    ]) {
      expect(() => bound(text), text).toThrow(InvalidArgumentError);
    }
  });
});
