import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { formatInstant } from '../db/time/instant.ts';
import { parseDecimal } from '../etl/read/decimal.ts';
import { accepted, readAll } from './support/read-input.ts';

describe('a number', () => {
  it('is what JavaScript reads, to the bit, however many digits it has', () => {
    const written = fc
      .tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^\d{1,25}(\.\d{0,25})?([eE][+-]?\d{1,2})?$/))
      .map(([sign, digits]) => sign + digits);
    fc.assert(
      fc.property(fc.oneof(written, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
        expect(parseDecimal(text)).toBe(Number(text) + 0);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['.5', '5.', '-.5', '1E3', '007', '900000000000000', '9007199254740993', '0.00000000000000000000001'])('may be written %s', (text) => {
    expect(parseDecimal(text)).toBe(Number(text));
  });

  it.each(['', ' ', '.', '-', '+.', '1e', '0x10', '0b1', '1_000', '1,5', 'Infinity', '-Infinity', 'NaN', '1e400', '--1', '1.2.3', '١', '1 2'])(
    'is none in %j',
    (text) => {
      expect(parseDecimal(text)).toBeNaN();
    },
  );

  it.each(['-0', '-0.0', '-0e5', '-1e-400'])('is never minus zero: %s', (text) => {
    expect(parseDecimal(text)).toBe(0);
  });
});

describe('a time', () => {
  const timeOf = async (text: string, timezone?: string) => {
    const [record] = accepted(await readAll(`time,sensor,temperature\n"${text}",s,1\n`, { kind: 'csv' }, timezone === undefined ? {} : { timezone }));
    return record?.time == null ? null : formatInstant(record.time);
  };

  it.each([
    ['2013-08-23T23:05:00Z', '2013-08-23T23:05:00Z'],
    ['2013-08-23 23:05:00.123456+09:00', '2013-08-23T14:05:00.123456Z'],
    ['1377299100', '2013-08-23T23:05:00Z'],
    ['377299100', '1981-12-15T21:18:20Z'],
    ['1377299100250', '2013-08-23T23:05:00.250Z'],
  ])('with an offset, or in digits, is read as it is: %s', async (text, expected) => {
    expect(await timeOf(text)).toBe(expected);
    expect(await timeOf(text, 'Asia/Seoul')).toBe(expected);
  });

  it.each(['2013-08-23 23:05:00', '2013-08-23T23:05', '13772991', '', 'yesterday', '2013-02-29T00:00:00Z'])(
    'without an offset and a declared zone is none: %j',
    async (text) => {
      expect(await timeOf(text)).toBeNull();
    },
  );

  it.each([
    ['2013-08-23 23:05:00', '2013-08-23T14:05:00Z'],
    ['2013-08-23T23:05', '2013-08-23T14:05:00Z'],
    ['2013-08-23t23:05:07.5', '2013-08-23T14:05:07.500Z'],
  ])('without an offset is read in the declared zone: %s', async (text, expected) => {
    expect(await timeOf(text, 'Asia/Seoul')).toBe(expected);
  });

  it('that the clock of the zone skipped is none, and that it showed twice the earlier', async () => {
    expect(await timeOf('2024-03-10 02:30:00', 'America/New_York')).toBeNull();
    expect(await timeOf('2024-11-03 01:30:00', 'America/New_York')).toBe('2024-11-03T05:30:00Z');
  });

  it.each(['2013-13-01 00:00', '2013-02-29 00:00', '2013-01-01 24:00', '2013-01-01 00:60', '2013-1-1 00:00', '0000-01-01 00:00'])(
    'is none where the calendar or the clock has none: %s',
    async (text) => {
      expect(await timeOf(text, 'Asia/Seoul')).toBeNull();
    },
  );

  it('needs a zone that there is', async () => {
    await expect(timeOf('2013-08-23 23:05:00', 'Mars/Olympus')).rejects.toThrow(InvalidArgumentError);
  });
});
