import { startEmbeddedServer } from '../../db/embedded/embedded-server.ts';
import { StoreError } from '../../db/errors.ts';

/** A gateway reduced to its embedded server, in a process of its own, so that tests can kill it. Says on standard output, one JSON object a line, what has happened to it. */
function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
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
  say({ ready: server.url('postgres') });
} catch (error) {
  say(
    error instanceof StoreError
      ? { refused: error.code, message: error.message }
      : { failed: String(error), stack: error instanceof Error ? error.stack : null },
  );
  process.exitCode = 1;
}
