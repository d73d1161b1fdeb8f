import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, inspectBinaries } from '../../db/embedded/binaries.ts';
import { clusterDirectoryOf, locateDataDirectory, unusable } from '../../db/embedded/data-directory.ts';
import { type FoundServer, findServer } from '../../db/embedded/find-server.ts';
import { findRunner, type Runner } from '../../db/embedded/runner.ts';
import { type CheckResult, fail, failBy, ok, sizeText, warn } from './check.ts';

/** Under this a load of a day may not fit; under the lower one PostgreSQL itself is about to stop. */
const LITTLE_ROOM_BYTES = 1024 ** 3;
const NO_ROOM_BYTES = 64 * 1024 ** 2;

/** What is known of the embedded PostgreSQL; `url` of its store where it runs and lets us in. */
export interface EmbeddedFindings {
  readonly results: readonly CheckResult[];
  readonly url: ((database: string) => string) | null;
}

/** Looks at the data directory, the programs and the server of the embedded PostgreSQL. Starts nothing and makes nothing, so that a doctor leaves no trace. */
export async function checkEmbedded(dataDirectory: string): Promise<EmbeddedFindings> {
  const runner = await findRunner(clusterDirectoryOf(dataDirectory));
  const rights = await checkRights(dataDirectory, runner);
  if (rights.existing === null) return { results: [rights.result], url: null };
  const results = [rights.result, await checkRoom(rights.existing)];
  const programs = await checkPrograms(runner);
  results.push(programs.result);
  if (programs.binaries === null || rights.result.status === 'fail' || !rights.isMade) return { results, url: null };
  const server = await checkServer(rights.existing, programs.binaries);
  return { results: [...results, server.result], url: server.url };
}

interface Rights {
  readonly result: CheckResult;
  /** The deepest directory that is there; null where nothing is known of it. */
  readonly existing: string | null;
  readonly isMade: boolean;
}

async function checkRights(dataDirectory: string, runner: Runner): Promise<Rights> {
  const name = 'data directory';
  let existing: string | null = null;
  try {
    const located = await locateDataDirectory(dataDirectory, runner);
    existing = located.existing;
    const path = join(existing, ...located.missing);
    const isMade = located.missing.length === 0;
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: unknown) => {
      throw unusable(path, error);
    });
    if (!isMade) return { result: ok(name, `${path} is not there yet: the first start makes it`), existing, isMade };
    return { result: await checkOwner(path, runner), existing, isMade };
  } catch (error) {
    return { result: failBy(name, error), existing, isMade: false };
  }
}

/** PostgreSQL runs only as the owner of its files. */
async function checkOwner(path: string, runner: Runner): Promise<CheckResult> {
  const owner = await stat(clusterDirectoryOf(path)).catch(() => null);
  const ownId = process.getuid?.();
  if (owner !== null && ownId !== undefined && ownId !== 0 && owner.uid !== ownId)
    return fail(
      'data directory',
      `${path} is writable, but the PostgreSQL files in it belong to the user with the id ${owner.uid}, and this one is ${ownId}`,
      'run as that user or as root',
    );
  return ok('data directory', `${path} is writable${runner === null ? '' : `, and reachable for the user "${runner.name}", as whom PostgreSQL runs`}`);
}

async function checkRoom(directory: string): Promise<CheckResult> {
  const { bavail, blocks, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const found = `${sizeText(free)} of ${sizeText(blocks * bsize)} free`;
  if (free < NO_ROOM_BYTES)
    return fail('disk', found, 'make room, or set THERMOGRAPH_DATA to a directory on a larger disk: PostgreSQL stops when nothing is free');
  return free < LITTLE_ROOM_BYTES ? warn('disk', found, 'make room: PostgreSQL stops when nothing is free') : ok('disk', found);
}

async function checkPrograms(runner: Runner): Promise<{ readonly result: CheckResult; readonly binaries: Binaries | null }> {
  try {
    const { binaries, problem } = await inspectBinaries(runner);
    const found = `embedded PostgreSQL ${binaries.version}`;
    if (problem === null) return { result: ok('programs', `${found} is installed and runs`), binaries };
    const result = warn(
      'programs',
      `${found} is installed, but does not run from there: ${problem}`,
      'nothing yet: a start mends that or copies the programs to the data directory, and says so where it cannot',
    );
    return { result, binaries };
  } catch (error) {
    return { result: failBy('programs', error), binaries: null };
  }
}

async function checkServer(dataDirectory: string, binaries: Binaries): Promise<{ readonly result: CheckResult; readonly url: EmbeddedFindings['url'] }> {
  try {
    const found = await findServer(dataDirectory, binaries);
    return { result: describeServer(found), url: found.kind === 'running' ? found.url : null };
  } catch (error) {
    return { result: failBy('server', error, 'run as the user whom the files belong to, or as root'), url: null };
  }
}

function describeServer(found: FoundServer): CheckResult {
  const name = 'server';
  switch (found.kind) {
    case 'absent':
      return ok(name, 'there is no database yet: the first start makes it');
    case 'stopped':
      return warn(
        name,
        'no gateway runs over these data, so the checks inside of the database are left out',
        'start it (thermograph serve), and run this again beside it',
      );
    case 'killed':
      return warn(
        name,
        `PostgreSQL (process ${found.process}) was killed; what it had acknowledged is safe`,
        'start the gateway (thermograph serve): it recovers by itself',
      );
    case 'silent':
      return fail(
        name,
        `PostgreSQL (process ${found.process}) runs over these data, but lets nobody in`,
        `if it has been starting for minutes, end it (kill -INT ${found.process}) and start the gateway again`,
      );
    case 'running':
      return found.owner === null
        ? warn(
            name,
            `PostgreSQL (process ${found.process}, port ${found.port}) was left running by a gateway that has ended`,
            'start the gateway (thermograph serve): it stops this one first',
          )
        : ok(name, `PostgreSQL (process ${found.process}, port ${found.port}) belongs to the gateway with process ${found.owner}`);
  }
}
