import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../db/time/instant.ts';
import { parseSourceDefinition } from '../etl/source-definition.ts';
import { accepted, readAll, refused } from './support/read-input.ts';

const HEAD = 'description: d\nsource: s\nlicence: l\n';
const CSV = `${HEAD}format: csv\n`;
const TIME = 'time: { columns: [t] }\n';
const READINGS = 'readings: [{ sensor: "{s}", metrics: [{ column: v, metric: temperature }] }]\n';

const read = (yaml: string, input: string | Uint8Array, fileName?: string) =>
  readAll(input, { kind: 'source', definition: parseSourceDefinition(yaml, 'own.yaml'), ...(fileName === undefined ? {} : { fileName }) });
const short = async (yaml: string, input: string | Uint8Array, fileName?: string) =>
  accepted(await read(yaml, input, fileName)).map(({ sensor, time, values }) => [sensor, time === null ? null : formatInstant(time), ...values]);

describe('the columns of a source', () => {
  it('give several sensors a row, all under the index of the row', async () => {
    const yaml = `${CSV}${TIME}readings:
      - { sensor: north, metrics: [{ column: a, metric: temperature }, { column: b, metric: humidity }] }
      - { sensor: south, metrics: [{ column: c, metric: temperature }] }`;

    expect(await read(yaml, 't,a,b,c\n1700000000,1,2,3\n1700000001,4,,6\n')).toMatchObject([
      { index: 0, sensor: 'north', metrics: ['temperature', 'humidity'], values: [1, 2] },
      { index: 0, sensor: 'south', metrics: ['temperature'], values: [3] },
      { index: 1, sensor: 'north', values: [4, undefined] },
      { index: 1, sensor: 'south', values: [6] },
    ]);
  });

  it('give the sensor by a constant, a column, a template, and the name of the file', async () => {
    const yaml = (sensor: string, file = '') =>
      `${CSV}${TIME}ignore: [s, p]\nreadings: [{ ${file} sensor: '${sensor}', metrics: [{ column: v, metric: temperature }] }]`;
    const input = 't,s,p,v\n1700000000,s1,p1,1\n';
    const sensorOf = async (sensor: string, file?: string) => (await short(yaml(sensor, file), input, '/data/floor4/413.csv.gz'))[0]?.[0];

    expect(await sensorOf('boiler')).toBe('boiler');
    expect(await sensorOf('{s}')).toBe('s1');
    expect(await sensorOf('{p}/{s}!')).toBe('p1/s1!');
    expect(await sensorOf('room-{room}-{p}', "file: '^(?<room>[0-9]+)\\.',")).toBe('room-413-p1');
  });

  it('are read by the groups that are for the file, and a file that none is for is an error', async () => {
    const yaml = `${CSV}${TIME}readings:
      - { file: ^warm, sensor: a, metrics: [{ column: v, metric: temperature }] }
      - { file: ^damp, sensor: b, metrics: [{ column: v, metric: humidity }] }`;

    expect(accepted(await read(yaml, 't,v\n1,1\n', 'x/damp.csv'))).toMatchObject([{ sensor: 'b', metrics: ['humidity'] }]);
    await expect(read(yaml, 't,v\n1,1\n', 'x/cold.csv')).rejects.toThrow('"cold.csv" does not match ^warm or ^damp');
    await expect(read(yaml, 't,v\n1,1\n')).rejects.toThrow('this input has none: it must match ^warm or ^damp, so load the file by its path');
  });

  it('that the definition neither reads nor ignores are refused once', async () => {
    const records = await read(`${CSV}${TIME}ignore: [note]\n${READINGS}`, 't,s,v,note,new\n1700000000,s1,1,x,2\n1700000000,s1,1,x,2\n');

    expect(refused(records)).toMatchObject([{ index: -1, code: 'UNKNOWN_METRIC', raw: 't,s,v,note,new' }]);
    expect(refused(records)[0]?.message).toContain('column "new" is neither read nor ignored by source definition own');
    expect(accepted(records)).toHaveLength(2);
  });

  it('may have no name, as running numbers often do', async () => {
    expect(await read(`${CSV}${TIME}ignore: ['']\n${READINGS}`, ',t,s,v\n0,1700000000,s1,1\n')).toMatchObject([{ sensor: 's1', values: [1] }]);
    expect(refused(await read(`${CSV}${TIME}${READINGS}`, ',t,s,v\n0,1700000000,s1,1\n'))).toMatchObject([{ index: -1, code: 'UNKNOWN_METRIC' }]);
  });

  it('that are missing or there twice are an error that names them', async () => {
    await expect(read(`${CSV}${TIME}${READINGS}`, 't,s,w\n')).rejects.toThrow(
      'the header has no column "v", which source definition own reads; found "t", "s", "w"',
    );
    await expect(read(`${CSV}${TIME}${READINGS}`, 't,s,v,v\n')).rejects.toThrow('the header has the column "v" twice');
    await expect(read(`${CSV}${TIME}${READINGS}`, '')).rejects.toThrow('the input is empty');
  });

  it('may be named by the definition where the file has no header', async () => {
    expect(await short(`${CSV}header: [t, s, v]\n${TIME}${READINGS}`, '1700000000,s1,1\n1700000001,s1,2,3\n')).toEqual([['s1', '2023-11-14T22:13:20Z', 1]]);
  });

  it('may be empty or hold a marker where nothing was measured', async () => {
    const yaml = `${CSV}missing: [NA, -999, '-']\n${TIME}${READINGS}`;

    expect((await short(yaml, 't,s,v\n1,a,NA\n1,a,-999\n1,a,\n1,a,-\n1,a,7\n1,a,na\n')).map(([, , value]) => value)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      7,
      Number.NaN,
    ]);
    expect((await short(`${CSV}missing: [NA]\n${TIME}${READINGS}`, 't,s,v\n1,a,NA\n1,a,-999\n')).map(([, , value]) => value)).toEqual([undefined, -999]);
  });

  it('are converted by factor and offset', async () => {
    const yaml = `${CSV}${TIME}readings: [{ sensor: a, metrics: [{ column: v, metric: temperature, factor: 0.5, offset: -16 }] }]`;

    expect(await short(yaml, 't,v\n1700000000,32\n1700000000,1e308\n1700000000,warm\n')).toMatchObject([
      [expect.anything(), expect.anything(), 0],
      [expect.anything(), expect.anything(), 5e307],
      [expect.anything(), expect.anything(), Number.NaN],
    ]);
  });

  it('may use the comma as decimal sign, and then a point is none', async () => {
    const records = await short(`${CSV}delimiter: ';'\ndecimalComma: true\n${TIME}${READINGS}`, 't;s;v\n1;a;21,5\n1;a;-3\n1;a;1.234\n1;a;1,2,3\n');

    expect(records.map(([, , value]) => value)).toEqual([21.5, -3, Number.NaN, Number.NaN]);
  });

  it('may have a separator between thousands, and only there', async () => {
    const numbers = async (options: string, ...cells: string[]) =>
      (await short(`${CSV}delimiter: ';'\n${options}\n${TIME}${READINGS}`, `t;s;v\n${cells.map((cell) => `1;a;${cell}\n`).join('')}`)).map(
        ([, , value]) => value,
      );
    const no = Number.NaN;

    expect(await numbers('thousandsSeparator: "\\u00A0"', '1\u00a0000', '-12\u00a0345\u00a0678.5', '999', '1000')).toEqual([1000, -12_345_678.5, 999, 1000]);
    expect(await numbers('thousandsSeparator: "\\u00A0"', '1\u00a000', '1000\u00a0000', '1\u00a0000\u00a0', '0.000\u00a01', '1 000')).toEqual([
      no,
      no,
      no,
      no,
      no,
    ]);
    expect(await numbers("decimalComma: true\nthousandsSeparator: '.'", '1.234,5', '1.234', '1,234', '1.23', '1.234.567')).toEqual([
      1234.5,
      1234,
      1.234,
      no,
      1_234_567,
    ]);
    expect(await numbers("thousandsSeparator: ','", '1,234.5', '1,5')).toEqual([1234.5, no]);
    // Without it, no number has any.
    expect(await numbers('', '1\u00a0000', '1 000', '1,000')).toEqual([no, no, no]);
  });

  it('leave out the rows that a filter does not let pass, and the others keep their index', async () => {
    const rows = (filter: string) => `${CSV}${TIME}rows: [${filter}]\n${READINGS}`;
    const input = 't,s,v\n1,a,1\n1,b,2\n1,c,3\n';
    const kept = async (filter: string) => (await read(rows(filter), input)).map(({ index }) => index);

    expect(await kept('{ column: s, is: [a, c] }')).toEqual([0, 2]);
    expect(await kept('{ column: s, isNot: [a, c] }')).toEqual([1]);
    expect(await kept('{ column: v, is: [1, 2] }, { column: s, isNot: [a] }')).toEqual([1]);
  });

  it('refuse a row whole that cannot be taken apart or names no sensor', async () => {
    expect(refused(await read(`${CSV}${TIME}${READINGS}`, 't,s,v\n1,a\n1,,3\n1,"a,b",3\n'))).toEqual([
      { index: 0, code: 'MALFORMED_RECORD', message: 'the row has 2 cells, but the header has 3', raw: '1,a', header: 't,s,v' },
      { index: 1, code: 'MALFORMED_RECORD', message: 'the record names no sensor', raw: '1,,3', header: 't,s,v' },
    ]);
  });
});

