#!/usr/bin/env node
// In a clone this is there before anything is built: npx remembers a command that it did not find, and would go on not finding it after the build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/server/main.js', import.meta.url);
// An installed package has its dependencies beside it, not in it.
const isClone = existsSync(new URL('../server/main.ts', import.meta.url));
if (existsSync(main)) await import(main.href);
else if (isClone && !existsSync(new URL('../node_modules', import.meta.url))) {
  process.stderr.write('thermograph: not installed yet: npm ci && npm start\n');
  process.exitCode = 1;
} else {
  process.stderr.write('thermograph: not built yet: npm start builds and starts, npm run build only builds\n');
  process.exitCode = 1;
}
