import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { parseSourceDefinition } from '../etl/source-definition.ts';

const HEAD = 'description: d\nsource: s\nlicence: l\n';
const CSV = `${HEAD}format: csv\n`;
const TIME = 'time: { columns: [t] }\n';
const READINGS = 'readings: [{ sensor: "{s}", metrics: [{ column: v, metric: temperature }] }]\n';

describe('a definition that cannot be used', () => {
  const rule = (yaml: string) => {
    try {
      parseSourceDefinition(yaml, '/etc/own.yaml');
    } catch (error) {
      if (error instanceof InvalidArgumentError) return error.message;
      throw error;
    }
    return 'accepted';
  };
  const withTime = (time: string) => `${CSV}time: ${time}\n${READINGS}`;
  const withGroup = (group: string) => `${CSV}${TIME}readings: [${group}]`;
  const withCatalogue = (catalogue: string) => `${CSV}${TIME}${READINGS}catalogue: ${catalogue}`;

  it.each([
    ['- [', 'it is no YAML: '],
    ['', 'own.yaml: the definition is null, but expected object'],
    [`${CSV}${TIME}`, 'own.yaml: readings is null, but expected array'],
    [`${HEAD}format: xml\n${TIME}${READINGS}`, 'own.yaml: format is "xml", but '],
    [`${CSV}${TIME}${READINGS}colour: red`, 'own.yaml: colour is "red", but there is no such key here'],
    [`${CSV}${TIME}${READINGS}delimeter: ';'`, 'there is no such key here; did you mean "delimiter"?'],
    [`${HEAD}format: json\ndelimiter: ';'\n${TIME}${READINGS}`, 'own.yaml: delimiter is ";", but there is no such key here'],
    [`${CSV}delimiter: ';;'\n${TIME}${READINGS}`, 'own.yaml: delimiter is ";;", but expected one character'],
    [`${CSV}header: [a, a]\n${TIME}${READINGS}`, 'own.yaml: header is ["a","a"], but expected each name once'],
    [`${CSV}thousandsSeparator: '00'\n${TIME}${READINGS}`, 'own.yaml: thousandsSeparator is "00", but expected one character other than a digit'],
    [`${CSV}thousandsSeparator: .\n${TIME}${READINGS}`, 'own.yaml: thousandsSeparator is ".", but expected another character than the decimal sign'],
    [`${CSV}rows: [{ column: s }]\n${TIME}${READINGS}`, 'own.yaml: rows[0] is {"column":"s"}, but expected either "is" or "isNot"'],
    [withTime('{ columns: [] }'), 'own.yaml: time.columns is [], but '],
    [withTime('{ columns: [a, b] }'), 'own.yaml: time.format is null, but expected a format'],
    [withTime('{ columns: [a], format: yyyy-MM-dd }'), 'own.yaml: time.timezone is null, but expected the zone of the clock'],
    [withTime('{ columns: [a], format: yyyy-MM-dd, timezone: Mars }'), 'own.yaml: time.timezone is "Mars", but expected an IANA name'],
    [withTime('{ columns: [a], format: yyyy-mm-dd, timezone: UTC }'), 'own.yaml: time.format is "yyyy-mm-dd", but the month is missing'],
    [withTime('{ columns: [a], format: yyyy-MM-dd M, timezone: UTC }'), 'a part of the time stands there twice'],
    [withTime('{ columns: [a], format: yyyy-MM-dd EEE, timezone: UTC }'), '"EEE" is no part of a time'],
    [withTime('{ columns: [a], format: "yyyy-MM-dd \'T", timezone: UTC }'), 'a single quote is opened and never closed'],
    [withTime('{ columns: [a], format: epoch-seconds, timezone: UTC }'), 'own.yaml: time.timezone is "UTC", but expected none'],
    [withTime('{ columns: [a], format: 5, timezone: UTC }'), 'own.yaml: time.format is 5, but expected a format or a list of formats'],
    [withTime('{ columns: [a], format: [yyyy-MM-dd, yyyy-MM], timezone: UTC }'), 'but "yyyy-MM": the day is missing'],
    [withTime('{ columns: [a], format: [epoch-seconds, yyyy-MM-dd], timezone: UTC }'), 'but expected an epoch alone, or formats of a clock'],
    [withTime('{ columns: [a], format: dMyyyy, timezone: UTC }'), 'but parts of one or two digits stand side by side'],
    [withTime('{ columns: [a], format: yyyyMMdd, timezone: UTC, hour24: true }'), 'but the hour is missing, so that nothing could say 24:00'],
    [withTime('{ columns: [a], format: epoch-seconds, hour24: true }'), 'own.yaml: time.hour24 is true, but expected none'],
    [withTime('{ columns: [a], step: PT5S }'), 'own.yaml: time is '],
    [withTime('{ start: yesterday, step: PT5S, index: n }'), 'own.yaml: time.start is "yesterday", but expected RFC 3339'],
    [withTime('{ start: 2010-05-09T00:00:00Z, step: P1M, index: n }'), 'own.yaml: time.step is "P1M", but expected a duration of exact time'],
    [withTime('{ start: 2010-05-09T00:00:00Z, step: PT5S }'), 'own.yaml: time.index is null, but expected string'],
    [withGroup('{ sensor: a, metrics: [] }'), 'own.yaml: readings[0].metrics is [], but '],
    [withGroup('{ sensor: a, metrics: [{ column: 5, metric: temperature }] }'), 'own.yaml: readings[0].metrics[0].column is 5, but expected string'],
    [withGroup('{ sensor: a, metrics: [{ column: a, metric: t }, { column: b, metric: t }] }'), 'expected each metric once'],
    [
      withGroup('{ sensor: a, metrics: [{ column: a, metric: t, factor: 0 }] }'),
      'own.yaml: readings[0].metrics[0].factor is 0, but expected a factor other than 0',
    ],
    [withGroup('{ sensor: "{a", metrics: [{ column: a, metric: t }] }'), 'own.yaml: readings[0].sensor is "{a", but expected text with {names} in braces'],
    [withGroup('{ file: "(", sensor: a, metrics: [{ column: a, metric: t }] }'), 'own.yaml: readings[0].file is "(", but expected a regular expression'],
    [
      withCatalogue('{ sensors: [{ id: a, location: nowhere }] }'),
      'own.yaml: catalogue.sensors[0].location is "nowhere", but expected a location of this catalogue',
    ],
    [withCatalogue('{ locations: [{ id: a, factory: f, timezone: Mars }] }'), 'own.yaml: catalogue.locations[0].timezone is "Mars", but '],
    [withCatalogue('{ thresholds: [{ metric: t, level: WARNING, min: 2, max: 1 }] }'), 'but expected min ≤ max'],
    [
      withCatalogue('{ thresholds: [{ metric: t, level: WARNING, forDuration: soon }] }'),
      'own.yaml: catalogue.thresholds[0].forDuration is "soon", but expected a duration',
    ],
  ])('says the file, the place, the value and the rule: %j', (yaml, message) => {
    expect(rule(yaml)).toContain(message);
  });
});

describe('the page about definitions', () => {
  it('shows one that can be used', async () => {
    const page = await readFile(new URL('../docs/source-definitions.md', import.meta.url), 'utf8');
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];

    expect(parseSourceDefinition(yaml, 'page.yaml')).toMatchObject({ name: 'page', encoding: 'cp949', decimalComma: true });
  });
});