describe('the encoding of a source', () => {
  const yaml = `${CSV}encoding: cp949\ntime: { columns: [시각] }\nreadings: [{ sensor: '{측정소}', metrics: [{ column: 온도, metric: temperature }] }]`;

  it('may be CP949, with all its syllables', async () => {
    expect(await short(yaml, iconv.encode('시각,측정소,온도\n1700000000,중구 갂뷁,1\n', 'cp949'))).toEqual([['중구 갂뷁', '2023-11-14T22:13:20Z', 1]]);
  });

  it('may be windows-1252, which is what Latin-1 files are written in', async () => {
    const western = `${CSV}encoding: windows-1252\ntime: { columns: [t] }\nreadings: [{ sensor: '{Gerät}', metrics: [{ column: °C, metric: temperature }] }]`;
    const bytes = Buffer.concat([Buffer.from('t,Gerät,°C\n1700000000,Kälte ', 'latin1'), Buffer.from([0x80]), Buffer.from(',1\n1700000000,', 'latin1')]);

    expect(await short(western, Buffer.concat([bytes, Buffer.from('b,2\n')]))).toEqual([
      ['Kälte €', '2023-11-14T22:13:20Z', 1],
      ['b', '2023-11-14T22:13:20Z', 2],
    ]);
    // 81 is the byte of no letter.
    expect(refused(await read(western, Buffer.concat([bytes, Buffer.from([0x81]), Buffer.from(',2\n')])))).toMatchObject([
      { index: 1, code: 'MALFORMED_RECORD', message: 'the record is not WINDOWS-1252 text; its bytes are shown as Latin-1' },
    ]);
  });

  it('refuses a file whose header is not in it', async () => {
    await expect(read(yaml, 't,측정소,온도\n1,a,1\n')).rejects.toThrow(
      'the header does not fit source definition own: the record is not CP949 text; its bytes are shown as Latin-1; it begins "t,',
    );
  });

  it('refuses a row that is not in it', async () => {
    const records = await read(
      yaml,
      Buffer.concat([iconv.encode('시각,측정소,온도\n1,a,1\n', 'cp949'), Buffer.from([0x31, 0x2c, 0xff, 0xff, 0x2c, 0x31, 0x0a]), Buffer.from('1,b,1\n')]),
    );

    expect(records).toMatchObject([{ sensor: 'a' }, { index: 1, code: 'MALFORMED_RECORD', raw: '1,ÿÿ,1' }, { sensor: 'b' }]);
  });
});

