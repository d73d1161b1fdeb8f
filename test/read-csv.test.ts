import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { MAX_RECORD_BYTES, UnreadableInputError } from '../etl/read/reader.ts';
import { accepted, readAll, refused } from './support/read-input.ts';

const CSV = { kind: 'csv' } as const;
const noon = parseRfc3339('2024-05-01T12:00:00Z');

const read = (input: string | Uint8Array, options: Parameters<typeof readAll>[2] = {}) => readAll(input, CSV, options);

describe('the long form', () => {
  it('reads one reading a record, columns in any order', async () => {
    const expected = { sensor: 's1', time: noon, timeText: '2024-05-01T12:00:00Z', metrics: ['temperature'], values: [21.5], texts: ['21.5'] };

    expect(await read('time,sensor,metric,value\n2024-05-01T12:00:00Z,s1,temperature,21.5\n')).toEqual([{ index: 0, ...expected }]);
    expect(await read('value,metric,sensor,time\n21.5,temperature,s1,2024-05-01T12:00:00Z')).toEqual([{ index: 0, ...expected }]);
  });

  it('leaves a metric that nobody knows to the check of readings, as it is one record', async () => {
    expect(await read('time,sensor,metric,value\n1,s,colour,2\n')).toMatchObject([{ index: 0, metrics: ['colour'], values: [2] }]);
  });

  it('takes an empty value for no number: a record is never dropped in silence', async () => {
    expect(await read('time,sensor,metric,value\n2024-05-01T12:00:00Z,s1,temperature,\n')).toMatchObject([{ values: [Number.NaN], texts: [''] }]);
  });

  it('refuses a further column once, and reads the rest', async () => {
    const records = await read('time,sensor,metric,value,humidity\n2024-05-01T12:00:00Z,s1,temperature,1,2\n2024-05-01T12:00:00Z,s1,temperature,3,4\n');

    expect(refused(records)).toMatchObject([{ index: -1, code: 'UNKNOWN_METRIC', raw: 'time,sensor,metric,value,humidity' }]);
    expect(accepted(records).map(({ index, values }) => ({ index, values }))).toEqual([
      { index: 0, values: [1] },
      { index: 1, values: [3] },
    ]);
  });
});

describe('the wide form', () => {
  it('reads a reading for each metric; an empty cell means that nothing was measured', async () => {
    const records = await read('sensor,humidity,time,temperature\ns1,,2024-05-01T12:00:00Z,21\ns2,40,2024-05-01T12:00:00Z,\n');

    expect(records).toEqual([
      {
        index: 0,
        sensor: 's1',
        time: noon,
        timeText: '2024-05-01T12:00:00Z',
        metrics: ['humidity', 'temperature'],
        values: [undefined, 21],
        texts: ['', '21'],
      },
      {
        index: 1,
        sensor: 's2',
        time: noon,
        timeText: '2024-05-01T12:00:00Z',
        metrics: ['humidity', 'temperature'],
        values: [40, undefined],
        texts: ['40', ''],
      },
    ]);
  });

  it('shares one list of metrics between all records', async () => {
    const [first, second] = accepted(await read('time,sensor,temperature\n1,a,1\n1,b,2\n'));

    expect(first?.metrics).toBe(second?.metrics);
  });

  it('refuses a column that is no metric once, at the header, and ignores it after', async () => {
    const records = await read('time,sensor,temperature,colour\n2024-05-01T12:00:00Z,s1,1,red\n2024-05-01T12:00:00Z,s2,2,blue\n');

    expect(refused(records)).toEqual([
      {
        index: -1,
        code: 'UNKNOWN_METRIC',
        message: 'column "colour" is no metric of the catalogue: it is not read; a new metric is made with saveMetrics',
        raw: 'time,sensor,temperature,colour',
      },
    ]);
    expect(accepted(records).map(({ metrics, values }) => ({ metrics, values }))).toEqual([
      { metrics: ['temperature'], values: [1] },
      { metrics: ['temperature'], values: [2] },
    ]);
  });
});

describe('a header that says too little', () => {
  it.each([
    ['', 'the input is empty: expected time,sensor,metric,value'],
    ['\n\n', 'the input is empty'],
    ['timestamp,sensor,temperature\n', 'the header has no column "time", found "timestamp", "sensor", "temperature": expected time,sensor,metric,value'],
    ['time;sensor;temperature\n', 'the header is not separated by commas, found "time;sensor;temperature": expected'],
    ['time,room,temperature\n', 'the header has no column "sensor"'],
    ['time,sensor,temperature,temperature\n', 'the header has the column "temperature" twice'],
    ['time,"sensor\n1,2\n', 'the header cannot be read'],
    [Buffer.from('PK\u0003\u0004\u0014\u0000\u0006\u0000\xff', 'latin1'), 'a spreadsheet or an archive, not text: save the sheet as CSV'],
    [Buffer.from('시간,'.repeat(3)).subarray(1), 'the header is not UTF-8 text: save the file as UTF-8, or name its encoding'],
  ])('is an error that says what was expected: %j', async (input, message) => {
    const reading = read(input);

    await expect(reading).rejects.toThrow(UnreadableInputError);
    await expect(reading).rejects.toThrow(message);
  });

  it('is an error too where the input is UTF-16', async () => {
    await expect(read(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('time,sensor,temperature\n', 'utf16le')]))).rejects.toThrow('UTF-16');
  });

  it('is no error where only the rows are missing', async () => {
    expect(await read('time,sensor,temperature\n')).toEqual([]);
  });
});

