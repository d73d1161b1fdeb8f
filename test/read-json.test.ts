import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { MAX_RECORD_BYTES, UnreadableInputError } from '../etl/read/reader.ts';
import { accepted, readAll, refused } from './support/read-input.ts';

const JSON_FORM = { kind: 'json' } as const;
const NDJSON_FORM = { kind: 'ndjson' } as const;
const noon = parseRfc3339('2024-05-01T12:00:00Z');
const time = '2024-05-01T12:00:00Z';

describe('a JSON record', () => {
  const one = async (record: unknown) => (await readAll(JSON.stringify(record), JSON_FORM))[0];

  it('is long or wide, its values numbers or text that writes one', async () => {
    expect(await one({ time, sensor: 's1', metric: 'temperature', value: 21.5 })).toEqual({
      index: 0,
      sensor: 's1',
      time: noon,
      timeText: time,
      metrics: ['temperature'],
      values: [21.5],
      texts: ['21.5'],
    });
    expect(await one({ time, sensor: 's1', metric: 'temperature', value: '2.15e1' })).toMatchObject({ values: [21.5], texts: ['2.15e1'] });
    expect(await one({ sensor: 's1', humidity: '40', time, temperature: 21.5 })).toMatchObject({ metrics: ['humidity', 'temperature'], values: [40, 21.5] });
  });

  it('says with null in the wide form that nothing was measured, and in the long form nothing that is a number', async () => {
    expect(await one({ time, sensor: 's1', temperature: null, humidity: 40 })).toMatchObject({ values: [undefined, 40] });
    expect(await one({ time, sensor: 's1', metric: 'temperature', value: null })).toMatchObject({ values: [Number.NaN], texts: ['null'] });
    expect(await one({ time, sensor: 's1', metric: 'temperature' })).toMatchObject({ values: [Number.NaN], texts: [''] });
  });

  it.each([true, [1], { a: 1 }, '', 'warm', '0x10', 'Infinity'])('has no number in %j', async (value) => {
    expect(await one({ time, sensor: 's1', temperature: value })).toMatchObject({
      values: [Number.NaN],
      texts: [typeof value === 'string' ? value : JSON.stringify(value)],
    });
  });

  it('leaves names that may be no metric to the check of readings, beside a long one too', async () => {
    expect(await one({ time, sensor: 's1', colour: 'red' })).toMatchObject({ metrics: ['colour'], values: [Number.NaN] });
    expect(await one({ time, sensor: 's1', metric: 'temperature', value: 1, unit: 'Cel' })).toMatchObject({
      metrics: ['temperature', 'unit'],
      values: [1, Number.NaN],
    });
  });

  it('may give its time and its sensor as numbers', async () => {
    expect(await one({ time: 1714564800, sensor: 7, temperature: 1 })).toMatchObject({ time: noon, sensor: '7', timeText: '1714564800' });
    expect(await one({ time: 1714564800000, sensor: 7, temperature: 1 })).toMatchObject({ time: noon });
    expect(await one({ time: 1714564800.5, sensor: 7, temperature: 1 })).toMatchObject({ time: null });
  });

  it('has no time where it is missing or no text', async () => {
    expect(await one({ sensor: 's1', temperature: 1 })).toMatchObject({ time: null, timeText: '' });
    expect(await one({ time: [time], sensor: 's1', temperature: 1 })).toMatchObject({ time: null, timeText: `["${time}"]` });
  });

  it.each([
    [{ time, temperature: 1 }, 'the record names no sensor'],
    [{ time, sensor: '', temperature: 1 }, 'the record names no sensor'],
    [{ time, sensor: { id: 1 }, temperature: 1 }, 'the record names no sensor'],
    [{ time, sensor: 's1' }, 'the record names no metric'],
    [{ time, sensor: 's1', metric: 7, value: 1 }, 'metric is no text'],
    [{ time, sensor: 'a\0b', temperature: 1 }, 'the record holds a NUL or half a surrogate pair'],
    [{ time, sensor: 'a\ud800b', temperature: 1 }, 'the record holds a NUL or half a surrogate pair'],
  ])('is refused whole where it cannot be told what it is of: %j', async (record, message) => {
    expect(await one(record)).toEqual({ index: 0, code: 'MALFORMED_RECORD', message, raw: JSON.stringify(record) });
  });

  it('may be nested as deep as it fits: it is refused like any other that is no number', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);

    expect(await readAll(`{"time":"${time}","sensor":"s1","temperature":${deep}}`, JSON_FORM)).toMatchObject([{ values: [Number.NaN] }]);
  });
});

