import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { StoreFacts } from './store.ts';

const PEERS = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly dependencies: Readonly<Record<string, string>> };

/** What a run says of itself. */
export interface RunDescription {
  /** The file that was run. */
  readonly script: string;
  /** What ran on which core, and beside what. */
  readonly circumstances: string;
  /** Packages that it compares with or measures by, at their versions. */
  readonly versions: string;
}

/** What a result depends on, by lines. */
export function describeRun(facts: StoreFacts, { script, circumstances, versions }: RunDescription): string[] {
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit()}: \`${command(script)}\``,
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB; ${circumstances}`,
    `Node ${process.versions.node}, PostgreSQL ${facts.postgres}${facts.timescale === null ? '' : `, TimescaleDB ${facts.timescale}`}`,
    versions,
  ];
}

/** What the answers are compared with and measured by. */
export function describePeers(): string {
  const names = ['@apollo/server', 'dataloader', 'postgraphile', 'pg', 'node', 'autocannon'];
  return names.map((name) => `${name} ${PEERS.dependencies[name]}`).join(', ');
}

function commit(): string {
  const git = (...rest: string[]): string =>
    execFileSync('git', rest, { cwd: new URL('.', import.meta.url), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** As it was typed, without the address of the database. */
function command(script: string): string {
  const given = process.argv.slice(2).map((word) => word.replace(/postgres(ql)?:\/\/\S*/, 'postgres://…'));
  return [`npx tsx ${script}`, ...given].join(' ');
}