describe('a JSON source', () => {
  const yaml = (format: string) =>
    `${HEAD}format: ${format}\nmissing: [none]\ntime: { columns: [meta.at] }\nreadings: [{ sensor: 'd-{meta.device.0}', metrics: [{ column: data.t, metric: temperature }] }]`;
  const records = [
    { meta: { at: '2024-05-01T12:00:00Z', device: [7, 8] }, data: { t: 21.5 } },
    { meta: { at: 1714564800, device: ['x'] }, data: { t: '22' } },
    { meta: { at: '2024-05-01T12:00:00Z', device: ['x'] }, data: { t: null } },
    { meta: { at: '2024-05-01T12:00:00Z', device: ['x'] } },
    { meta: { at: '2024-05-01T12:00:00Z', device: ['x'] }, data: { t: 'none' } },
  ];
  const expected = [
    ['d-7', '2024-05-01T12:00:00Z', 21.5],
    ['d-x', '2024-05-01T12:00:00Z', 22],
    ['d-x', '2024-05-01T12:00:00Z', undefined],
    ['d-x', '2024-05-01T12:00:00Z', undefined],
    ['d-x', '2024-05-01T12:00:00Z', undefined],
  ];

  it('is read by paths', async () => {
    expect(await short(yaml('json'), JSON.stringify(records))).toEqual(expected);
    expect(await short(yaml('ndjson'), records.map((record) => JSON.stringify(record)).join('\n'))).toEqual(expected);
  });

  it('refuses a record that is none', async () => {
    expect(refused(await read(yaml('ndjson'), '{"meta":\n[]\n'))).toMatchObject([
      { index: 0, code: 'MALFORMED_RECORD', raw: '{"meta":' },
      { index: 1, code: 'MALFORMED_RECORD', message: 'the record is no JSON object' },
    ]);
  });
});
