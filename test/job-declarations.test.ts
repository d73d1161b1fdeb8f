import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatInstant } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { type Job, parseJob } from '../etl/jobs/job.ts';
import { findJob, openJobLibrary } from '../etl/jobs/job-library.ts';
import { failureOf } from '../etl/jobs/run-failure.ts';
import { nextTick, ticksBetween } from '../etl/jobs/ticks.ts';

const HTTP = 'source: { kind: http, url: https://plant.example/readings }';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thermograph-jobs-'));
});

afterAll(() => rm(folder, { recursive: true }));

function parse(yaml: string, environment: Readonly<Record<string, string>> = {}): Job {
  return parseJob(yaml, '/etc/thermograph/jobs/ovens.yaml', environment);
}

it('runs hourly, with two retries two minutes apart, half an hour at most, and is late after an hour, unless its file says otherwise', () => {
  expect(parse(HTTP)).toMatchObject({
    id: 'ovens',
    enabled: true,
    schedule: '0 * * * *',
    timezone: 'UTC',
    mapping: { format: null, source: null, timezone: null, register: false },
    limits: { retries: 2, retryDelay: 120e6, timeout: 1800e6, sla: 3600e6, batchSize: 50_000, rejectedShare: 0.05, cadence: null, maxGap: null },
    backfill: { chunk: 86_400e6 },
  });
  expect(
    parse(
      `${HTTP}\nschedule: null\nlimits: { retries: 0, retryDelay: 0s, timeout: PT90S, sla: null, batchSize: 10, rejectedShare: 1, cadence: 5s, maxGap: 1m }\nbackfill: { chunk: 6h }`,
    ),
  ).toMatchObject({
    schedule: null,
    limits: { retries: 0, retryDelay: 0, timeout: 90e6, sla: null, batchSize: 10, rejectedShare: 1, cadence: 5e6, maxGap: 60e6 },
    backfill: { chunk: 21_600e6 },
  });
});

it.each([
  ['schedule: hourly', 'ovens.yaml: schedule is "hourly", but expected five fields of cron'],
  ['schedule: 0 0 0 * * *', 'ovens.yaml: schedule is "0 0 0 * * *", but expected five fields of cron'],
  ['timezone: Seoul', 'ovens.yaml: timezone is "Seoul", but expected an IANA name'],
  ['limits: { retrys: 3 }', 'ovens.yaml: limits.retrys is 3, but there is no such key here; did you mean "retries"?'],
  ['limits: { timeout: 0s }', 'ovens.yaml: limits.timeout is "0s", but expected a duration of exact time above 0'],
  ['limits: { timeout: 1mo }', 'ovens.yaml: limits.timeout is "1mo", but expected a duration of exact time above 0'],
  ['limits: { rejectedShare: 5 }', 'ovens.yaml: limits.rejectedShare is 5, but expected a share from 0 to 1'],
  ['mapping: { source: nab, format: csv }', 'ovens.yaml: mapping.format is "csv", but expected none'],
  ['cadence: 1m', 'ovens.yaml: cadence is "1m", but there is no such key here; it belongs to another part'],
])('names file, place, value and rule of what cannot be: %s', (line, message) => {
  expect(() => parse(`${HTTP}\n${line}`)).toThrow(message);
});

it.each([
  ['mapping: { format: csv }', 'ovens.yaml: mapping.format is "csv", but expected none: how a message is read is said under source'],
  ['mapping: { source: nab }', 'ovens.yaml: mapping.source is "nab", but expected none: how a message is read is said under source'],
  ['limits: { timeout: 5m }', 'ovens.yaml: limits.timeout is "5m", but expected none: a stream has no end that could be late'],
])('refuses of a stream what would be without effect: %s', (line, message) => {
  const streams = [
    '{ kind: mqtt, url: "mqtt://broker", topics: "a/{sensor}" }',
    '{ kind: kafka, brokers: [b], topics: [a] }',
    '{ kind: nats, servers: [nats://b], stream: A }',
  ];
  for (const stream of streams) {
    expect(() => parse(`source: ${stream}\n${line}`)).toThrow(message);
    expect(parse(`source: ${stream}\nmapping: { format: null }`)).toMatchObject({ limits: { timeout: 1800e6 } });
  }
});

