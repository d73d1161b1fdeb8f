import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { readServingSettings } from '../server/settings.ts';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const running: RunningCommand[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.end()));
});

/** An address of this machine that others reach, where it has one. */
const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

function serve(environment: Record<string, string>): RunningCommand {
  const command = new RunningCommand(['serve', '--port', '0', '--sample', 'none'], { DATABASE_URL: db.url, ...environment });
  running.push(command);
  return command;
}

/** The code of the refusal, or the status, of a request that reaches the gateway at `origin` and says that it is for `host`. */
function ask(origin: string, host: string, from?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = from === undefined ? { host } : { host, origin: from };
    const sent = request(`${origin}/healthz`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(JSON.parse(text).errors?.[0].extensions.code ?? String(response.statusCode)));
    });
    sent.on('error', reject);
    sent.end();
  });
}

it('refuses to listen where others reach it, and says why and what would allow it', async () => {
  const command = serve({ HOST: '0.0.0.0' });

  expect(await command.exitCode()).toBe(2);
  expect(command.errors).toBe(
    'thermograph: HOST is "0.0.0.0", but must be a loopback address (127.0.0.1, ::1 or localhost), because there is no authentication yet; ALLOW_ANONYMOUS=true lifts this, and lets everyone who reaches the gateway read and write\n',
  );
});

it('listens where others reach it with ALLOW_ANONYMOUS, warns, and names an address that works here', async () => {
  const command = serve({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' });
  const { url } = await command.line('ready');
  const { port } = new URL(String(url));

  expect(url).toBe(`http://localhost:${port}/graphql`);
  expect(await command.line('no authentication: everybody who reaches this address may read and write')).toMatchObject({ level: 'warn', host: '0.0.0.0' });
  for (const address of ['127.0.0.1', ...(elsewhere === undefined ? [] : [elsewhere])]) {
    expect(await ask(`http://${address}:${port}`, 'localhost')).toBe('200');
  }
});

it.each([
  ['ALLOW_ANONYMOUS', 'yes', 'must be true or false'],
  ['ALLOWED_HOSTS', 'http://thermograph.example.com', 'must be host names without scheme and port'],
  ['ALLOWED_HOSTS', 'thermograph.example.com:4000', 'must be host names without scheme and port'],
  ['ALLOWED_HOSTS', '*', 'must be host names without scheme and port'],
])('refuses %s %j', (name, value, rule) => {
  expect(() => readServingSettings({ [name]: value })).toThrow(rule);
});

describe('listening at all addresses, known as Thermograph.Example.com and [2001:DB8:0::1]', () => {
  const gateway = useGateway(db, { HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true', ALLOWED_HOSTS: ' Thermograph.Example.com, [2001:DB8:0::1],' });

  // As a browser sends them that was led here through a published port or a proxy.
  it.each([['localhost:4000'], ['127.0.0.1:4000'], ['[::1]:4000'], ['thermograph.example.com'], ['THERMOGRAPH.example.com:8080'], ['[2001:db8::1]:4000']])(
    'answers requests for %s, and its pages',
    async (host) => {
      expect(await ask(gateway.origin, host)).toBe('200');
      expect(await ask(gateway.origin, host, `http://${host}`)).toBe('200');
      expect(await ask(gateway.origin, host, `https://${host}`)).toBe('200');
    },
  );

  it.each([['evil.example'], ['example.com'], ['a.thermograph.example.com'], ['thermograph.example.com.evil.example'], ['0.0.0.0:4000'], ['192.168.0.7:4000']])(
    'refuses requests for %s, and its pages',
    async (host) => {
      expect(await ask(gateway.origin, host)).toBe('FORBIDDEN_HOST');
      expect(await ask(gateway.origin, 'thermograph.example.com', `http://${host}`)).toBe('FORBIDDEN_ORIGIN');
    },
  );
});

describe.runIf(elsewhere)('listening at one address that others reach', () => {
  const gateway = useGateway(db, { HOST: elsewhere, ALLOW_ANONYMOUS: 'true' });

  it('answers requests for that address', async () => {
    expect(await ask(gateway.origin, new URL(gateway.origin).host)).toBe('200');
    expect(await ask(gateway.origin, 'evil.example')).toBe('FORBIDDEN_HOST');
  });
});
