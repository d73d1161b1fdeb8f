import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommandLine } from '../server/command-line.ts';

let output = '';
beforeEach(() => {
  output = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** A database that nobody has: a command that gets so far as to open it fails with 1. */
const NOWHERE = { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nothing' };

it.each([
  [['--help'], ['serve', 'ingest', 'migrate', 'refresh', 'Exit codes']],
  [
    ['serve', '--help'],
    ['--port', '(env: PORT)', '(env: THERMOGRAPH_DATA)', 'MAX_POINTS', 'Examples:'],
  ],
  [
    ['ingest', '--help'],
    ['--register', '(env: INGEST_REGISTER)', '(env: INGEST_SOURCE)', 'standard input', 'Examples:'],
  ],
  [
    ['migrate', '--help'],
    ['(env: DATABASE_URL)', 'Examples:'],
  ],
  [
    ['refresh', '--help'],
    ['(env: DATABASE_URL)', 'Examples:'],
  ],
  [
    ['simulate', '--help'],
    ['--replay-sample', '(env: SIMULATE_SPEED)', '(env: THERMOGRAPH_URL)', 'Ctrl-C', 'Examples:'],
  ],
  [
    ['doctor', '--help'],
    ['--json', '(env: DOCTOR_JSON)', '(env: PORT)', '(env: DATABASE_URL)', 'changes nothing', 'Examples:'],
  ],
  [['--version'], ['0.1.0']],
  [['-V'], ['0.1.0']],
])('helps with %j', async (args, parts) => {
  expect(await runCommandLine(args, {})).toBe(0);
  for (const part of parts) expect(output.replaceAll(/\s+/g, ' ')).toContain(part);
});

it.each(['', 'serve', 'ingest', 'migrate', 'refresh', 'simulate', 'doctor'])(
  'keeps the help of %j to 100 columns, with examples and the variable of each option',
  async (command) => {
    await runCommandLine([command, '--help'].filter(Boolean), {});

    const lines = output.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(
      lines
        .slice(lines.indexOf('Examples:') + 1)
        .every((line) => line.startsWith('  $ thermograph') || line.includes('thermograph') || line.startsWith('  $ curl')),
    ).toBe(true);
    const options = output
      .split(/^ {2}(?=-)/m)
      .slice(1)
      .filter((option) => !/^-[hV], /.test(option));
    for (const option of options) expect(option.replaceAll(/\s+/g, ' ')).toMatch(/\(env: [A-Z_]+\)/);
  },
);

it.each([
  ['no command', [], {}, 'Usage: thermograph'],
  ['an unknown command', ['sreve'], {}, "unknown command 'sreve'"],
  ['an unknown option', ['serve', '--prot', '1'], {}, "unknown option '--prot'"],
  ['an option without its value', ['serve', '--port'], {}, 'argument missing'],
  ['an argument too many', ['serve', 'now'], {}, 'too many arguments'],
  ['a port that is none', ['serve', '--port', '70000'], {}, 'PORT is "70000", but must be a port from 0 to 65535; 0 picks a free one'],
  ['a port in the environment that is none', ['serve'], { PORT: 'http' }, 'PORT is "http", but must be a port'],
  [
    'a host that others reach',
    ['serve'],
    { HOST: '0.0.0.0' },
    'HOST is "0.0.0.0", but must be a loopback address (127.0.0.1, ::1 or localhost), because there is no authentication yet',
  ],
  ['authentication that is not there', ['serve'], { AUTH_SECRET: 'secret' }, 'AUTH_SECRET is set, but there is no authentication yet'],
  ['a zone that is none', ['serve'], { TIMEZONE: 'Mars/Phobos' }, 'TIMEZONE is "Mars/Phobos", but must be an IANA time zone'],
  ['a sample that is none', ['serve'], { THERMOGRAPH_SAMPLE: 'big' }, 'THERMOGRAPH_SAMPLE is "big", but must be none'],
  ['a level that is none', ['migrate'], { LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud", but must be one of'],
  ['a limit that is none', ['serve'], { MAX_POINTS: '-1' }, 'MAX_POINTS is "-1", but must be a whole number'],
  ['a batch that is too large', ['ingest', '-'], { BATCH_SIZE: '400001' }, 'BATCH_SIZE is "400001", but must be a whole number from 1 to 400,000'],
  ['a lateness without a length', ['ingest', '-'], { LATE_AFTER: '1mo' }, 'LATE_AFTER is "1mo", but must be a duration such as 1h'],
  [
    'a database that is none, without its password',
    ['migrate'],
    { DATABASE_URL: 'mysql://me:secret@db/x' },
    'DATABASE_URL is "mysql://me:***@db/x", but must be a URL such as',
  ],
  ['nothing to load', ['ingest'], NOWHERE, 'nothing to load'],
  ['a format that is none', ['ingest', '--format', 'xml', '-'], NOWHERE, 'INGEST_FORMAT is "xml", but must be csv, ndjson or json'],
  ['a format beside a source', ['ingest', '--format', 'csv', '--source', 'beijing-air', '-'], NOWHERE, '--source says the format too'],
  ['a zone of an input that is none', ['ingest', '--timezone', 'Nowhere', '-'], NOWHERE, 'timezone is "Nowhere"'],
  ['a fault that nobody knows', ['simulate', '--faults', 'rust=0.1'], {}, '--faults is "rust=0.1", but faults are none, dropouts, stuck'],
  ['a sink that is none', ['simulate', '--sink', 'ftp://here'], {}, '--sink is "ftp://here", but must be http://'],
  ['a speed that is none', ['simulate', '--replay-sample', '--speed', '0'], {}, '--speed is "0", but must be a number over 0'],
  ['a speed in the environment that is none', ['simulate', '--replay-sample'], { SIMULATE_SPEED: '0' }, 'SIMULATE_SPEED is "0", but must be a number over 0'],
  ['a gateway that is none', ['simulate', '--replay-sample', '--url', 'localhost:4000'], {}, '--url is "localhost:4000", but must be the URL of a'],
  ['a time that is none', ['simulate', '--replay-sample', '--from', 'noon'], {}, '--from is "noon", but a time bound is RFC 3339'],
  [
    'an end before the beginning',
    ['simulate', '--replay-sample', '--from', '2017', '--to', '2016'],
    {},
    '--to is 2017-01-01T00:00:00Z, but must be after --from',
  ],
  ['an end without a beginning', ['simulate', '--replay-sample', '--to', '2016'], {}, 'say by --from where to begin'],
  [
    'a stretch without readings',
    ['simulate', '--replay-sample', '--from', '2015'],
    {},
    'the sample has no readings from 2015-01-01T00:00:00Z to 2015-01-02T00:00:00Z',
  ],
  [
    'a flag in the environment that is none',
    ['ingest', '-'],
    { ...NOWHERE, INGEST_REGISTER: 'maybe' },
    'INGEST_REGISTER is "maybe", but must be true or false',
  ],
])('ends with 2 and says why at %s', async (_name, args, environment, message) => {
  const exitCode = await runCommandLine(args, { LOG_LEVEL: 'silent', ...environment });

  expect(output).toContain(message);
  expect(output).not.toContain('secret');
  expect(exitCode).toBe(2);
});

it('names everything that is wrong at once', async () => {
  await runCommandLine(['serve'], { PORT: 'x', HOST: 'example.com' });

  expect(output).toMatch(/PORT is "x".*\n.*HOST is "example.com"/);
});

it.each([['serve'], ['migrate'], ['refresh']])('ends %s with 1 where the database cannot be reached, and says so without the password', async (command) => {
  const exitCode = await runCommandLine([command], { LOG_LEVEL: 'silent', ...NOWHERE });

  expect(output).toContain('the database cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
  expect(output).toContain('→ start the server, or correct host and port in DATABASE_URL; thermograph doctor looks further');
  expect(output).not.toMatch(/secret|\.ts:/);
  expect(exitCode).toBe(1);
});

it('sends nothing to a gateway where the truth that is to be verified is not there', async () => {
  const exitCode = await runCommandLine(['simulate', '--verify', '--truth', 'mistyped.truth', '--url', 'http://127.0.0.1:1'], {});

  expect(output).toContain('--truth is "mistyped.truth", which is not there to be compared with --verify');
  expect(output).not.toContain('ECONNREFUSED');
  expect(exitCode).toBe(2);
});

it('ends with 2 where a source definition is not known', async () => {
  const exitCode = await runCommandLine(['ingest', '--source', 'nothing-such', '-'], NOWHERE);

  expect(output).toContain('nothing-such');
  expect(exitCode).toBe(2);
});

it('says which source was probably meant', async () => {
  await runCommandLine(['ingest', '--source', 'bejing-air', '-'], NOWHERE);

  expect(output).toContain('did you mean "beijing-air"?');
});

it('ends with 1 where none of the files is there, before it opens a store', async () => {
  const exitCode = await runCommandLine(['ingest', 'nothing.csv', 'such.csv'], NOWHERE);

  expect(output).toContain('nothing.csv, such.csv cannot be read: there is no such file');
  expect(exitCode).toBe(1);
});

it('ends with 1 where HOST is no address of this machine', async () => {
  const exitCode = await runCommandLine(['serve'], { LOG_LEVEL: 'silent', HOST: '192.0.2.1', ALLOW_ANONYMOUS: 'true', ...NOWHERE });

  expect(output).toContain('192.0.2.1 is no address of this machine: set HOST to one that is');
  expect(exitCode).toBe(1);
});
