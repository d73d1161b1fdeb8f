import { openStore } from '../../../db/open-store.ts';
import { CONNECTORS } from '../../../etl/connect/all-connectors.ts';
import { SYSTEM_CLOCK } from '../../../etl/jobs/clock.ts';
import { openJobLibrary } from '../../../etl/jobs/job-library.ts';
import { startJobs } from '../../../etl/jobs/start-jobs.ts';
import { SILENT } from './jobs.ts';

/** An instance that runs the jobs of a folder, in a process of its own, so that tests can kill it. Says on standard output when it has begun. */
const [, ...settings] = process.argv.slice(2);
const {
  url = '',
  folder = '',
  host = '',
} = Object.fromEntries(settings.map((setting) => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]));

const store = await openStore({ url, timezone: 'UTC', log: SILENT });
startJobs({
  store,
  library: openJobLibrary(folder, process.env),
  connectors: CONNECTORS,
  log: SILENT,
  clock: SYSTEM_CLOCK,
  sourcesFolder: 'sources',
  host,
  concurrency: 2,
});
process.stdout.write(`${JSON.stringify({ ready: host })}\n`);
