import pg from 'pg';
import { startEmbeddedServer } from '../../db/embedded/embedded-server.ts';
import { StoreError } from '../../db/errors.ts';

/** A gateway reduced to its embedded server, in a process of its own, so that tests can kill it. Says on standard output, one JSON object a line, what has happened to it. */
function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function select(url: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select 1 as one');
  await client.end();
  return rows[0];
}

const [dataDirectory = '.thermograph', ...settings] = process.argv.slice(2);

try {
  const server = await startEmbeddedServer({
    dataDirectory,
    settings: Object.fromEntries(settings.map((setting) => setting.split('=', 2))),
    log: {
      debug: () => undefined,
      info: (fields, message) => say({ level: 'info', message, ...fields }),
      warn: (fields, message) => say({ level: 'warn', message, ...fields }),
      error: (fields, message) => say({ level: 'error', message, ...fields }),
    },
    onLost: (error) => say({ lost: error.code, message: error.message }),
  });
  process.once('SIGTERM', () => {
    void server.stop().then(() => {
      say({ stopped: true });
      process.exit(0);
    });
  });
  process.on('SIGINT', () => {
    void select(server.url('postgres')).then((answer) => say({ interrupted: true, answer }));
  });
  process.once('SIGUSR2', () => {
    throw new Error('a bug');
  });
  say({ ready: server.url('postgres') });
} catch (error) {
  say(
    error instanceof StoreError
      ? { refused: error.code, message: error.message }
      : { failed: String(error), stack: error instanceof Error ? error.stack : null },
  );
  process.exitCode = 1;
}