describe('a JSON array', () => {
  const record = (sensor: string) => JSON.stringify({ time, sensor, temperature: 1 });

  it('gives its elements wherever its bytes are cut and however it is laid out', async () => {
    const sensor = fc.string({ unit: fc.constantFrom('a', '"', '\\', '{', '}', '[', ']', ',', '\n', ' ', '온', '🌡'), minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sensor, { maxLength: 30 }),
        fc.constantFrom(undefined, 2, '\t'),
        fc.integer({ min: 1, max: 50 }),
        async (sensors, indent, pieceBytes) => {
          const input = JSON.stringify(
            sensors.map((name) => ({ time, sensor: name, temperature: 1, humidity: [{ in: name }] })),
            null,
            indent,
          );

          expect(accepted(await readAll(`\n${input} `, JSON_FORM, { pieceBytes })).map((read) => read.sensor)).toEqual(sensors);
        },
      ),
    );
  });

  it('may be empty', async () => {
    expect(await readAll(' [ ] ', JSON_FORM)).toEqual([]);
  });

  it('loses only the elements that are no record', async () => {
    const records = await readAll(`[${record('a')}, 7, "text,]", [${record('x')}], {"broken": nonsense}, null,${record('b')}]`, JSON_FORM);

    expect(records.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(accepted(records).map(({ sensor }) => sensor)).toEqual(['a', 'b']);
    expect(refused(records).map(({ raw }) => raw)).toEqual(['7', '"text,]"', `[${record('x')}]`, '{"broken": nonsense}', 'null']);
  });

  it('loses only the element that is not UTF-8', async () => {
    const input = Buffer.concat([Buffer.from(`[${record('a')},{"x":"`), Buffer.from([0xa0]), Buffer.from(`"},${record('b')}]`)]);

    expect(await readAll(input, JSON_FORM)).toMatchObject([{ sensor: 'a' }, { index: 1, code: 'MALFORMED_RECORD', raw: '{"x":"\u00a0"}' }, { sensor: 'b' }]);
  });

  it.each([1, 64, 100_000])('keeps only the beginning of an element that is too long, in pieces of %i kB', async (kilobytes) => {
    const long = `{"sensor":"${'x'.repeat(3 * MAX_RECORD_BYTES)}"}`;
    const records = await readAll(`[${record('a')},${long},${record('b')}]`, JSON_FORM, { pieceBytes: kilobytes * 1024 });

    expect(records).toMatchObject([{ sensor: 'a' }, { index: 1, code: 'MALFORMED_RECORD' }, { index: 2, sensor: 'b' }]);
    expect(refused(records)[0]?.raw).toBe(long.slice(0, 1000));
  });

  it.each([
    ['', 'the input is empty'],
    ['  \n', 'the input is empty'],
    ['hello', 'no JSON object and no JSON array'],
    [`[${record('a')}`, 'ends too early, after 1 whole elements'],
    [`[${record('a')},{"sensor"`, 'ends too early, after 1 whole elements'],
    [`[${record('a')},]`, 'an element is missing'],
    [`[${record('a')} ${record('b')}]`, 'a comma or its end is missing'],
    [`${record('a')}\n${record('b')}`, 'one object a line is NDJSON'],
  ])('is an error where it is broken itself: %j', async (input, message) => {
    const reading = readAll(input, JSON_FORM);

    await expect(reading).rejects.toThrow(UnreadableInputError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe('NDJSON', () => {
  it('is one object a line; blank lines do not count, a bad one is refused alone', async () => {
    const records = await readAll(
      `\uFEFF{"time":"${time}","sensor":"a","temperature":1}\r\n\r\n{"time":\n{"time":"${time}","sensor":"b","temperature":2}`,
      NDJSON_FORM,
      { pieceBytes: 7 },
    );

    expect(records).toMatchObject([
      { index: 0, sensor: 'a' },
      { index: 1, code: 'MALFORMED_RECORD', raw: '{"time":' },
      { index: 2, sensor: 'b' },
    ]);
  });

  it('shares the list of metrics between records that name the same', async () => {
    const [first, second] = accepted(await readAll('{"sensor":"a","temperature":1}\n{"sensor":"b","temperature":2}', NDJSON_FORM));

    expect(first?.metrics).toBe(second?.metrics);
  });

  it('may hold nothing', async () => {
    expect(await readAll('', NDJSON_FORM)).toEqual([]);
  });
});
