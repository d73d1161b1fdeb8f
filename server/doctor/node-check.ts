import { type CheckResult, fail, ok } from './check.ts';

/** Whether this Node is new enough. */
export function checkNode(version: string, least: string): CheckResult {
  const found = `Node ${version} on ${process.platform} ${process.arch}`;
  return isAtLeast(version, least) ? ok('node', found) : fail('node', `${found}, but at least ${least} is needed`, `install Node ${least} or newer`);
}

function isAtLeast(version: string, least: string): boolean {
  const [have = [], need = []] = [version, least].map((text) => text.split('.').map(Number));
  for (const [position, number] of need.entries()) {
    const own = have[position] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