it('takes how a log is loaded again of streams that have one, and refuses what would be without effect', () => {
  const mqtt = 'source: { kind: mqtt, url: "mqtt://broker", topics: "a/{sensor}" }';
  for (const stream of ['{ kind: kafka, brokers: [b], topics: [a] }', '{ kind: nats, servers: [nats://b], stream: A }']) {
    expect(parse(`source: ${stream}\nbackfill: { share: 1 }`)).toMatchObject({ backfill: { share: 1, batchSize: 500 } });
    expect(() => parse(`source: ${stream}\nbackfill: { chunk: 1d }`)).toThrow(
      'ovens.yaml: backfill.chunk is "1d", but expected none: a log is read from one end to the other',
    );
  }
  expect(() => parse(`${mqtt}\nbackfill: { share: 1 }`)).toThrow('ovens.yaml: backfill is {"share":1}, but expected none: an MQTT broker keeps nothing');
});

it.each(['', '# nothing yet', '- source', 'source'])('says what a file lacks that is no job: %j', (yaml) => {
  expect(() => parse(yaml)).toThrow(/^ovens\.yaml: the job is .*, but expected keys and what they say, at least source: \{ kind: …, … \}$/);
});

it('knows six kinds of sources and no other', () => {
  expect(() => parse('source: { kind: ftp }')).toThrow('ovens.yaml: source.kind is "ftp", but expected files, http, database, mqtt, kafka or nats');
  expect(() => parse('schedule: null')).toThrow('ovens.yaml: source is null');
});

it('takes environment variables into texts, names one that is missing, and tells nobody what they hold', () => {
  const yaml = `source: { kind: http, url: "https://plant.example/\${PATH_OF}?key=\${PLANT_KEY}" }`;
  const job = parse(yaml, { PATH_OF: 'readings', PLANT_KEY: 's3cr/et' });

  expect(job.source).toMatchObject({ url: 'https://plant.example/readings?key=s3cr/et' });
  expect(() => parse(yaml, { PATH_OF: 'readings' })).toThrow(`ovens.yaml: source.url is "\${PLANT_KEY}", but the environment variable PLANT_KEY is not set`);
  expect(() => parse(yaml.replace('http,', 'http, since: 5,'), { PATH_OF: 'readings', PLANT_KEY: 's3cr/et' })).toThrow(/^(?!.*s3cr).*$/s);
  expect(failureOf(new Error('https://u:pw@plant.example/readings?key=s3cr%2Fet answered 403 to s3cr/et'), job).error).toBe(
    `https://u:***@plant.example/\${PATH_OF}?key=\${PLANT_KEY} answered 403 to \${PLANT_KEY}`,
  );
});

it('reads a folder again when a file changes, and a broken file keeps no other from running', async () => {
  const library = openJobLibrary(folder, {});
  await writeFile(join(folder, 'good.yaml'), HTTP);
  await writeFile(join(folder, 'bad.yml'), 'source: 5');
  const first = await library.current();

  expect([...first.jobs.keys()]).toEqual(['good']);
  expect([...first.problems]).toEqual([['bad', expect.stringContaining('bad.yml: source is 5')]]);
  expect(() => findJob(first, 'bad')).toThrow('its file is broken: bad.yml: source is 5');
  expect(() => findJob(first, 'goood')).toThrow('did you mean "good"?');
  expect(await library.current()).toBe(first);

  await writeFile(join(folder, 'bad.yml'), `${HTTP}\ndescription: Mended`);
  expect([...(await library.current()).jobs.keys()]).toEqual(['bad', 'good']);
  await unlink(join(folder, 'good.yaml'));
  expect([...(await library.current()).jobs.keys()]).toEqual(['bad']);
});

const at = (text: string) => parseRfc3339(text) ?? 0;

it('ticks once for each hour that passes where clocks change, and once a day at a time that is skipped or comes twice', () => {
  const berlin = (schedule: string, from: string, to: string) =>
    ticksBetween({ schedule, timezone: 'Europe/Berlin' }, at(from), at(to)).map((tick) => formatInstant(tick).slice(5, 16));

  expect(berlin('0 * * * *', '2024-10-26T22:00:00Z', '2024-10-27T23:00:00Z')).toHaveLength(25);
  expect(berlin('0 * * * *', '2024-03-30T23:00:00Z', '2024-03-31T22:00:00Z')).toHaveLength(23);
  expect(berlin('30 2 * * *', '2024-10-26T12:00:00Z', '2024-10-28T12:00:00Z')).toEqual(['10-27T00:30', '10-28T01:30']);
  expect(berlin('30 2 * * *', '2024-03-30T12:00:00Z', '2024-04-01T12:00:00Z')).toEqual(['03-31T01:00', '04-01T00:30']);
  expect(nextTick({ schedule: '0 * * * *', timezone: 'Asia/Kolkata' }, at('2024-01-01T00:30:00Z'))).toBe(at('2024-01-01T01:30:00Z'));
  expect(nextTick({ schedule: null, timezone: 'UTC' }, 0)).toBeNull();
});
