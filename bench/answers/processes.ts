import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_MS = 60_000;
const END_MS = 12_000;

/** A server of this run. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
// However this process ends, as long as it can do anything.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** The path of a file, from bench/ on. */
export function benchFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** Whether processes can be tied to cores here. */
export const canPin: boolean = (() => {
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** The cores that a process may use, as `pin` takes them. */
export function affinityOf(pid: number): string {
  return (
    execFileSync('taskset', ['-cp', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .at(-1) ?? ''
  );
}

/** The processes that a process has started and that still run. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}

/** Ties a process that runs to one core, or a list of them; what it starts later inherits it. False where that is not allowed. */
export function pin(pid: number, cores: number | string): boolean {
  try {
    execFileSync('taskset', ['-cp', String(cores), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** How a process is started. `core` null: wherever the system likes. */
export interface StartOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly core: number | null;
  /** Whether what it writes to standard output is thrown away. */
  readonly isQuiet?: true | undefined;
}

/** Starts a server at a free port, given to it as PORT, and waits until it listens. What it says goes to standard error. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const port = await findFreePort();
  const child = start({ ...options, environment: { ...options.environment, PORT: String(port) } }, ['ignore', 'pipe', 'inherit']);
  if (options.isQuiet === true) child.stdout?.resume();
  else child.stdout?.pipe(process.stderr, { end: false });
  const deadline = Date.now() + START_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${options.command.join(' ')} has ended with ${child.exitCode ?? child.signalCode}`);
    if (Date.now() > deadline) throw new Error(`${options.command.join(' ')} does not listen after ${START_MS / 1000} s`);
    await sleep(50);
  }
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => end(child) };
}

/** Runs a program to its end with `input` at its standard input; gives what it writes. */
export async function run(options: StartOptions, input: string, signal?: AbortSignal): Promise<string> {
  const child = start(options, ['pipe', 'pipe', 'inherit']);
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin?.on('error', () => undefined).end(input);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`${options.command.join(' ')} has ended with ${code}`);
    return output;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Processor time that a process has taken so far; null where the system does not say. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // After the name in brackets, which may hold anything, the 12th and 13th fields are ticks of 10 ms in user and system mode.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function start({ command, environment, core }: StartOptions, stdio: ['ignore' | 'pipe', 'pipe', 'inherit']): ChildProcess {
  const [program = '', ...rest] = core === null ? command : ['taskset', '-c', String(core), ...command];
  // In a group of its own: Ctrl-C is for this process, which then ends its own one after the other.
  const child = spawn(program, rest, { stdio, env: { ...process.env, ...environment }, detached: true });
  children.add(child);
  child.on('close', () => children.delete(child));
  child.on('error', (error) => console.error(error.message));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await closed;
  clearTimeout(timer);
}

/** A port that nobody listens at, for now. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
