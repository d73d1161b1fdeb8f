import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StoreError } from '../errors.ts';

/** The user that PostgreSQL runs as where this process is root; null means as this process's own user. */
export type Runner = { readonly name: string; readonly uid: number; readonly gid: number } | null;

const run = promisify(execFile);

/** PostgreSQL refuses to run as root. Files that an ordinary user left stay that user's; else the user `postgres` runs it, and is created where the system has none. */
export async function chooseRunner(clusterDirectory: string): Promise<Runner> {
  return (await findRunner(clusterDirectory)) ?? (process.getuid?.() === 0 ? createUser() : null);
}

/** The same without creating anybody: as root, null means that there is no user yet whom PostgreSQL could run as. */
export async function findRunner(clusterDirectory: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(clusterDirectory).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { name: await nameOf(owner.uid), uid: owner.uid, gid: owner.gid };
  return findUser();
}

/** What `spawn` and `execFile` need to run something as the runner. */
export function asRunner(runner: Runner): { readonly uid?: number; readonly gid?: number } {
  return runner === null ? {} : { uid: runner.uid, gid: runner.gid };
}

async function nameOf(uid: number): Promise<string> {
  const name = await run('id', ['-un', String(uid)]).catch(() => null);
  return name === null ? String(uid) : name.stdout.trim();
}

async function findUser(): Promise<Runner> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { name: 'postgres', uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function createUser(): Promise<Runner> {
  let cause: unknown;
  // `su` without a login shell leaves root with an ordinary user's path.
  const env = { ...process.env, PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` };
  try {
    await run('groupadd', ['--force', '--system', 'postgres'], { env });
    await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/bin/false', 'postgres'], { env });
  } catch (error) {
    // Two gateways may do this at once: what counts is whether the user is there.
    cause = error;
  }
  const created = await findUser();
  if (created !== null) return created;
  throw new StoreError(
    'POSTGRES_USER_MISSING',
    'PostgreSQL refuses to run as root, there is no user "postgres", and it could not be created: ' +
      'create one (useradd --system postgres), run as an ordinary user, or set DATABASE_URL to a PostgreSQL server',
    { cause },
  );
}
