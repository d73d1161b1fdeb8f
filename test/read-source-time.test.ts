import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { formatInstant } from '../db/time/instant.ts';
import { parseSourceDefinition } from '../etl/source-definition.ts';
import { accepted, readAll } from './support/read-input.ts';

const yamlOf = (time: string) =>
  `description: d\nsource: s\nlicence: l\nformat: csv\ntime: ${time}\nreadings: [{ sensor: a, metrics: [{ column: v, metric: temperature }] }]`;

/** The times of rows with these cells, null where they are none. */
async function times(time: string, columns: string, ...cells: string[]): Promise<(string | null)[]> {
  const definition = parseSourceDefinition(yamlOf(time), 'own.yaml');
  const records = await readAll(`${columns},v\n${cells.map((cell) => `${cell},1\n`).join('')}`, { kind: 'source', definition });
  return accepted(records).map((record) => (record.time === null ? null : formatInstant(record.time)));
}

describe('the time of a source', () => {
  it('is as in the canonical form where nothing is said', async () => {
    expect(await times('{ columns: [t] }', 't', '2024-05-01T12:00:00+09:00', '1700000000', '2024-05-01 12:00')).toEqual([
      '2024-05-01T03:00:00Z',
      '2023-11-14T22:13:20Z',
      null,
    ]);
    expect(await times('{ columns: [t], timezone: Asia/Seoul }', 't', '2024-05-01 12:00')).toEqual(['2024-05-01T03:00:00Z']);
  });

  it('is of a format and a zone', async () => {
    expect(
      await times(
        '{ columns: [t], format: "dd.MM.yyyy \'um\' H:mm", timezone: Europe/Berlin }',
        't',
        '01.05.2024 um 9:05',
        '1.05.2024 um 9:05',
        '31.04.2024 um 9:05',
        '31.03.2024 um 2:30',
      ),
    ).toEqual(['2024-05-01T07:05:00Z', null, null, null]);
    expect(await times('{ columns: [t], format: yyyyMMddHHmmss.S, timezone: UTC }', 't', '20240501123456.0625')).toEqual(['2024-05-01T12:34:56.062500Z']);
  });

  it('is joined from several columns', async () => {
    expect(await times('{ columns: [y, m, d], format: yyyy M d, timezone: Asia/Shanghai }', 'd,m,y', '1,5,2024', '31,12,2024', '30,2,2024')).toEqual([
      '2024-04-30T16:00:00Z',
      '2024-12-30T16:00:00Z',
      null,
    ]);
  });

  it('is an epoch, with fractions', async () => {
    expect(await times('{ columns: [t], format: epoch-seconds }', 't', '1458034567.25', '0', '1e9', 'x')).toEqual([
      '2016-03-15T09:36:07.250Z',
      '1970-01-01T00:00:00Z',
      '2001-09-09T01:46:40Z',
      null,
    ]);
    expect(await times('{ columns: [t], format: epoch-milliseconds }', 't', '1458034567250', '5')).toEqual([
      '2016-03-15T09:36:07.250Z',
      '1970-01-01T00:00:00.005Z',
    ]);
  });

  it('is counted in steps from a start', async () => {
    expect(await times('{ start: 2010-05-09 00:00, timezone: Asia/Seoul, step: PT5S, index: n, first: 1 }', 'n', '1', '2', '721', '1.5', '')).toEqual([
      '2010-05-08T15:00:00Z',
      '2010-05-08T15:00:05Z',
      '2010-05-08T16:00:00Z',
      null,
      null,
    ]);
  });

  it('may end its day at 24:00, where the source says so', async () => {
    const format = 'format: yyyy-MM-dd HH:mm, timezone: Asia/Seoul';
    const cells = ['2018-12-31 24:00', '2020-02-28 24:00', '2019-01-01 00:00', '2019-01-01 24:01', '2019-01-01 25:00', '2019-02-29 24:00'];

    expect(await times(`{ columns: [t], ${format}, hour24: true }`, 't', ...cells)).toEqual([
      '2018-12-31T15:00:00Z',
      '2020-02-28T15:00:00Z',
      '2018-12-31T15:00:00Z',
      null,
      null,
      null,
    ]);
    expect(await times(`{ columns: [t], ${format} }`, 't', '2018-12-31 24:00')).toEqual([null]);
    // Where the clock skips midnight, as in Asuncion on 2024-10-06, that day has no 24:00.
    expect(await times('{ columns: [t], format: yyyyMMddHH, timezone: America/Asuncion, hour24: true }', 't', '2024100524', '2024100624')).toEqual([
      null,
      '2024-10-07T03:00:00Z',
    ]);
  });

  it('may have a year of two digits, which is one from 2000 on', async () => {
    expect(await times('{ columns: [t], format: d/M/yy H:mm, timezone: UTC }', 't', '8/12/18 9:30', '1/1/99 0:00', '8/12/2018 9:30')).toEqual([
      '2018-12-08T09:30:00Z',
      '2099-01-01T00:00:00Z',
      null,
    ]);
  });

  it('may be written in one of several formats, whose order does not matter', async () => {
    const cells = ['08-12-2018 09:30', '8/12/18 9:30', '8-12-2018 9:30', '2018-12-08 09:30'];
    const expected = ['2018-12-08T09:30:00Z', '2018-12-08T09:30:00Z', null, null];

    expect(await times('{ columns: [t], format: [dd-MM-yyyy HH:mm, d/M/yy H:mm], timezone: UTC }', 't', ...cells)).toEqual(expected);
    expect(await times('{ columns: [t], format: [d/M/yy H:mm, dd-MM-yyyy HH:mm], timezone: UTC }', 't', ...cells)).toEqual(expected);
  });

  it('is never read with the month before the day by guess: what does not fit day first is refused', async () => {
    expect(await times('{ columns: [t], format: [dd-MM-yyyy, d/M/yy], timezone: UTC }', 't', '12/13/18', '12-13-2018', '13/12/18')).toEqual([
      null,
      null,
      '2018-12-13T00:00:00Z',
    ]);
  });

  it.each([
    ['[d/M/yy, M/d/yy]', '"d/M/yy" and "M/d/yy"'],
    ['[yyyy-MM-dd, dd/MM/yyyy, MM/dd/yyyy]', '"dd/MM/yyyy" and "MM/dd/yyyy"'],
    ['[dd.MM.yyyy, d.M.yyyy]', '"dd.MM.yyyy" and "d.M.yyyy"'],
    ['[yyyyMMdd, ddMMyyyy]', '"yyyyMMdd" and "ddMMyyyy"'],
    ["[d/M/yyyy, M/d/'20'yy]", `"d/M/yyyy" and "M/d/'20'yy"`],
  ])('has no two formats that one text could fit: %s', (format, both) => {
    const parse = () => parseSourceDefinition(yamlOf(`{ columns: [t], format: ${format}, timezone: UTC }`), 'own.yaml');

    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(`${both} both fit it: which one counts could not be told`);
  });

  it.each(['[yyyy-MM-dd, yyyy-MM-dd HH:mm]', '[dd-MM-yyyy, d/M/yy]', '[yyyyMMdd, yyMMdd]', "[d/M/yy, d/M/yyyy, d'.'M'.'yy]"])(
    'may have formats that no text fits twice: %s',
    (format) => {
      expect(() => parseSourceDefinition(yamlOf(`{ columns: [t], format: ${format}, timezone: UTC }`), 'own.yaml')).not.toThrow();
    },
  );
});
