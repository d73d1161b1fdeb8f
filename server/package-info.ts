import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const packageShape = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

/** The version of this program, and the least version of Node that it needs. */
export interface PackageInfo {
  readonly version: string;
  readonly leastNode: string;
}

/** package.json lies one folder up from the source, two from what is built. */
export function readPackageInfo(): PackageInfo {
  const [file] = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url)).filter((url) => existsSync(url));
  if (file === undefined) throw new Error('package.json is missing from the installation');
  const { version, engines } = packageShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { version, leastNode: engines.node.replace(/^>=\s*/, '') };
}