describe('the text of a file', () => {
  it('may have a byte order mark, CRLF, blank lines, blanks around cells and no last line end', async () => {
    const records = await read('\uFEFFtime,sensor,temperature\r\n\r\n  \r\n2024-05-01T12:00:00Z , s1,\t21 \r\n\r\n2024-05-01T12:00:00Z,s2,22');

    expect(accepted(records).map(({ index, sensor, time, values }) => ({ index, sensor, time, values }))).toEqual([
      { index: 0, sensor: 's1', time: noon, values: [21] },
      { index: 1, sensor: 's2', time: noon, values: [22] },
    ]);
  });

  it('may have quotes, with commas, quotes and line ends in them', async () => {
    const records = await read('"time","sensor","temperature"\r\n"2024-05-01T12:00:00Z","hall 1, ""north""\nupper row","21"\r\n2024-05-01T12:00:00Z,"",22\r\n');

    expect(records).toMatchObject([
      { index: 0, sensor: 'hall 1, "north"\nupper row', values: [21] },
      { index: 1, code: 'MALFORMED_RECORD', message: 'the record names no sensor' },
    ]);
  });

  it('gives the same cells however it is written and wherever its bytes are cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', ' ', 'é', '온', '🌡'), maxLength: 6 }).filter((text) => text !== '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (sensors, lineEnd, pieceBytes) => {
          const rows = sensors.map((sensor) => `0,${plain(sensor) ? sensor : `"${sensor.replaceAll('"', '""')}"`},1`);
          const records = await read(['time,sensor,temperature', ...rows].join(lineEnd), { pieceBytes });

          expect(records.map((record) => ('code' in record ? record.message : record.sensor))).toEqual(sensors);
        },
      ),
    );
  });

  it('is read in blocks of which none ends a row that goes on', async () => {
    const sensor = `${'line\n'.repeat(30_000)}end`;
    const records = await read(`time,sensor,temperature\n0,first,1\n0,"${sensor}",2\n0,last,3\n`, { pieceBytes: 1000 });

    expect(accepted(records).map((record) => record.sensor)).toEqual(['first', sensor, 'last']);
  });
});

describe('a record that cannot be taken apart', () => {
  const around = (line: string | Buffer) =>
    Buffer.concat([Buffer.from('time,sensor,temperature\n0,before,1\n'), Buffer.from(line), Buffer.from('\n0,after,2\n')]);

  it.each([
    ['too few cells', '0,s', 'the row has 2 cells, but the header has 3'],
    ['too many cells', '0,s,1,2', 'the row has 4 cells, but the header has 3'],
    ['a quote inside a cell', '0,s"x,1', 'a quote stands where none may'],
    ['text after a closing quote', '0,"s"x,1', 'a quote stands where none may'],
    ['a quote that is never closed', '0,"s,1', 'a quote is opened and never closed'],
  ])('is refused whole, and costs no other: %s', async (_what, line, message) => {
    const records = await read(around(line));

    expect(records).toMatchObject([
      { index: 0, sensor: 'before' },
      { index: 1, code: 'MALFORMED_RECORD', raw: line },
      { index: 2, sensor: 'after' },
    ]);
    expect(refused(records)[0]?.message).toContain(message);
  });

  it('is one that is not UTF-8, and none of its bytes is lost', async () => {
    const line = Buffer.from([0x30, 0x2c, 0x73, 0xa0, 0xff, 0x2c, 0x31]);
    const records = await read(around(line));

    expect(records).toMatchObject([{ sensor: 'before' }, { index: 1, code: 'MALFORMED_RECORD', raw: line.toString('latin1') }, { sensor: 'after' }]);
    expect(refused(records)[0]?.message).toContain('UTF-8');
  });

  it('is one with a NUL, which no database can keep', async () => {
    expect(refused(await read(around('0,s\0,1')))).toMatchObject([{ index: 1, code: 'MALFORMED_RECORD', raw: '0,s␀,1' }]);
  });

  it('ends a row that was still open before it', async () => {
    const records = await read(Buffer.concat([Buffer.from('time,sensor,temperature\n0,"open\nnext\n'), Buffer.from([0xff, 0x0a]), Buffer.from('0,after,1\n')]));

    expect(records.map((record) => ('code' in record ? record.raw : record.sensor))).toEqual(['0,"open', 'next', 'ÿ', 'after']);
  });

  it.each([1, 64, 100_000])('is kept by its beginning where it is too long, in pieces of %i kB', async (kilobytes) => {
    const records = await read(around(`0,${'x'.repeat(3 * MAX_RECORD_BYTES)},1`), { pieceBytes: kilobytes * 1024 });

    expect(records).toMatchObject([
      { index: 0, sensor: 'before' },
      { index: 1, code: 'MALFORMED_RECORD' },
      { index: 2, sensor: 'after' },
    ]);
    expect(refused(records)[0]?.raw).toHaveLength(1000);
  });

  it('is given up by its first line where a quote runs on past the greatest length', async () => {
    const records = await read(around(`0,"open\n${'0,inner,3\n'.repeat(150_000)}0,last,4`));

    expect(refused(records)).toMatchObject([{ index: 1, raw: '0,"open' }]);
    expect(accepted(records)).toHaveLength(150_003);
  });
});

function plain(text: string): boolean {
  return !/[",\r\n]/.test(text) && text.trim() === text;
}
